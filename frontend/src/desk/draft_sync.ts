// One draft, in this browser at once and at the server after a moment of rest. Whoever writes in two
// windows is asked before one text takes the place of another.

import { isTooLong } from "../live/drafts.ts";
import { keep, recall } from "../live/kept.ts";

export interface StoredDraft {
  body: string;
  saved_at: string;
}

export type DraftStatus = "none" | "saving" | "saved" | "only-here" | "only-while-open" | "too-long";

// What the server made of it.
export type Saved =
  | { type: "saved"; saved_at: string | null }
  | { type: "newer"; draft: StoredDraft }
  // For good, such as control characters.
  | { type: "refused"; message: string }
  | { type: "later" };

interface DraftOptions {
  // Under which name the browser keeps it.
  name: string;
  save(body: string, savedAt: string | null): Promise<Saved>;
  // The text came from elsewhere: show it.
  onText(body: string): void;
  onStatus(status: DraftStatus, message: string): void;
  // Two texts: `null` when that is settled.
  onConflict(other: StoredDraft | null): void;
}

interface Kept {
  body: string;
  // The version at the server that this text goes on from.
  saved_at: string | null;
  is_synced: boolean;
}

const REST = 1000;
const RETRY = 5000;
const NOTHING: Kept = { body: "", saved_at: null, is_synced: true };

export class DraftSync {
  #kept: Kept;
  #isDurable = true;
  #isUnderWay = false;
  #conflict: StoredDraft | null = null;
  // What was tried last: an answer that was lost is no other window.
  #tried: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: DraftOptions) {
    // Before there were drafts at the server, the text alone was kept.
    const kept = recall<Kept | string>(options.name, NOTHING);
    this.#kept = typeof kept === "string" ? { body: kept, saved_at: null, is_synced: kept === "" } : kept;
  }

  get text(): string {
    return this.#kept.body;
  }

  // Somebody writes.
  typed(body: string): void {
    if (body === this.#kept.body) return;
    this.#put({ ...this.#kept, body, is_synced: false });
    this.#push(REST);
  }

  // It was sent or discarded: the server is told until it knows.
  cleared(): void {
    this.#settle();
    this.#put({ ...this.#kept, body: "", is_synced: this.#kept.saved_at === null && this.#tried === null });
    this.#push(0);
  }

  // What the server has, when the page begins and when somebody comes back to it.
  loaded(stored: StoredDraft | null): void {
    if (this.#isUnderWay || this.#conflict) return;
    const { body, saved_at, is_synced } = this.#kept;
    if (stored && stored.body === body) this.#put({ ...stored, is_synced: true });
    else if (is_synced || (body === "" && stored && stored.saved_at !== saved_at)) this.#take(stored);
    else if (stored && stored.saved_at !== saved_at) this.#ask(stored);
    else {
      // The server has nothing, or what this text goes on from.
      this.#put({ body, saved_at: stored ? saved_at : null, is_synced: !stored && body === "" });
      this.#push(0);
      return;
    }
    this.tell();
  }

  // Another window of this browser keeps its text under the same name.
  elsewhere(shown: string): void {
    const kept = recall<Kept>(this.options.name, NOTHING);
    if (shown !== this.#kept.body) return;
    const isOther = kept.body !== this.#kept.body;
    this.#kept = kept;
    if (isOther) this.options.onText(kept.body);
    this.tell();
  }

  // Which of the two texts to go on with.
  choose(which: "mine" | "other" | "both"): void {
    const other = this.#conflict;
    if (!other) return;
    this.#settle();
    const mine = this.#kept.body;
    if (which === "other") {
      this.#take(other);
      this.tell();
      return;
    }
    const body = which === "mine" ? mine : `${other.body.trimEnd()}\n\n${mine}`;
    this.#put({ body, saved_at: other.saved_at, is_synced: false });
    if (body !== mine) this.options.onText(body);
    this.#push(0);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #put(kept: Kept): void {
    this.#kept = { body: kept.body, saved_at: kept.saved_at, is_synced: kept.is_synced };
    this.#isDurable = keep(this.options.name, this.#kept);
  }

  #take(stored: StoredDraft | null): void {
    const shown = this.#kept.body;
    this.#put(stored ? { ...stored, is_synced: true } : NOTHING);
    if (this.#kept.body !== shown) this.options.onText(this.#kept.body);
  }

  #push(after: number): void {
    this.tell();
    clearTimeout(this.#timer);
    if (this.#kept.is_synced || this.#conflict) return;
    this.#timer = setTimeout(() => void this.#save(), after);
  }

  async #save(): Promise<void> {
    if (this.#isUnderWay || this.#conflict || this.#kept.is_synced) return;
    const { body, saved_at } = this.#kept;
    if (isTooLong(body)) {
      this.tell();
      return;
    }
    const before = this.#tried;
    this.#tried = body;
    this.#isUnderWay = true;
    const saved: Saved = await this.options.save(body, saved_at).catch(() => ({ type: "later" }));
    this.#isUnderWay = false;
    switch (saved.type) {
      case "saved":
        this.#put({ body: this.#kept.body, saved_at: saved.saved_at, is_synced: this.#kept.body === body });
        this.#push(this.#kept.body === "" ? 0 : REST);
        break;
      case "newer":
        if (saved.draft.body === before) {
          this.#put({ ...this.#kept, saved_at: saved.draft.saved_at });
          this.#push(0);
          break;
        }
        // Nothing was written here since what is there: it is the newer one.
        if (this.#kept.body === "" || saved.draft.body === this.#kept.body) this.#take(saved.draft);
        else this.#ask(saved.draft);
        this.tell();
        break;
      case "refused":
        this.options.onStatus("only-here", saved.message);
        break;
      case "later":
        this.#push(RETRY);
        this.options.onStatus(this.#kept.body ? (this.#isDurable ? "only-here" : "only-while-open") : "none", "");
        break;
    }
  }

  #ask(other: StoredDraft): void {
    this.#conflict = other;
    this.options.onConflict(other);
  }

  #settle(): void {
    if (!this.#conflict) return;
    // Whatever comes next replaces the other text knowingly.
    this.#kept.saved_at = this.#conflict.saved_at;
    this.#conflict = null;
    this.options.onConflict(null);
  }

  // Say how the text is kept.
  tell(): void {
    const { body, is_synced } = this.#kept;
    let status: DraftStatus = "saving";
    if (body === "") status = "none";
    else if (is_synced) status = "saved";
    else if (!this.#isDurable) status = "only-while-open";
    else if (isTooLong(body)) status = "too-long";
    else if (this.#conflict) status = "only-here";
    this.options.onStatus(status, "");
  }
}
