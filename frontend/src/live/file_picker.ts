// The ways in which files are handed to a page: chosen, photographed, dropped, pasted.

import { byId } from "./elements.ts";

interface PickerOptions {
  // The part of the page on which files may be dropped, and what shows that they may.
  region: HTMLElement;
  zone: HTMLElement;
  composer: HTMLElement;
  isEnabled(): boolean;
  onFiles(files: File[]): void;
}

export class FilePicker {
  #input = byId<HTMLInputElement>("attach-input");

  constructor(private readonly options: PickerOptions) {
    this.#bind("attach", this.#input);
    this.#bind("camera", byId<HTMLInputElement>("camera-input"));
    options.composer.addEventListener("paste", (event) => this.#paste(event));
    // A file dropped beside the zone would otherwise take the place of the whole page.
    addEventListener("dragover", (event) => this.#dragOver(event));
    addEventListener("drop", (event) => this.#drop(event));
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) this.#showZone(false);
    });
  }

  choose(): void {
    if (this.options.isEnabled()) this.#input.click();
  }

  accept(kinds: string): void {
    this.#input.accept = kinds;
  }

  #bind(button: string, input: HTMLInputElement): void {
    byId(button).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      // Emptied, so that the same file can be chosen once more.
      input.value = "";
      this.#give(files);
    });
  }

  // Text wins: word processors put a picture of it beside it.
  #paste(event: Event): void {
    const data = (event as ClipboardEvent).clipboardData;
    if (!data?.files.length || data.types.includes("text/plain")) return;
    event.preventDefault();
    this.#give([...data.files]);
  }

  #showZone(isShown: boolean): void {
    this.options.zone.hidden = !isShown;
  }

  #dragOver(event: DragEvent): void {
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    const isWelcome = this.#isIn(event.target) && this.options.isEnabled();
    event.dataTransfer.dropEffect = isWelcome ? "copy" : "none";
    this.#showZone(isWelcome);
  }

  #drop(event: DragEvent): void {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#showZone(false);
    if (this.#isIn(event.target)) this.#give([...(event.dataTransfer?.files ?? [])]);
  }

  #isIn(target: EventTarget | null): boolean {
    return target instanceof Node && this.options.region.contains(target);
  }

  #give(files: File[]): void {
    if (files.length && this.options.isEnabled()) this.options.onFiles(files);
  }
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
