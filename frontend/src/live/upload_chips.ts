// The files chosen for the next message, above the composer: how far each is, and a way out.

import { element } from "./elements.ts";
import { stateText } from "./file_cards.ts";
import type { FileWords } from "./file_words.ts";
import { percentText, sizeText, speedText } from "./sizes.ts";
import type { Upload } from "./uploads.ts";

interface ChipOptions {
  language: string;
  words: FileWords;
  onCancel(upload: Upload): void;
  onChooseAgain(): void;
}

interface Chip {
  whole: HTMLElement;
  progress: HTMLProgressElement;
  facts: HTMLElement;
  problem: HTMLElement;
  cancel: HTMLButtonElement;
  again: HTMLButtonElement;
}

export class UploadChips {
  #chips = new Map<string, Chip>();

  constructor(
    private readonly list: HTMLElement,
    private readonly options: ChipOptions,
  ) {
    list.setAttribute("aria-label", options.words.chosen);
  }

  // Each keeps its element, and with it the focus, as long as it is there.
  show(uploads: readonly Upload[]): void {
    for (const [id, { whole }] of this.#chips) {
      if (uploads.some((upload) => upload.id === id)) continue;
      whole.remove();
      this.#chips.delete(id);
    }
    for (const upload of uploads) {
      let chip = this.#chips.get(upload.id);
      if (!chip) {
        chip = this.#make(upload);
        this.#chips.set(upload.id, chip);
        this.list.append(chip.whole);
        chip.whole.scrollIntoView({ block: "nearest" });
      }
      this.#renew(chip, upload);
    }
    this.list.hidden = uploads.length === 0;
  }

  #make(upload: Upload): Chip {
    const { words, onCancel, onChooseAgain } = this.options;
    const name = element("bdi", { class: "file-name" }, upload.name);
    const progress = element("progress", { max: "1", "aria-label": words.progressOf(upload.name) });
    const facts = element("span", { class: "file-facts" });
    const problem = element("p", { class: "problem", role: "alert" });
    const cancel = element("button", { type: "button", class: "link" });
    const again = element("button", { type: "button", class: "link" }, words.chooseAgain);
    again.setAttribute("aria-label", `${words.chooseAgain}: ${upload.name}`);
    cancel.onclick = () => onCancel(upload);
    again.onclick = onChooseAgain;
    const head = element("div", { class: "chip-head" }, name, again, cancel);
    const whole = element("li", { class: "chip" }, head, progress, facts, problem);
    return { whole, progress, facts, problem, cancel, again };
  }

  #renew(chip: Chip, upload: Upload): void {
    const { words, language } = this.options;
    const { state, name, size, sent } = upload;
    const isOver = state === "done" || state === "refused" || state === "interrupted";
    const label = isOver ? words.remove : words.cancel;
    const hasNewProblem = isOver && state !== "done" && chip.whole.dataset.state !== state;
    chip.whole.dataset.state = state;
    put(chip.cancel, label);
    chip.cancel.setAttribute("aria-label", `${label}: ${name}`);
    chip.again.hidden = state !== "interrupted";
    chip.progress.hidden = isOver;
    chip.progress.value = Math.min(1, sent / Math.max(1, size));
    put(chip.facts, [sizeText(size, language), ...this.#facts(upload)].join(" · "));
    const done = percentText(sent / Math.max(1, size), language);
    put(chip.problem, state === "interrupted" ? words.interrupted(done) : upload.problem);
    if (hasNewProblem) chip.whole.scrollIntoView({ block: "nearest" });
  }

  #facts({ state, size, sent, speed, file }: Upload): string[] {
    const { words, language } = this.options;
    const percent = percentText(sent / Math.max(1, size), language);
    switch (state) {
      case "waiting":
        return [words.waits];
      case "sending":
        return speed ? [percent, speedText(speed, language)] : [percent];
      case "lost":
        return [percent, words.lost];
      case "checking":
        return [words.checking];
      case "done":
        return [...(file ? [stateText(file, words)] : []), words.stored];
      default:
        return [];
    }
  }
}

// A text that stays the same is not set again: it would be read aloud again.
function put(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
