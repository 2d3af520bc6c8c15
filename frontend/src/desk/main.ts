// The adviser's desk.

import { Connection, type State } from "../live/connection.ts";
import { copyButtons } from "../live/copying.ts";
import { byId, element } from "../live/elements.ts";
import { forget, keep, recall } from "../live/kept.ts";
import { frameOf, Outbox } from "../live/outbox.ts";
import type { ServerFrame } from "../live/protocol.ts";
import { possible } from "./actions.ts";
import { Changing } from "./changing.ts";
import { Colleagues } from "./colleagues.ts";
import { deskActions } from "./desk_actions.ts";
import { bindContactPage } from "./contact_page.ts";
import { Inbox } from "./inbox.ts";
import { inboxWordsIn } from "./inbox_words.ts";
import { bindKeys, bindSwitch, keyList } from "./keys.ts";
import type { InboxPage, View } from "./list_state.ts";
import { fragment, ticket } from "./requests.ts";
import { forgetAtSignOut } from "./signing_out.ts";
import { KEPT, Thread } from "./thread.ts";
import { localTimes } from "./times.ts";
import { Undo } from "./undo.ts";
import { carryOn } from "./unsent.ts";
import { wordsIn } from "./words.ts";

const language = document.documentElement.lang;
const words = wordsIn(language);
const inboxWords = inboxWordsIn(language);
// Said on the next page, when this one has nothing to show any more.
const FLASH = `${KEPT}flash`;
const desk = document.getElementById("desk");

function start(desk: HTMLElement): void {
  const chosen = desk.dataset.conversation ?? "";
  const view = (desk.dataset.view ?? "mine") as View;
  const label = desk.dataset.label ?? "";
  const list = `/inbox/?${new URLSearchParams({ view, ...(label && { label }) })}`;
  const outbox = new Outbox(
    `${KEPT}outbox`,
    (item) => connection.send(frameOf(item)),
    () => thread?.draw(),
  );
  const connection = new Connection({ language, ticket, onFrame, onState: showState });
  const inbox = new Inbox({ view, label, chosen, language, words: inboxWords, send: (frame) => connection.send(frame) });
  const undo = new Undo();
  const onTheirWay = chosen ? null : carryOn(KEPT, words.gone);
  const thread = chosen ? new Thread(chosen, connection, outbox, words, tell) : null;
  const person = desk.dataset.person ?? "";
  const seen = () => thread?.seen ?? 0;
  const changing = chosen ? new Changing(chosen, { person, words, inboxWords, undo, tell, seen, renew, leave }) : null;
  const colleagues = chosen
    ? new Colleagues(inboxWords, () => connection.send({ type: "reading", conversation: chosen }), showColleagues)
    : null;

  function onFrame(frame: ServerFrame | InboxPage): void {
    switch (frame.type) {
      case "ready":
        thread?.connected();
        inbox.connected();
        colleagues?.connected();
        onTheirWay?.resume();
        outbox.resume();
        break;
      case "hint":
        if (frame.conversation === chosen) thread?.refresh();
        inbox.refresh();
        break;
      case "inbox":
        inbox.take(frame);
        break;
      case "events":
        if (frame.conversation !== chosen) break;
        thread?.take(frame);
        if (frame.direction === "after" && frame.events.some((event) => event.kind !== "message")) void renew();
        break;
      case "sent":
        // An acknowledgement is a hint as well: what was stored is fetched like everything else.
        outbox.sent(frame.key);
        if (frame.conversation === chosen) thread?.refresh();
        break;
      case "refused":
        outbox.refused(frame);
        thread?.refused(frame);
        if (frame.key === null && frame.code === "not-found") tell(words.gone);
        break;
      case "typing":
        if (frame.conversation !== chosen) break;
        if (frame.side === "client") thread?.showTyping();
        else if (frame.person) colleagues?.writes({ person: frame.person, name: frame.name ?? "" });
        break;
      case "reading":
        if (frame.conversation === chosen) colleagues?.reads(frame);
        break;
      case "left":
        if (frame.conversation === chosen) colleagues?.left(frame);
        break;
    }
  }

  // The head and the context say what the events have changed.
  async function renew(): Promise<void> {
    for (const part of ["header", "context"]) {
      const fresh = await fragment(`/inbox/${chosen}/${part}/`).catch(() => null);
      if (!fresh) continue;
      localTimes(fresh);
      const focused = (document.activeElement as HTMLElement | null)?.dataset.action;
      const hadFocus = byId(part).contains(document.activeElement);
      byId(part).replaceChildren(fresh);
      if (hadFocus && focused) byId(part).querySelector<HTMLElement>(`[data-action="${focused}"]`)?.focus();
    }
    backToList();
    await thread?.renew();
    inbox.refresh();
  }

  function backToList(): void {
    document.querySelector<HTMLAnchorElement>("[data-back]")?.setAttribute("href", list);
  }

  function leave(text: string): void {
    keep(FLASH, text);
    location.assign(list);
  }

  function showColleagues(line: (Node | string)[]): void {
    const place = byId("beside");
    const told = element("p", {}, ...line);
    if (place.textContent !== told.textContent) place.replaceChildren(...told.childNodes);
    place.hidden = line.length === 0;
  }

  function showState(state: State, reason: string): void {
    if (state === "signed-out") {
      const next = encodeURIComponent(location.pathname + location.search);
      tell(words.signedOut, element("a", { class: "button small", href: `/sign-in/?next=${next}` }, words.signIn));
    } else tell(state === "offline" ? reason || words.offline : "");
  }

  function tell(text: string, ...more: Node[]): void {
    const notice = byId("notice");
    notice.replaceChildren(text, ...(more.length ? [" ", ...more] : []));
    notice.hidden = text === "";
  }

  const actions = deskActions({ words: inboxWords, language, inbox, undo, thread, changing });
  const keys = bindSwitch(desk, byId<HTMLInputElement>("single-keys"));
  bindKeys(actions, () => keys.checked);
  byId("keys-list").replaceChildren(...keyList(actions));
  desk.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-action]");
    possible(actions).find(({ id }) => id === button?.dataset.action)?.run();
  });
  document.getElementById("composer-form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    thread?.send();
  });
  desk.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("#transcript");
    if (!link) return;
    link.search = new URLSearchParams({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone }).toString();
  });
  document.addEventListener("visibilitychange", () => thread?.markRead());
  localTimes(document);
  backToList();
  const flash = recall(FLASH, "");
  if (flash) undo.offer(flash, null);
  forget(FLASH);
  connection.start();
}

forgetAtSignOut();
copyButtons(document);
// Whoever reads no conversation has a page that says so.
if (desk?.dataset.mayRead === "yes") start(desk);
const contactPage = document.getElementById("contact-page");
if (contactPage) bindContactPage(contactPage);
