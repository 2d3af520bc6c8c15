// A list of suggestions above a field, opened by a sign at the beginning of a word; all by keyboard,
// as a listbox that the field points to (WAI-ARIA, editable combobox with list autocomplete).

import { element } from "../live/elements.ts";

export interface Choice {
  label: string;
  detail: string;
}

export interface Source<C extends Choice = Choice> {
  title: string;
  sign: string;
  isEnabled(): boolean;
  find(wanted: string): Promise<C[]>;
  // Replace what was typed, from `start` to `end`, by what was chosen.
  choose(choice: C, start: number, end: number): void;
}

interface PickerWords {
  nothingFound: string;
  choices(count: number): string;
}

const LONGEST_WANTED = 40;

// What was typed after a sign at the beginning of a word, up to the caret; null if nothing was.
export function wantedAt(text: string, caret: number, sign: string): { wanted: string; start: number } | null {
  const line = text.slice(Math.max(0, caret - LONGEST_WANTED - 2), caret);
  const at = line.lastIndexOf(sign);
  if (at === -1) return null;
  const before = line[at - 1] ?? (line.length === caret ? "\n" : "x");
  const wanted = line.slice(at + 1);
  if (!/[\s(]/u.test(before) || !/^(?:[\p{L}\p{N}][\p{L}\p{N}\p{M} .'_-]*)?$/u.test(wanted)) return null;
  return { wanted, start: caret - wanted.length - 1 };
}

export class Picker {
  #source: Source | null = null;
  #choices: Choice[] = [];
  #at = 0;
  #range = { start: 0, end: 0 };
  #asked = 0;
  // Closed by Escape or a choice: this beginning opens nothing more.
  #closedAt = -1;

  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly list: HTMLElement,
    private readonly sources: Source[],
    private readonly words: PickerWords,
    private readonly say: (text: string) => void,
  ) {
    field.addEventListener("input", () => void this.look());
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("blur", () => this.close());
    // The field keeps the focus, so that writing goes on after a choice.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (option) this.#take(Number(option.dataset.number));
    });
  }

  // The caret is behind something that may want suggestions.
  async look(): Promise<void> {
    const caret = this.field.selectionEnd;
    const found = this.#sourceAt(caret);
    const asked = ++this.#asked;
    if (!found || found.start === this.#closedAt) {
      if (!found) this.#closedAt = -1;
      this.#hide();
      return;
    }
    const choices = await found.source.find(found.wanted).catch(() => []);
    if (asked !== this.#asked) return;
    this.#source = found.source;
    this.#range = { start: found.start, end: caret };
    this.#choices = choices;
    this.#at = 0;
    // Nobody who goes on writing a sentence is told again and again that it is nobody's name.
    if (!choices.length && found.wanted.includes(" ")) this.#hide();
    else this.#show();
  }

  close(): void {
    if (this.#source) this.#closedAt = this.#range.start;
    this.#asked += 1;
    this.#hide();
  }

  #sourceAt(caret: number): { source: Source; wanted: string; start: number } | null {
    if (this.field.selectionStart !== caret) return null;
    for (const source of this.sources) {
      const found = source.isEnabled() ? wantedAt(this.field.value, caret, source.sign) : null;
      if (found) return { source, ...found };
    }
    return null;
  }

  #key(event: KeyboardEvent): void {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
    const { length } = this.#choices;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (!length) return;
        this.#at = (this.#at + (event.key === "ArrowDown" ? 1 : length - 1)) % length;
        this.#mark();
        break;
      case "Enter":
      case "Tab":
        if (!length) return;
        this.#take(this.#at);
        break;
      case "Escape":
        this.close();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #take(number: number): void {
    const choice = this.#choices[number];
    const source = this.#source;
    if (!choice || !source) return;
    const { start, end } = this.#range;
    // Letters may have been typed since the list was asked for: they belong to what is replaced.
    const caret = this.field.selectionEnd;
    const isStillThere = this.#sourceAt(caret)?.start === start;
    this.close();
    source.choose(choice, start, isStillThere ? caret : end);
  }

  #show(): void {
    const { field, list, words } = this;
    const options = this.#choices.map((choice, number) =>
      element(
        "li",
        { role: "option", id: `${list.id}-${number}`, "data-number": String(number) },
        element("bdi", {}, choice.label),
        element("bdi", { class: "detail" }, choice.detail),
      ),
    );
    list.setAttribute("aria-label", this.#source?.title ?? "");
    list.replaceChildren(...options);
    if (!options.length) {
      list.append(element("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, words.nothingFound));
    }
    list.hidden = false;
    field.setAttribute("aria-controls", list.id);
    this.say(options.length ? words.choices(options.length) : words.nothingFound);
    this.#mark();
  }

  #mark(): void {
    for (const [number, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(number === this.#at && this.#choices.length > 0));
    }
    const marked = this.list.querySelector<HTMLElement>("[aria-selected=true]");
    marked?.scrollIntoView({ block: "nearest" });
    if (marked) this.field.setAttribute("aria-activedescendant", marked.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  #hide(): void {
    this.#source = null;
    this.#choices = [];
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
    this.field.removeAttribute("aria-controls");
  }
}
