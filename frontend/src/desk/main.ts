// The adviser's desk.

import { Connection, type State } from "../live/connection.ts";
import { byId, element } from "../live/elements.ts";
import { forgetAll } from "../live/kept.ts";
import { frameOf, Outbox } from "../live/outbox.ts";
import type { ServerFrame } from "../live/protocol.ts";
import { Inbox } from "./inbox.ts";
import { bindKeys, bindSwitch } from "./keys.ts";
import { fragment, post, ticket } from "./requests.ts";
import { KEPT, Thread } from "./thread.ts";
import { localTimes } from "./times.ts";
import { wordsIn } from "./words.ts";

const words = wordsIn(document.documentElement.lang);
const desk = document.getElementById("desk");

function start(desk: HTMLElement): void {
  const chosen = desk.dataset.conversation ?? "";
  const inbox = new Inbox(desk.dataset.tab ?? "mine", chosen, words);
  const outbox = new Outbox(
    `${KEPT}outbox`,
    (item) => connection.send(frameOf(item)),
    () => thread?.draw(),
  );
  const connection = new Connection({
    language: document.documentElement.lang,
    ticket,
    onFrame,
    onState: showState,
  });
  const thread = chosen ? new Thread(chosen, connection, outbox, words, tell) : null;

  function onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case "ready":
        thread?.connected();
        inbox.refresh();
        outbox.resume();
        break;
      case "hint":
        if (frame.conversation === chosen) thread?.refresh();
        inbox.refresh();
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
        if (frame.conversation === chosen && frame.side === "client") thread?.showTyping();
        break;
    }
  }

  // The head and the context say what the events have changed.
  async function renew(): Promise<void> {
    for (const part of ["header", "context"]) {
      const fresh = await fragment(`/inbox/${chosen}/${part}/`).catch(() => null);
      if (!fresh) continue;
      localTimes(fresh);
      byId(part).replaceChildren(fresh);
    }
    const state = document.querySelector<HTMLElement>("#header header")?.dataset.state;
    byId("composer-form").hidden = state === "resolved";
    byId("resolved").hidden = state !== "resolved";
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

  async function change(what: "assign" | "resolve" | "reopen"): Promise<void> {
    if (!chosen) return;
    const response = await post(`/inbox/${chosen}/${what}/`).catch(() => null);
    if (response?.status === 404) tell(words.gone);
    else if (!response?.ok) tell(words.failed);
    else {
      await renew();
      inbox.refresh();
    }
  }

  const isResolved = () => !byId("resolved").hidden;
  const toggleResolved = () => void change(isResolved() ? "reopen" : "resolve");
  const keys = bindSwitch(desk, byId<HTMLInputElement>("single-keys"));
  const showKeys = () => byId<HTMLDialogElement>("keys").showModal();
  const actions = {
    j: () => inbox.neighbour(1)?.click(),
    k: () => inbox.neighbour(-1)?.click(),
    ...(chosen && {
      a: () => void change("assign"),
      e: toggleResolved,
      r: () => byId("composer").focus(),
      f: () => thread?.attach(),
      send: () => thread?.send(),
    }),
    "?": showKeys,
  };
  bindKeys(actions, () => keys.checked);
  desk.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-action]");
    switch (button?.dataset.action) {
      case "assign":
      case "resolve":
      case "reopen":
        void change(button.dataset.action);
        break;
      case "keys":
        showKeys();
        break;
    }
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
  byId("sign-out").addEventListener("submit", () => forgetAll(KEPT));
  localTimes(document);
  if (desk.dataset.mayRead === "yes") connection.start();
}

if (desk) start(desk);
