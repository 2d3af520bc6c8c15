// The field at the foot of the conversation: an answer to the client or a note to the team, never
// one taken for the other, each with a draft of its own.

import { directionOf } from "../live/drafts.ts";
import { byId, element, isolated } from "../live/elements.ts";
import type { ComposerWords } from "./composer_words.ts";
import { type DraftStatus, DraftSync, type Saved, type StoredDraft } from "./draft_sync.ts";
import { getJson, sendJson, whyNot } from "./requests.ts";

export type Mode = "answer" | "note";

interface Standing {
  state: string;
  // Who looks after the conversation, if it is not the reader.
  colleague: string;
  undo_seconds: number;
}

interface ServerDraft extends StoredDraft {
  is_note: boolean;
}

const LOOK_AGAIN = 5000;

export class Composer {
  readonly field = byId<HTMLTextAreaElement>("composer");
  mode: Mode = "answer";
  standing: Standing;
  #region = byId("composing");
  #drafts: Record<Mode, DraftSync>;
  #lookedAt = 0;

  constructor(
    private readonly id: string,
    kept: string,
    private readonly words: ComposerWords,
  ) {
    const { state = "open", colleague = "", undoSeconds = "0" } = this.#region.dataset;
    this.standing = { state, colleague, undo_seconds: Number(undoSeconds) };
    // Whoever was quicker than this script keeps what they typed.
    const typed = this.field.value;
    const names = { answer: `${kept}draft.${id}`, note: `${kept}note.${id}` };
    this.#drafts = { answer: this.#draft("answer", names.answer), note: this.#draft("note", names.note) };
    if (typed) this.#drafts.answer.typed(typed);
    this.#put(this.#drafts.answer.text);
    this.field.addEventListener("input", () => {
      this.field.dir = directionOf(this.field.value);
      this.#drafts[this.mode].typed(this.field.value);
    });
    addEventListener("storage", ({ key }) => {
      for (const mode of ["answer", "note"] as const) {
        if (key === names[mode]) this.#drafts[mode].elsewhere(this.#shown(mode));
      }
    });
    const look = () => {
      if (!document.hidden && this.#lookedAt + LOOK_AGAIN < Date.now()) void this.load();
    };
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    this.#region.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-mode-to]");
      if (button) this.turn(button.dataset.modeTo === "note" && this.mode === "note" ? "answer" : (button.dataset.modeTo as Mode));
    });
    this.#show();
  }

  // What the server keeps: from another browser, or from before this one was closed.
  async load(): Promise<void> {
    this.#lookedAt = Date.now();
    const answer = await getJson<{ drafts: ServerDraft[] }>(`/inbox/${this.id}/draft/`).catch(() => null);
    if (!answer) return;
    for (const mode of ["answer", "note"] as const) {
      const stored = answer.drafts.find((draft) => draft.is_note === (mode === "note"));
      this.#drafts[mode].loaded(stored ? { body: stored.body, saved_at: stored.saved_at } : null);
    }
  }

  // Who may answer has changed, perhaps.
  async renew(): Promise<void> {
    const standing = await getJson<Standing>(`/inbox/${this.id}/composing/`).catch(() => null);
    if (!standing) return;
    this.standing = standing;
    this.#show();
  }

  mayAnswer(): boolean {
    return this.standing.state === "open" && !this.standing.colleague;
  }

  // Whether there is a field to write in, and for files to be dropped on.
  takesFiles(): boolean {
    return this.mode === "answer" && this.mayAnswer();
  }

  turn(mode: Mode): void {
    if (mode !== this.mode) {
      this.mode = mode;
      this.#put(this.#drafts[mode].text);
      this.#show();
    }
    this.focus();
  }

  focus(): void {
    if (!byId("composer-form").hidden) this.field.focus();
    else document.querySelector<HTMLElement>("#taken:not([hidden]) [data-action], #resolved:not([hidden]) [data-action]")?.focus();
  }

  // The text as it is; from now on it is no draft.
  take(): string {
    const { value } = this.field;
    this.#put("");
    this.#drafts[this.mode].cleared();
    return value;
  }

  // Put a text into the field of one kind, below nothing: the caller has joined it with what is there.
  write(mode: Mode, text: string): void {
    this.#drafts[mode].typed(text);
    if (mode === this.mode) this.#put(text);
  }

  text(mode: Mode): string {
    return this.#drafts[mode].text;
  }

  #put(text: string): void {
    this.field.value = text;
    this.field.dir = directionOf(text);
  }

  #shown(mode: Mode): string {
    return mode === this.mode ? this.field.value : this.#drafts[mode].text;
  }

  #show(): void {
    const { state, colleague } = this.standing;
    this.#region.dataset.mode = this.mode;
    byId("composer-form").hidden = this.mode === "answer" && !this.mayAnswer();
    byId("resolved").hidden = state !== "resolved";
    byId("taken").hidden = state === "resolved" || !colleague;
    if (colleague) byId("colleague").textContent = colleague;
    for (const part of this.#region.querySelectorAll<HTMLElement>("[data-for]")) {
      part.hidden = part.dataset.for !== this.mode;
    }
    for (const button of this.#region.querySelectorAll("[data-mode-to=note]")) {
      button.setAttribute("aria-pressed", String(this.mode === "note"));
    }
    this.field.placeholder = this.mode === "note" ? this.words.noteHere : this.words.answerHere;
    this.#drafts[this.mode].tell();
  }

  #draft(mode: Mode, name: string): DraftSync {
    return new DraftSync({
      name,
      save: (body, savedAt) => this.#save(mode, body, savedAt),
      onText: (body) => {
        if (mode === this.mode) this.#put(body);
      },
      onStatus: (status, message) => {
        if (mode === this.mode) this.#tell(status, message);
      },
      onConflict: (other) => this.#choose(mode, other),
    });
  }

  async #save(mode: Mode, body: string, savedAt: string | null): Promise<Saved> {
    const draft = { body, is_note: mode === "note", saved_at: savedAt };
    const response = await sendJson("PUT", `/inbox/${this.id}/draft/`, draft);
    if (response.ok) return { type: "saved", ...((await response.json()) as { saved_at: string | null }) };
    if (response.status === 409) return { type: "newer", ...((await response.json()) as { draft: StoredDraft }) };
    const { code, message } = await whyNot(response);
    return code === "later" ? { type: "later" } : { type: "refused", message };
  }

  #tell(status: DraftStatus, message: string): void {
    const { words } = this;
    const texts: Record<DraftStatus, string> = {
      none: "",
      saving: words.saving,
      saved: words.draftSaved,
      "only-here": message || words.draftOnlyHere,
      "only-while-open": words.draftOnlyWhileOpen,
      "too-long": words.draftTooLong,
    };
    const shown = byId("draft");
    shown.dataset.status = status;
    if (shown.textContent !== texts[status]) shown.textContent = texts[status];
  }

  #choose(mode: Mode, other: StoredDraft | null): void {
    const place = byId("draft-choice");
    place.hidden = other === null;
    if (!other) {
      place.replaceChildren();
      return;
    }
    const { words } = this;
    const button = (text: string, which: "other" | "mine" | "both") => {
      const made = element("button", { type: "button", class: "button small" }, text);
      made.onclick = () => {
        this.#drafts[mode].choose(which);
        this.field.focus();
      };
      return made;
    };
    const buttons = element("div", { class: "actions" }, button(words.useOther, "other"), button(words.keepMine, "mine"), button(words.joinBoth, "both"));
    const text = element("p", {}, words.otherText);
    place.replaceChildren(text, element("blockquote", {}, isolated(other.body.slice(0, 300))), buttons);
  }
}
