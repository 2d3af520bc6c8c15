// The list, kept up to date without moving under anybody's eyes.

import { byId, element, isolated } from "../live/elements.ts";
import type { ClientFrame } from "../live/protocol.ts";
import type { InboxWords } from "./inbox_words.ts";
import { listRow } from "./list_rows.ts";
import { countShown, type InboxPage, ListState, merged, type Row, type View } from "./list_state.ts";
import { renewRelativeTimes } from "./times.ts";

const AT_MOST_EVERY = 1000;
// After this long without an answer it is asked again.
const PATIENCE = 10_000;
const TIMES_EVERY = 30_000;

interface InboxOptions {
  view: View;
  label: string;
  chosen: string;
  language: string;
  words: InboxWords;
  send(frame: ClientFrame): boolean;
}

export class Inbox {
  #state = new ListState();
  #rows = byId("rows");
  #drawn = new Map<string, { told: string; row: HTMLLIElement }>();
  #pages = 1;
  #next: string | null = null;
  // What has come of the pages that are asked for one after the other.
  #collected: Row[] = [];
  #received = 0;
  #wantsMore = false;
  #isWanted = false;
  #isUnderWay = false;
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: InboxOptions) {
    this.#rows.addEventListener("pointerleave", () => this.#release());
    this.#rows.addEventListener("focusout", () => {
      // The focus is nowhere yet while it moves on.
      setTimeout(() => {
        if (!this.#isBeingRead()) this.#release();
      });
    });
    byId("fresh").addEventListener("click", () => {
      this.#release();
      this.#rows.querySelector("a")?.focus();
    });
    document.addEventListener("visibilitychange", () => this.#ask());
    setInterval(() => {
      if (!document.hidden) renewRelativeTimes(this.#rows, options.language, options.words.justNow);
    }, TIMES_EVERY);
    this.#show(JSON.parse(byId("first-list").textContent ?? "") as InboxPage);
  }

  // Something changed, or the connection is up again: fetch the list, at most once a second, and
  // only while somebody can see it.
  refresh(): void {
    this.#isWanted = true;
    this.#ask();
  }

  // The connection is new: what was asked over the old one has no answer.
  connected(): void {
    this.#isUnderWay = this.#wantsMore = false;
    this.refresh();
  }

  take(page: InboxPage): void {
    if (!this.#isUnderWay || page.view !== this.options.view) return;
    if (this.#wantsMore) {
      this.#answered();
      this.#wantsMore = false;
      this.#pages += 1;
      this.#next = page.next;
      this.#state.append(page.rows);
      this.#draw(page);
      return;
    }
    this.#collected = merged(this.#collected, page.rows);
    this.#received += 1;
    if (this.#received < this.#pages && page.next !== null) {
      this.#send(page.next);
      return;
    }
    this.#answered();
    this.#next = page.next;
    this.#show({ ...page, rows: this.#collected });
    this.#ask();
  }

  // The neighbour of the chosen row, or the first.
  neighbour(step: 1 | -1): HTMLAnchorElement | undefined {
    const links = [...this.#rows.querySelectorAll<HTMLAnchorElement>("li[data-id] a")];
    const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
    return at === -1 ? links[0] : links[at + step];
  }

  #ask(): void {
    if (!this.#isWanted || this.#isUnderWay || this.#timer !== undefined || document.hidden) return;
    const wait = Math.max(0, this.#askedAt + AT_MOST_EVERY - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isUnderWay || document.hidden) return;
      this.#askedAt = Date.now();
      this.#collected = [];
      this.#received = 0;
      // Without a connection it stays wanted until there is one.
      if (this.#send("")) this.#isWanted = false;
    }, wait);
  }

  #more(): void {
    if (this.#isUnderWay || this.#next === null) return;
    this.#wantsMore = this.#send(this.#next);
  }

  #send(before: string): boolean {
    const { view, label, send } = this.options;
    this.#isUnderWay = send({ type: "inbox", view, ...(label && { label }), ...(before && { before }) });
    clearTimeout(this.#patience);
    if (this.#isUnderWay) this.#patience = setTimeout(() => this.connected(), PATIENCE);
    return this.#isUnderWay;
  }

  #answered(): void {
    clearTimeout(this.#patience);
    this.#isUnderWay = false;
  }

  #isBeingRead(): boolean {
    return this.#rows.matches(":hover") || this.#rows.contains(document.activeElement);
  }

  #show(page: InboxPage): void {
    this.#state.take(page.rows, this.#drawn.size > 0 && this.#isBeingRead());
    this.#next = page.next;
    this.#draw(page);
  }

  #release(): void {
    if (!this.#state.release()) return;
    const anchor = this.#anchor();
    this.#draw();
    anchor();
  }

  #draw(page?: InboxPage): void {
    const { words } = this.options;
    const anchor = this.#state.waiting ? () => undefined : this.#anchor();
    this.#drawRows();
    anchor();
    const fresh = byId("fresh");
    const { waiting } = this.#state;
    if (fresh.hidden !== (waiting === 0)) fresh.hidden = waiting === 0;
    const text = words.fresh(waiting);
    if (fresh.textContent !== text) fresh.textContent = text;
    const said = byId("list-said");
    if (waiting && said.textContent !== text) said.textContent = text;
    if (page) this.#drawAround(page);
  }

  #drawRows(): void {
    const { words, view } = this.options;
    const drawn = new Map<string, { told: string; row: HTMLLIElement }>();
    for (const row of this.#state.shown) {
      const told = JSON.stringify(row);
      const before = this.#drawn.get(row.id);
      const made = before?.told === told ? before.row : this.#redrawn(row, before?.row);
      drawn.set(row.id, { told, row: made });
    }
    const wanted: HTMLElement[] = [...drawn.values()].map(({ row }) => row);
    if (!wanted.length) wanted.push(element("li", { class: "nothing" }, words.nothing[view]));
    else if (this.#next !== null) wanted.push(this.#olderRow());
    for (const row of [...this.#rows.children]) if (!wanted.includes(row as HTMLElement)) row.remove();
    wanted.forEach((row, index) => {
      const place = this.#rows.children[index] ?? null;
      if (place !== row) this.#rows.insertBefore(row, place);
    });
    this.#drawn = drawn;
  }

  // The element stays, with the place and the focus that it has.
  #redrawn(row: Row, before: HTMLLIElement | undefined): HTMLLIElement {
    const made = listRow(row, this.options);
    if (!before) return made;
    const hadFocus = before.contains(document.activeElement);
    before.replaceChildren(...made.childNodes);
    before.className = made.className;
    before.dataset.seq = made.dataset.seq ?? "";
    if (hadFocus) before.querySelector("a")?.focus({ preventScroll: true });
    return before;
  }

  #olderRow(): HTMLElement {
    const found = this.#rows.querySelector<HTMLElement>(".older");
    if (found) return found;
    const button = element("button", { type: "button", class: "button small" }, this.options.words.older);
    button.onclick = () => this.#more();
    return element("li", { class: "older" }, button);
  }

  // Whoever has scrolled keeps the row that they see at the top, where it is.
  #anchor(): () => void {
    const top = this.#rows.getBoundingClientRect().top;
    if (this.#rows.scrollTop === 0) return () => undefined;
    const first = [...this.#drawn.values()].find(({ row }) => row.getBoundingClientRect().bottom > top)?.row;
    const before = first?.getBoundingClientRect().top ?? 0;
    return () => {
      if (first?.isConnected) this.#rows.scrollTop += first.getBoundingClientRect().top - before;
    };
  }

  // Tabs, their counts, and which label is looked at.
  #drawAround({ counts, label }: InboxPage): void {
    const { view, words } = this.options;
    for (const link of byId("views").querySelectorAll<HTMLElement>("[data-view]")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    }
    for (const shown of document.querySelectorAll<HTMLElement>("[data-count]")) {
      const text = countShown(counts[shown.dataset.count ?? ""] ?? 0);
      if (shown.textContent !== text) shown.textContent = text;
    }
    byId("more-dot").hidden = !counts.mentions;
    const place = byId("label-shown");
    const name = view === "label" ? (label?.name ?? "?") : view in words.views && !this.#isTab() ? words.views[view] : "";
    place.hidden = name === "";
    if (place.hidden || place.dataset.shown === name) return;
    place.dataset.shown = name;
    const leave = element("a", { href: "/inbox/?view=open" }, words.leaveLabel);
    place.replaceChildren(view === "label" ? element("span", { class: "label" }, isolated(name)) : element("strong", {}, name), " ", leave);
  }

  #isTab(): boolean {
    return document.querySelector(`.tabs [data-view="${this.options.view}"]`) !== null;
  }
}
