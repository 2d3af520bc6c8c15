// A field and what is found with it: type to narrow down, arrows to move, Enter to choose. The
// pattern is WAI-ARIA's combobox with a listbox that stays open.

import { element } from "../live/elements.ts";

export interface Choice {
  id: string;
  text: string;
  // What stands behind it: a key, a kind.
  more?: (Node | string)[];
  isOn?: boolean;
}

export interface FinderWords {
  searching: string;
  searchFailed: string;
}

interface FinderOptions {
  label: string;
  none: string;
  words: FinderWords;
  find(query: string): Choice[] | Promise<Choice[]>;
  choose(choice: Choice): void;
}

const WAIT_BEFORE_ASKING = 150;
const SEARCHING_AFTER = 200;
let made = 0;

export class Finder {
  readonly field: HTMLInputElement;
  readonly region: HTMLElement;
  #list: HTMLElement;
  #said: HTMLElement;
  #found: Choice[] = [];
  #at = 0;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FinderOptions) {
    made += 1;
    const list = `found-${made}`;
    this.field = element("input", {
      class: "field",
      type: "text",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": list,
      "aria-autocomplete": "list",
      "aria-label": options.label,
      placeholder: options.label,
      autocomplete: "off",
      spellcheck: "false",
    });
    this.#list = element("ul", { id: list, class: "found", role: "listbox", "aria-label": options.label });
    this.#said = element("p", { class: "quiet", role: "status" });
    this.region = element("div", { class: "finder" }, this.field, this.#list, this.#said);
    this.field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.ask(), WAIT_BEFORE_ASKING);
    });
    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    void this.ask();
  }

  // An answer that comes after a later question was asked is dropped.
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const asked = this.#asked;
    const { none, words } = this.options;
    const slow = setTimeout(() => void (this.#said.textContent = words.searching), SEARCHING_AFTER);
    let found: Choice[] = [];
    let nothing = none;
    try {
      found = await this.options.find(this.field.value.trim());
    } catch {
      nothing = words.searchFailed;
    }
    clearTimeout(slow);
    if (asked !== this.#asked) return;
    this.#found = found;
    this.#at = 0;
    this.#draw(nothing);
  }

  #pressed(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && this.#found.length) {
      event.preventDefault();
      this.#at = (this.#at + step + this.#found.length) % this.#found.length;
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      void this.#chooseHighlighted();
    }
  }

  // Whoever is quicker than the answer gets what they typed, and not what stood there before.
  async #chooseHighlighted(): Promise<void> {
    if (this.#timer !== undefined) await this.ask();
    const choice = this.#found[this.#at];
    if (choice) this.options.choose(choice);
  }

  #draw(nothing: string): void {
    this.#list.replaceChildren(
      ...this.#found.map((choice, index) => {
        const option = element(
          "li",
          { id: `${this.#list.id}-${index}`, role: "option", "aria-selected": "false" },
          element("span", { class: "tick", "aria-hidden": "true" }, choice.isOn ? "✓" : ""),
          element("bdi", {}, choice.text),
          element("span", { class: "more" }, ...(choice.more ?? [])),
        );
        option.onclick = () => this.options.choose(choice);
        return option;
      }),
    );
    this.#list.hidden = this.#found.length === 0;
    this.#said.textContent = this.#found.length ? "" : nothing;
    this.#mark();
  }

  #mark(): void {
    [...this.#list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.#at));
      if (index === this.#at) option.scrollIntoView({ block: "nearest" });
    });
    const isSomething = this.#found.length > 0;
    this.field.setAttribute("aria-activedescendant", isSomething ? `${this.#list.id}-${this.#at}` : "");
    this.field.setAttribute("aria-expanded", String(isSomething));
  }
}

// Those in whose text all words of the query stand, in their order.
export function narrowed(choices: Choice[], query: string): Choice[] {
  const words = query.toLowerCase().split(/\s+/);
  return choices.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
}

// A dialog for one question; what is behind waits. The focus goes back to where it was.
export function openDialog(title: string, ...content: Node[]): HTMLDialogElement {
  const heading = element("h2", { id: `dialog-${(made += 1)}` }, title);
  const dialog = element("dialog", { class: "asking", "aria-labelledby": heading.id }, heading, ...content);
  dialog.onclose = () => dialog.remove();
  // Gone at once, and not only when the browser comes to say that it was closed: the next dialog
  // would give the focus back to a field of this one.
  dialog.oncancel = (event) => {
    event.preventDefault();
    dialog.close();
    dialog.remove();
  };
  // A click beside it closes it as Esc does.
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  (document.getElementById("desk") ?? document.body).append(dialog);
  dialog.showModal();
  return dialog;
}
