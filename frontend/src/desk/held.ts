// Answers that wait to go out, above the composer, with the seconds left; and those that were not
// taken when they should have gone out.

import { byId, element } from "../live/elements.ts";
import type { FileInfo } from "../live/protocol.ts";
import type { ComposerWords } from "./composer_words.ts";
import { getJson, sendJson, whyNot } from "./requests.ts";

interface Waiting {
  key: string;
  body: string;
  files: FileInfo[];
  seconds_left: number;
  problem: string;
}

interface Row extends Waiting {
  // Of this browser's clock.
  due: number;
  drawn: HTMLElement;
  text: HTMLElement;
  button: HTMLButtonElement;
}

interface HeldOptions {
  conversation: string;
  words: ComposerWords;
  // The answer is the adviser's again.
  onBack(body: string, files: FileInfo[]): void;
  onDiscarded(files: FileInfo[]): void;
  tell(text: string): void;
  say(text: string): void;
}

const TICK = 500;
// After this long past its time something went wrong, and the server is asked.
const PATIENCE = 8000;

export class Held {
  #rows = new Map<string, Row>();
  #list = byId("held");
  #timer: ReturnType<typeof setInterval> | undefined;
  #askedAt = 0;

  constructor(private readonly options: HeldOptions) {}

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  // What waits at the server: after a reload, in another browser, and when one was not taken.
  async refresh(): Promise<void> {
    this.#askedAt = Date.now();
    const address = `/inbox/${this.options.conversation}/pending/`;
    const answer = await getJson<{ pending: Waiting[] }>(address).catch(() => null);
    if (!answer) return;
    const keys = new Set(answer.pending.map(({ key }) => key));
    for (const key of [...this.#rows.keys()]) if (!keys.has(key)) this.gone(key);
    for (const waiting of answer.pending) this.add(waiting);
  }

  add(waiting: Waiting): void {
    this.gone(waiting.key);
    const { words } = this.options;
    const text = element("span", { class: "when" });
    const button = element("button", { type: "button", class: "button small" });
    const more = waiting.files.length ? words.files(waiting.files.length) : "";
    const excerpt = element("bdi", { class: "what" }, waiting.body.slice(0, 200) || more);
    const drawn = element("li", {}, text, excerpt, button);
    const row: Row = { ...waiting, due: Date.now() + waiting.seconds_left * 1000, drawn, text, button };
    button.onclick = () => void this.#callBack(row);
    if (waiting.problem) this.#asRefused(row);
    else button.append(words.undo, " ", element("kbd", {}, "U"));
    this.#rows.set(waiting.key, row);
    this.#list.append(drawn);
    this.#tick();
    this.#timer ??= setInterval(() => this.#tick(), TICK);
  }

  // It is in the conversation, or was taken back.
  gone(key: string): void {
    this.#rows.get(key)?.drawn.remove();
    this.#rows.delete(key);
    this.#list.hidden = this.#rows.size === 0;
    if (this.#rows.size) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  isWaiting(): boolean {
    return [...this.#rows.values()].some(({ problem }) => !problem);
  }

  // The one that was sent last.
  undoLast(): void {
    const last = [...this.#rows.values()].filter(({ problem }) => !problem).at(-1);
    if (last) void this.#callBack(last);
  }

  #asRefused(row: Row): void {
    const { words } = this.options;
    row.drawn.className = "refused";
    row.drawn.setAttribute("role", "alert");
    row.text.textContent = `${words.notSent} ${row.problem}`;
    row.button.append(words.edit);
    const discard = element("button", { type: "button", class: "button small quiet" }, words.discard);
    discard.onclick = () => void this.#callBack(row, true);
    row.drawn.append(discard);
  }

  #tick(): void {
    const { words } = this.options;
    const now = Date.now();
    for (const row of this.#rows.values()) {
      if (row.problem) continue;
      const left = Math.ceil((row.due - now) / 1000);
      row.text.textContent = left > 0 ? words.goesOutIn(left) : words.goingOut;
      row.button.hidden = left <= 0;
    }
    const isLate = [...this.#rows.values()].some(({ problem, due }) => !problem && due + PATIENCE < now);
    if (isLate && this.#askedAt + PATIENCE < now) void this.refresh();
    this.#list.hidden = this.#rows.size === 0;
  }

  async #callBack(row: Row, isDiscarded = false): Promise<void> {
    const { conversation, words } = this.options;
    if (row.button.disabled) return;
    row.button.disabled = true;
    const address = `/inbox/${conversation}/pending/${row.key}/`;
    const forgotten = `${address}?forget=1`;
    const response = await sendJson("DELETE", isDiscarded ? forgotten : address).catch(() => null);
    row.button.disabled = false;
    if (response?.ok) {
      this.gone(row.key);
      if (isDiscarded) this.options.onDiscarded(row.files);
      else {
        this.options.onBack(row.body, row.files);
        this.options.say(words.undone);
        // It is kept in this browser now. Until the server knows, it is shown again after a reload.
        void sendJson("DELETE", forgotten).catch(() => undefined);
      }
    } else if (!response) this.options.tell(words.notUndone);
    else {
      const { message } = await whyNot(response);
      if (message) this.options.tell(message);
      void this.refresh();
    }
  }
}
