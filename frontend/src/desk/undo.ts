// After something is done: that it is, and for ten seconds the way back.

import { byId } from "../live/elements.ts";

const SECONDS = 10;

export class Undo {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #undo: (() => void) | null = null;

  constructor() {
    byId("undo-button").addEventListener("click", () => this.run());
  }

  offer(text: string, undo: (() => void) | null): void {
    clearTimeout(this.#timer);
    this.#undo = undo;
    byId("undo-text").textContent = text;
    byId("undo-button").hidden = undo === null;
    byId("undo").hidden = false;
    this.#timer = setTimeout(() => this.#end(), SECONDS * 1000);
  }

  isOffered(): boolean {
    return this.#undo !== null;
  }

  run(): void {
    const undo = this.#undo;
    this.#end();
    undo?.();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#undo = null;
    byId("undo").hidden = true;
  }
}
