// The chat in its frame.

import { Attaching } from "../live/attaching.ts";
import { Connection, type State } from "../live/connection.ts";
import { ConversationView } from "../live/conversation_view.ts";
import { isTooLong, withReturned } from "../live/drafts.ts";
import { byId, localeOf } from "../live/elements.ts";
import { Following } from "../live/following.ts";
import { forget, keep, recall } from "../live/kept.ts";
import { frameOf, type Item, Outbox } from "../live/outbox.ts";
import type { Events, ServerFrame } from "../live/protocol.ts";
import { Timeline } from "../live/timeline.ts";
import { KnownClient } from "./client.ts";
import { awayText, type Hours } from "./hours.ts";
import { Introduction } from "./introduction.ts";
import { Joining } from "./joining.ts";
import { Linking } from "./linking.ts";
import { Proof } from "./proof.ts";
import { saveWithinFrame } from "./saving.ts";
import { chime, soundIsOn, switchSound } from "./sound.ts";
import type { Visit } from "./visit.ts";
import { Visiting } from "./visiting.ts";
import { wordsIn } from "./words.ts";

const DRAFT = "siegel.draft";
// Which client was signed in here last, whose draft and outbox these are.
const WHO = "siegel.who";
const language = document.documentElement.lang;
const words = wordsIn(language);
const page = byId("chat");
const hours: Hours = {
  week: page.dataset.hours ?? "",
  zone: page.dataset.zone ?? "",
  opening: page.dataset.opening ?? "",
};
const composer = byId<HTMLTextAreaElement>("composer");
const scroller = byId("scroller");

let following: Following | null = null;
// Of several conversations the one that was chosen; else it is the newest.
let chosen: string | null = null;
let here = recall(WHO, "");
let present = false;
let isEnded = false;
// Why nothing can be sent just now, if it is not the connection.
let trouble = "";
let isOpen = window.parent === window;
let typingTimer: ReturnType<typeof setTimeout> | undefined;
const nothing = new Timeline();

const view = new ConversationView(byId("flow"), scroller, {
  side: "client",
  language,
  words,
  onEdit: (item) => {
    composer.value = withReturned(composer.value, outbox.remove(item.key)?.body ?? "");
    attaching.giveBack(item.files);
    keep(DRAFT, composer.value);
    composer.focus();
  },
  onDiscard: (item) => attaching.discard(outbox.remove(item.key)?.files),
});

const attaching = new Attaching({
  name: "siegel.files",
  language,
  words: words.files,
  region: page,
  composer,
  sendButton: byId("send"),
  isEnabled: () => !isEnded,
  // A file needs a conversation to belong to, as the first message does.
  conversation: async () => {
    if (following === null) await visiting.begin();
    return conversation();
  },
});

const outbox = new Outbox(
  "siegel.outbox",
  (item: Item) => {
    if (following) return connection.send(frameOf(item, following.conversation));
    void visiting.begin();
    return false;
  },
  () => draw(),
);

const connection = new Connection({
  language,
  onFrame,
  onState: showState,
  ticket: async () => {
    const visit = await visiting.look();
    // Without a conversation there is nothing to listen to. What waits to be sent begins one.
    if (!visit.known) outbox.resume();
    return visit.ticket;
  },
});

// With the first message or file, never on opening: a conversation is begun and the socket comes up.
const visiting = new Visiting({
  language,
  onVisit: take,
  onBegun: () => connection.restart(),
  onRefused: (reason) => {
    trouble = reason || words.offline;
    tell(trouble);
  },
  onWaited: () => {
    trouble = "";
    if (!outbox.items().length) tell("");
    outbox.flush();
  },
});

const introduction = new Introduction(() => {
  say(words.thanks);
});

const client = new KnownClient({
  language,
  words: words.client,
  offline: words.offline,
  onProblem: tell,
  onSignedOut: () => {
    trouble = words.client.signedOut;
    tell(trouble);
  },
  onChosen: (conversation) => {
    chosen = conversation;
    follow(conversation);
  },
  onChanged: (visit) => {
    if (visit === null) forgetWhatWasTyped();
    isSomebodyElse();
  },
});

// However somebody is not there any more: signed out here or elsewhere, away for too long, or
// followed by another client. What nobody has signed for yet goes with whoever signs in.
function noteWho(who: string): void {
  if (who === here) return;
  if (here !== "") forgetWhatWasTyped();
  here = who;
  keep(WHO, who);
}

// Whoever signs out leaves nothing for the next one at this machine.
function forgetWhatWasTyped(): void {
  composer.value = "";
  forget(DRAFT);
  for (const { key } of [...outbox.items()]) attaching.discard(outbox.remove(key)?.files);
}

function isSomebodyElse(): void {
  chosen = null;
  void visiting.look().then(() => connection.renew(), () => null);
}

const proof = new Proof(words.offline, () => void visiting.look().catch(() => null));

const linking = new Linking(words.offline, words.client.noPasskey, isSomebodyElse);
const joining = new Joining(language, words.offline, (visit) => {
  chosen = null;
  take(visit);
  connection.renew();
});

function take(visit: Visit): void {
  noteWho(visit.who);
  const isStillThere = visit.conversations.some(({ id }) => id === chosen);
  follow(isStillThere ? chosen : visit.conversation);
  if (visit.known) trouble = "";
  client.show(visit, conversation());
  proof.show(visit);
  linking.show(visit);
  joining.show(visit);
  showEnded(visit.blocked);
  introduction.known(visit.contact.email !== "" || visit.client !== null);
  showPresence(visit.present);
  if (isOpen) attaching.limits(conversation());
  draw();
}

function conversation(): string | null {
  return following?.conversation ?? null;
}

// Another conversation, or none any more: nothing of the one before stays.
function follow(chosen: string | null): void {
  if (chosen === conversation()) return;
  following?.close();
  following = chosen === null ? null : new Following(chosen, "client", (frame) => connection.send(frame));
  view.clear();
  introduction.withdraw();
  following?.refresh();
}

function onFrame(frame: ServerFrame): void {
  switch (frame.type) {
    case "ready":
      showPresence(frame.present);
      following?.connected();
      outbox.resume();
      attaching.connected();
      break;
    case "hint":
      // A hint also says that a mark has moved, hence the fetch in any case.
      following?.refresh();
      break;
    case "events":
      takeEvents(frame);
      break;
    case "sent":
      // An acknowledgement is a hint as well: what was stored is fetched like everything else.
      outbox.sent(frame.key);
      following?.refresh();
      introduction.messageSent(present);
      break;
    case "refused":
      if (frame.code === "blocked") showEnded(true);
      outbox.refused(frame);
      following?.refused(frame);
      break;
    case "typing":
      if (frame.side === "adviser") showTyping();
      break;
    case "presence":
      showPresence(frame.present);
      break;
  }
}

function takeEvents(frame: Events): void {
  if (following === null || frame.conversation !== following.conversation) return;
  const { timeline } = following;
  const isFirst = timeline.last === 0;
  const before = timeline.unread("client");
  following.take(frame);
  showEnded(frame.ended ?? false);
  for (const event of frame.events) {
    if (event.kind === "message" && event.side === "adviser") {
      showTyping(false);
      introduction.withdraw();
      attaching.answered(following.conversation);
    }
    if (event.key) outbox.sent(event.key);
  }
  // A code is waited for, or not any more.
  if (frame.events.some(({ kind }) => kind.startsWith("identity-"))) void visiting.look().catch(() => null);
  draw();
  if (isFirst) {
    view.toEnd();
    askOnceMore(timeline);
  }
  if (isWatched()) markRead();
  else if (!isFirst && timeline.unread("client") > before) chime();
  tellUnread();
}

// After a reload as before it: whoever has no answer yet is asked how they can be reached.
function askOnceMore(timeline: Timeline): void {
  const last = timeline.sorted().findLast(({ kind }) => kind === "message");
  if (last?.side === "client") introduction.messageSent(present, Date.now() - Date.parse(last.at));
}

function isWatched(): boolean {
  return isOpen && !document.hidden;
}

function markRead(): void {
  following?.read();
  tellUnread();
}

function tellUnread(): void {
  if (window.parent === window) return;
  // The frame's page is told a number only; any page that may show the frame may know it.
  window.parent.postMessage({ siegel: "unread", unread: following?.timeline.unread("client") ?? 0 }, "*");
}

function draw(): void {
  const timeline = following?.timeline ?? nothing;
  const waiting = outbox.items();
  view.show(timeline, waiting);
  // It names who is responsible for the data, hence it stays until something has been sent.
  const hasMessages = [...timeline.events.values()].some((event) => event.kind === "message");
  byId("greeting").hidden = hasMessages || waiting.length > 0;
  byId("transcript").hidden = timeline.events.size === 0;
}

function send(): void {
  const body = composer.value;
  if (isEnded || attaching.mustWait() || (!body.trim() && !attaching.hasFiles())) return;
  if (isTooLong(body)) {
    tell(words.tooLong);
    return;
  }
  tell("");
  composer.value = "";
  forget(DRAFT);
  outbox.add("", body, attaching.take());
  view.toEnd();
}

function showState(state: State, reason: string): void {
  // Without a conversation there is no connection, and nothing that would have to be said.
  const isAway = state === "offline" && (following !== null || outbox.items().length > 0);
  tell(isAway ? reason || words.offline : trouble);
}

function showPresence(isPresent: boolean): void {
  present = isPresent;
  const text = present ? words.somebodyIsHere : awayText(hours, words.away, localeOf(language));
  // Nobody answers any more, whoever is there.
  byId("presence").textContent = isEnded ? "" : text;
}

// The organisation has ended it, or takes messages again: what was written stays in any case.
function showEnded(hasEnded: boolean): void {
  if (hasEnded === isEnded) return;
  isEnded = hasEnded;
  page.toggleAttribute("data-ended", hasEnded);
  byId("ended").textContent = hasEnded ? words.ended : "";
  byId("composer-form").hidden = hasEnded;
  showPresence(present);
  if (hasEnded) introduction.withdraw();
}

function showTyping(isTyping = true): void {
  clearTimeout(typingTimer);
  byId("typing").textContent = isTyping ? words.typing : "";
  if (isTyping) typingTimer = setTimeout(() => showTyping(false), 5000);
}

function tell(text: string): void {
  const notice = byId("notice");
  notice.textContent = text;
  notice.hidden = text === "";
}

function say(text: string): void {
  byId("said").textContent = text;
}

function showSound(): void {
  const button = byId("sound");
  button.textContent = soundIsOn() ? words.soundOn : words.soundOff;
  button.setAttribute("aria-pressed", String(soundIsOn()));
}

let typedAt = 0;
// Whoever was quicker than this script keeps what they typed.
composer.value ||= recall(DRAFT, "");
composer.addEventListener("input", () => {
  keep(DRAFT, composer.value);
  if (following === null || Date.now() - typedAt < 3000 || !composer.value) return;
  typedAt = Date.now();
  connection.send({ type: "typing", conversation: following.conversation });
});
composer.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
byId("composer-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
byId("sound").addEventListener("click", () => {
  switchSound();
  showSound();
});
byId<HTMLAnchorElement>("transcript").addEventListener("click", (event) => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const link = event.currentTarget as HTMLAnchorElement;
  const query = new URLSearchParams({ zone, lang: language });
  if (chosen) query.set("conversation", chosen);
  link.search = query.toString();
});
scroller.addEventListener("scroll", () => {
  if (scroller.scrollTop <= 200) following?.older();
});
document.addEventListener("visibilitychange", () => {
  if (isWatched()) markRead();
});

// Without a conversation nothing tells whether somebody has come or gone since, or whether one was
// begun in another window.
async function lookAgain(): Promise<void> {
  const visit = await visiting.look().catch(() => null);
  if (visit?.known) connection.restart();
}

if (window.parent !== window) {
  saveWithinFrame(tell, words.offline);
  const close = byId("close");
  close.hidden = false;
  const toParent = (text: string) => window.parent.postMessage({ siegel: text }, "*");
  close.addEventListener("click", () => toParent("close"));
  addEventListener("keydown", (event) => {
    // What is open within the chat is closed first.
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) toParent("close");
  });
  addEventListener("message", (event) => {
    if (event.source !== window.parent) return;
    const { siegel: told, token } = event.data as { siegel?: string; token?: unknown };
    if (told === "identify" && typeof token === "string") void client.identify(token);
    if (told === "sign-out") void client.signOut();
    if (told !== "opened" && told !== "closed") return;
    isOpen = told === "opened";
    if (isOpen) {
      view.toEnd();
      composer.focus();
      markRead();
      attaching.limits(conversation());
      if (following === null) void lookAgain();
    }
  });
  toParent("ready");
}
// The page gives the frame its focus before this script is told that it was opened; a key that
// came to nothing in between goes where it was meant to go.
const isUnfocused = () => document.activeElement === document.body;
addEventListener("focus", () => {
  if (isUnfocused()) composer.focus();
});
addEventListener("keydown", (event) => {
  if (!isUnfocused() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length === 1) composer.focus();
  if (event.key === "Enter") {
    composer.focus();
    event.preventDefault();
    send();
  }
});
if (document.hasFocus() && isUnfocused()) composer.focus();
showSound();
draw();
connection.start();
