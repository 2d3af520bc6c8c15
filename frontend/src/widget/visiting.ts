// Whose visit this is: looked up at the server, and begun with the first message or file.

import { Refusal } from "../live/refusal.ts";
import { begin, look, type Visit } from "./visit.ts";

interface VisitingOptions {
  language: string;
  onVisit(visit: Visit): void;
  onBegun(): void;
  // None could be begun: why, as far as the server said it.
  onRefused(reason: string): void;
  // The time to wait is over.
  onWaited(): void;
}

const PAUSE_SECONDS = 5;

export class Visiting {
  #begun = 0;
  #beginning: Promise<void> | null = null;
  #looking: Promise<Visit> | null = null;
  #waiting: { reason: string } | null = null;

  constructor(private readonly options: VisitingOptions) {}

  look(): Promise<Visit> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  // One at a time: two would be two conversations.
  begin(): Promise<void> {
    if (this.#waiting) {
      this.options.onRefused(this.#waiting.reason);
      return Promise.resolve();
    }
    this.#beginning ??= this.#begin().finally(() => {
      this.#beginning = null;
    });
    return this.#beginning;
  }

  // An answer from before a visit was begun knows nothing of it, and is not taken.
  async #look(): Promise<Visit> {
    for (;;) {
      await this.#beginning;
      const begun = this.#begun;
      const visit = await look();
      if (this.#beginning || this.#begun !== begun) continue;
      this.options.onVisit(visit);
      return visit;
    }
  }

  async #begin(): Promise<void> {
    try {
      const visit = await begin(this.options.language);
      this.#begun += 1;
      this.options.onVisit(visit);
      this.options.onBegun();
    } catch (problem) {
      const [reason, wait] =
        problem instanceof Refusal ? [problem.message, problem.retryAfter] : ["", PAUSE_SECONDS];
      this.#waiting = { reason };
      this.options.onRefused(reason);
      setTimeout(() => {
        this.#waiting = null;
        this.options.onWaited();
      }, wait * 1000);
    }
  }
}
