// Whether what was begun anonymously belongs to the account: asked, and done by nobody else's wish.

import { byId, wholeDate } from "../live/elements.ts";
import { Refusal } from "../live/refusal.ts";
import { ask, type Visit } from "./visit.ts";

export class Joining {
  #panel = byId("joining");
  #problem = byId("joining-problem");

  constructor(
    private readonly language: string,
    private readonly offline: string,
    private readonly onDecided: (visit: Visit) => void,
  ) {
    byId("joining-yes").addEventListener("click", () => void this.#decide(true));
    byId("joining-no").addEventListener("click", () => void this.#decide(false));
  }

  show({ offer }: Visit): void {
    this.#panel.hidden = offer === null;
    if (offer === null) return;
    byId("joining-begun").textContent = wholeDate(new Date(offer.started_at), this.language);
    this.#panel.scrollIntoView({ block: "nearest" });
  }

  async #decide(join: boolean): Promise<void> {
    this.#problem.textContent = "";
    try {
      this.onDecided(await ask<Visit>("POST", "/join", { join }));
    } catch (problem) {
      this.#problem.textContent = problem instanceof Refusal ? problem.message : this.offline;
    }
  }
}
