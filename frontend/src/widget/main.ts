// The chat in its frame.

import { Attaching } from "../live/attaching.ts";
import { Connection, type State } from "../live/connection.ts";
import { ConversationView } from "../live/conversation_view.ts";
import { byId } from "../live/elements.ts";
import { forget, keep, recall } from "../live/kept.ts";
import { frameOf, type Item, Outbox } from "../live/outbox.ts";
import type { Events, ServerFrame } from "../live/protocol.ts";
import { Timeline } from "../live/timeline.ts";
import { Introduction } from "./introduction.ts";
import { chime, soundIsOn, switchSound } from "./sound.ts";
import { begin, look, Refusal, type Visit } from "./visit.ts";
import { wordsIn } from "./words.ts";

const DRAFT = "siegel.draft";
const LONGEST = 20_000;
const language = document.documentElement.lang;
const words = wordsIn(language);
const page = byId("chat");
const composer = byId<HTMLTextAreaElement>("composer");
const scroller = byId("scroller");

let conversation: string | null = null;
let present = false;
let isOpen = window.parent === window;
let typingTimer: ReturnType<typeof setTimeout> | undefined;
let beginning: Promise<void> | null = null;
const timeline = new Timeline();

const view = new ConversationView(byId("flow"), scroller, {
  side: "client",
  language,
  words,
  onEdit: (item) => {
    composer.value = outbox.remove(item.key)?.body ?? composer.value;
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
  isEnabled: () => true,
  // A file needs a conversation to belong to, as the first message does.
  conversation: async () => {
    if (conversation === null) await beginVisit();
    return conversation;
  },
});

const outbox = new Outbox(
  "siegel.outbox",
  (item: Item) => {
    if (conversation === null) {
      void beginVisit();
      return false;
    }
    return connection.send(frameOf(item, conversation));
  },
  () => draw(),
);

const connection = new Connection({
  language,
  onFrame,
  onState: showState,
  ticket: async () => {
    const visit = await look();
    take(visit);
    // Without a conversation there is nothing to listen to; the first message begins one.
    return visit.known ? visit.ticket : outbox.items().length ? takeBegun() : null;
  },
});

const introduction = new Introduction(() => {
  say(words.thanks);
});

function take(visit: Visit): void {
  conversation = visit.conversation;
  introduction.known(visit.contact.email !== "");
  showPresence(visit.present);
  if (isOpen) attaching.limits(conversation);
  draw();
}

async function takeBegun(): Promise<string | null> {
  const visit = await begin(language);
  take(visit);
  return visit.ticket;
}

// With the first message or file, never on opening: a conversation is begun and the socket comes up.
function beginVisit(): Promise<void> {
  beginning ??= (async () => {
    try {
      take(await begin(language));
      connection.restart();
    } catch (problem) {
      const wait = problem instanceof Refusal ? problem.retryAfter : 5;
      tell(problem instanceof Refusal ? problem.message : words.offline);
      setTimeout(() => outbox.flush(), Math.min(wait, 60) * 1000);
    } finally {
      beginning = null;
    }
  })();
  return beginning;
}

function onFrame(frame: ServerFrame): void {
  switch (frame.type) {
    case "ready":
      showPresence(frame.present);
      if (conversation !== null) {
        const from = timeline.last ? { after: timeline.last } : {};
        connection.send({ type: "fetch", conversation, ...from });
      }
      outbox.resume();
      attaching.connected();
      break;
    case "hint":
      // A hint also says that a mark has moved, hence the fetch in any case.
      fetchNew();
      break;
    case "events":
      takeEvents(frame);
      break;
    case "sent":
      // An acknowledgement is a hint as well: what was stored is fetched like everything else.
      outbox.sent(frame.key);
      fetchNew();
      introduction.messageSent(present);
      break;
    case "refused":
      outbox.refused(frame);
      break;
    case "typing":
      if (frame.side === "adviser") showTyping();
      break;
    case "presence":
      showPresence(frame.present);
      break;
  }
}

function fetchNew(): void {
  if (conversation !== null) connection.send({ type: "fetch", conversation, after: timeline.last });
}

function takeEvents(frame: Events): void {
  const isFirst = timeline.last === 0;
  const before = timeline.unread("client");
  const next = timeline.apply(frame);
  if (next !== null && conversation !== null) {
    connection.send({ type: "fetch", conversation, after: next });
  }
  for (const event of frame.events) {
    if (event.kind === "message" && event.side === "adviser") {
      showTyping(false);
      introduction.answered();
      attaching.answered(conversation);
    }
    if (event.key) outbox.sent(event.key);
  }
  draw();
  if (isFirst) view.toEnd();
  if (isWatched()) markRead();
  else if (!isFirst && timeline.unread("client") > before) chime();
  tellUnread();
}

function isWatched(): boolean {
  return isOpen && !document.hidden;
}

function markRead(): void {
  if (conversation === null || timeline.unread("client") === 0) return;
  if (connection.send({ type: "read", conversation, seq: timeline.last })) {
    timeline.marks.client = timeline.last;
  }
  tellUnread();
}

function tellUnread(): void {
  if (window.parent === window) return;
  // The frame's page is told a number only; any page that may show the frame may know it.
  window.parent.postMessage({ siegel: "unread", unread: timeline.unread("client") }, "*");
}

function draw(): void {
  const waiting = outbox.items();
  view.show(timeline, waiting);
  byId("greeting").hidden = timeline.events.size > 0 || waiting.length > 0;
  byId("transcript").hidden = timeline.events.size === 0;
}

function send(): void {
  const body = composer.value;
  if (attaching.mustWait() || (!body.trim() && !attaching.hasFiles())) return;
  if (body.length > LONGEST) {
    tell(words.tooLong);
    return;
  }
  tell("");
  composer.value = "";
  forget(DRAFT);
  outbox.add("", body, attaching.take());
  view.toEnd();
}

function showState(state: State): void {
  // Without a conversation there is no connection, and nothing that would have to be said.
  const isAway = state === "offline" && (conversation !== null || outbox.items().length > 0);
  tell(isAway ? words.offline : "");
}

function showPresence(isPresent: boolean): void {
  present = isPresent;
  const hours = page.dataset.hours ?? "";
  byId("presence").textContent = present ? words.somebodyIsHere : words.nobodyIsHere(hours);
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
  if (conversation === null || Date.now() - typedAt < 3000 || !composer.value) return;
  typedAt = Date.now();
  connection.send({ type: "typing", conversation });
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
  link.search = new URLSearchParams({ zone, lang: language }).toString();
});
scroller.addEventListener("scroll", () => {
  if (scroller.scrollTop > 200 || !timeline.hasOlder || conversation === null) return;
  timeline.hasOlder = false;
  connection.send({ type: "fetch", conversation, before: timeline.first });
});
document.addEventListener("visibilitychange", () => {
  if (isWatched()) markRead();
});

if (window.parent !== window) {
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
    const told = (event.data as { siegel?: string }).siegel;
    if (told !== "opened" && told !== "closed") return;
    isOpen = told === "opened";
    if (isOpen) {
      view.toEnd();
      composer.focus();
      markRead();
      attaching.limits(conversation);
      // Without a conversation nothing tells whether somebody has come or gone since.
      if (conversation === null) void look().then(take, () => undefined);
    }
  });
  toParent("ready");
}
showSound();
draw();
connection.start();
