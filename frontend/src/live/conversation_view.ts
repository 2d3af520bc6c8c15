// A conversation on the screen: days, messages of both sides, what is still on its way.

import { clock, dayName, element } from "./elements.ts";
import { fileCard, fileIcon } from "./file_cards.ts";
import { viewFile } from "./file_viewer.ts";
import type { FileWords } from "./file_words.ts";
import type { Item } from "./outbox.ts";
import type { FileInfo, ServerEvent, Side } from "./protocol.ts";
import type { Timeline } from "./timeline.ts";

export interface ViewWords {
  today: string;
  yesterday: string;
  read: string;
  sending: string;
  notSent: string;
  edit: string;
  discard: string;
  files: FileWords;
  line(event: ServerEvent): (Node | string)[] | null;
}

interface ViewOptions {
  side: Side;
  language: string;
  words: ViewWords;
  onEdit(item: Item): void;
  onDiscard(item: Item): void;
  // Only for the side that gets notes.
  drawNote?(event: ServerEvent): HTMLElement;
  // Only for a side that may delete what was sent.
  onDeleteFile?(file: FileInfo): void;
}

// How near to the end one must be for the view to follow what comes.
const NEAR = 80;

export class ConversationView {
  #drawn = new Map<string, HTMLElement>();
  #cards = new Map<string, HTMLElement>();
  #isFollowing = true;
  #onDelete: { onDelete?(file: FileInfo): void };

  constructor(
    private readonly flow: HTMLElement,
    private readonly scroller: HTMLElement,
    private readonly options: ViewOptions,
  ) {
    const { onDeleteFile } = options;
    this.#onDelete = onDeleteFile ? { onDelete: onDeleteFile } : {};
    // Whoever is at the end stays there when files above the composer take room.
    scroller.addEventListener("scroll", () => {
      this.#isFollowing = this.isAtEnd();
    });
    new ResizeObserver(() => {
      if (this.#isFollowing && flow.childElementCount) this.toEnd();
    }).observe(scroller);
  }

  // Draw what is new and drop what is gone; what stands keeps its place and its selection.
  show(timeline: Timeline, waiting: Item[]): void {
    const wasAtEnd = this.isAtEnd();
    const height = this.scroller.scrollHeight;
    const oldFirst = this.flow.firstElementChild;
    const wanted = this.#wanted(timeline, waiting);
    for (const [key, drawn] of this.#drawn) {
      if (!wanted.some(([name]) => name === key)) {
        drawn.remove();
        this.#drawn.delete(key);
      }
    }
    let after: Element | null = null;
    for (const [key, make] of wanted) {
      let drawn = this.#drawn.get(key);
      if (!drawn) {
        drawn = make();
        this.#drawn.set(key, drawn);
      }
      const place: Element | null = after ? after.nextElementSibling : this.flow.firstElementChild;
      if (place !== drawn) this.flow.insertBefore(drawn, place);
      after = drawn;
    }
    this.#showRead(timeline);
    this.#renewCards(timeline);
    if (wasAtEnd) this.toEnd();
    else if (oldFirst && this.flow.firstElementChild !== oldFirst) {
      // Older ones came in above: the reader stays where they were.
      this.scroller.scrollTop += this.scroller.scrollHeight - height;
    }
  }

  // Another conversation has the same numbers for other events.
  clear(): void {
    this.flow.replaceChildren();
    this.#drawn.clear();
    this.#cards.clear();
  }

  isAtEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  // Show the message that somebody looks for, and where it is.
  toPlace(seq: number): void {
    const found = this.flow.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
    if (!found) {
      this.toEnd();
      return;
    }
    this.#isFollowing = false;
    found.classList.add("found");
    found.tabIndex = -1;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "center" });
  }

  #wanted(timeline: Timeline, waiting: Item[]): [string, () => HTMLElement][] {
    const wanted: [string, () => HTMLElement][] = [];
    const stored = new Set<string>();
    let day = "";
    for (const event of timeline.sorted()) {
      if (event.key) stored.add(event.key);
      const drawn = this.#event(event.kind === "file" ? timeline.named(event) : event);
      if (!drawn) continue;
      const date = new Date(event.at).toDateString();
      if (date !== day) {
        day = date;
        wanted.push([`day ${date}`, () => this.#day(event.at)]);
      }
      wanted.push([`event ${event.seq}`, drawn]);
    }
    for (const item of waiting) {
      if (stored.has(item.key)) continue;
      const state = item.failed === undefined ? "waiting" : "failed";
      wanted.push([`${state} ${item.key}`, () => this.#waiting(item)]);
    }
    return wanted;
  }

  #event(event: ServerEvent): (() => HTMLElement) | null {
    if (event.kind === "message") return () => this.#message(event);
    const { drawNote } = this.options;
    if (event.kind === "note" && drawNote) return () => drawNote(event);
    const line = this.options.words.line(event);
    if (line === null) return null;
    return () =>
      element("p", { class: "line", dir: "auto" }, ...line, " · ", clock(event.at, this.options.language));
  }

  #message(event: ServerEvent): HTMLElement {
    const own = event.side === this.options.side;
    const meta = element("span", { class: "meta" });
    if (!own && event.name) meta.append(element("bdi", {}, event.name), " · ");
    meta.append(clock(event.at, this.options.language), element("span", { class: "read" }));
    return element(
      "div",
      { class: own ? "message own" : "message", "data-seq": String(event.seq) },
      ...this.#content(event.body ?? "", event.files, (file) => {
        const card = this.#card(file);
        this.#cards.set(file.id, card);
        return card;
      }),
      meta,
    );
  }

  // A message may consist of files only.
  #content(text: string, files: FileInfo[] = [], card: (file: FileInfo) => HTMLElement): HTMLElement[] {
    const body = text || !files.length ? [element("div", { class: "body", dir: "auto" }, text)] : [];
    return [...body, ...files.map(card)];
  }

  #card(file: FileInfo): HTMLElement {
    const { language, words } = this.options;
    const onView = () => viewFile(file, { words: words.files, ...this.#onDelete });
    return fileCard(file, { language, words: words.files, onView, ...this.#onDelete });
  }

  // A file that is in another state now gets another card; the message around it stays.
  #renewCards(timeline: Timeline): void {
    for (const event of timeline.events.values()) {
      for (const file of event.files ?? []) {
        const shown = this.#cards.get(file.id);
        if (!shown || shown.dataset.state === file.state) continue;
        const card = this.#card(file);
        shown.replaceWith(card);
        this.#cards.set(file.id, card);
      }
    }
  }

  #waiting(item: Item): HTMLElement {
    const { words } = this.options;
    // Nothing can be done with a file before its message is stored.
    const name = (file: FileInfo) =>
      element("div", { class: "file" }, fileIcon(file.kind), element("bdi", { class: "file-name" }, file.name));
    const content = this.#content(item.body, item.files, name);
    const kind = item.mentions ? "message note" : "message own";
    if (item.failed === undefined) {
      const meta = element("span", { class: "meta" }, words.sending);
      return element("div", { class: `${kind} waiting` }, ...content, meta);
    }
    const edit = element("button", { type: "button", class: "button small" }, words.edit);
    const discard = element("button", { type: "button", class: "button small quiet" }, words.discard);
    edit.onclick = () => this.options.onEdit(item);
    discard.onclick = () => this.options.onDiscard(item);
    return element(
      "div",
      { class: `${kind} failed` },
      ...content,
      element("p", { class: "reason", role: "alert" }, `${words.notSent} ${item.failed}`),
      element("div", { class: "actions" }, edit, discard),
    );
  }

  #day(at: string): HTMLElement {
    const { words, language } = this.options;
    return element("p", { class: "day" }, dayName(at, language, words, "full"));
  }

  // Only the last own message that was read says so.
  #showRead(timeline: Timeline): void {
    const { side, words } = this.options;
    const mark = timeline.marks[side === "client" ? "adviser" : "client"];
    const read = timeline
      .sorted()
      .filter((event) => event.kind === "message" && event.side === side && event.seq <= mark)
      .at(-1)?.seq;
    for (const seen of this.flow.querySelectorAll<HTMLElement>(".own .read")) {
      const seq = Number(seen.closest<HTMLElement>("[data-seq]")?.dataset.seq);
      const text = seq === read ? ` · ${words.read}` : "";
      if (seen.textContent !== text) seen.textContent = text;
    }
  }
}
