// The list, kept up to date without moving under anybody's eyes.

import { byId } from "../live/elements.ts";
import { fragment } from "./requests.ts";
import { localTimes } from "./times.ts";
import type { Words } from "./words.ts";

const AT_MOST_EVERY = 1000;

export class Inbox {
  #list = byId("list");
  #askedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held: DocumentFragment | null = null;

  constructor(
    private readonly tab: string,
    private readonly chosen: string,
    private readonly words: Words,
  ) {
    this.#list.addEventListener("pointerleave", () => this.#release());
    this.#list.addEventListener("focusout", () => {
      if (!this.#isBeingRead()) this.#release();
    });
    this.#list.addEventListener("click", (event) => {
      if ((event.target as Element).id === "fresh") this.#release();
    });
  }

  // Something changed: fetch the list, at most once a second.
  refresh(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#askedAt + AT_MOST_EVERY - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#askedAt = Date.now();
      void this.#fetch();
    }, wait);
  }

  // The neighbour of the chosen row, or the first.
  neighbour(step: 1 | -1): HTMLAnchorElement | undefined {
    const links = [...this.#list.querySelectorAll<HTMLAnchorElement>("#rows a")];
    const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
    return at === -1 ? links[0] : links[at + step];
  }

  async #fetch(): Promise<void> {
    const query = new URLSearchParams({ tab: this.tab, chosen: this.chosen });
    const fresh = await fragment(`/inbox/list/?${query}`).catch(() => null);
    if (!fresh) return;
    localTimes(fresh);
    if (this.#isBeingRead()) this.#hold(fresh);
    else this.#put(fresh);
  }

  #isBeingRead(): boolean {
    return this.#list.matches(":hover") || this.#list.contains(document.activeElement);
  }

  // Rows that are there are renewed in their places; new ones wait behind a button.
  #hold(fresh: DocumentFragment): void {
    let waiting = 0;
    for (const row of fresh.querySelectorAll<HTMLElement>("#rows > li[data-id]")) {
      const shown = this.#list.querySelector<HTMLElement>(`li[data-id="${row.dataset.id}"]`);
      if (!shown) waiting += 1;
      else if (shown.dataset.seq !== row.dataset.seq || shown.textContent !== row.textContent) {
        const hadFocus = shown.contains(document.activeElement);
        shown.replaceChildren(...row.cloneNode(true).childNodes);
        shown.dataset.seq = row.dataset.seq ?? "";
        if (hadFocus) shown.querySelector("a")?.focus({ preventScroll: true });
      }
    }
    const button = byId("fresh");
    button.hidden = waiting === 0;
    button.textContent = this.words.fresh(waiting);
    this.#held = fresh;
  }

  #release(): void {
    if (this.#held) this.#put(this.#held);
  }

  #put(fresh: DocumentFragment): void {
    this.#held = null;
    const scrolled = this.#list.querySelector("#rows")?.scrollTop ?? 0;
    this.#list.replaceChildren(fresh);
    const rows = this.#list.querySelector("#rows");
    if (rows) rows.scrollTop = scrolled;
  }
}
