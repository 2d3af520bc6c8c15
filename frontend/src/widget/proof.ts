// The code by which a client shows who they are, while somebody waits for it.

import { byId } from "../live/elements.ts";
import { Refusal } from "../live/refusal.ts";
import { ask, type Visit } from "./visit.ts";

export class Proof {
  #form = byId<HTMLFormElement>("proof");
  #field = byId<HTMLInputElement>("proof-code");
  #problem = byId("proof-problem");

  constructor(
    private readonly offline: string,
    private readonly onOver: () => void,
  ) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#give();
    });
  }

  show({ proof }: Visit): void {
    const isShown = !this.#form.hidden;
    this.#form.hidden = proof === null;
    if (proof === null) return;
    byId("proof-person").textContent = proof.person;
    if (isShown) return;
    this.#field.value = this.#problem.textContent = "";
    this.#form.scrollIntoView({ block: "nearest" });
  }

  async #give(): Promise<void> {
    this.#problem.textContent = "";
    try {
      await ask("POST", "/proof", { code: this.#field.value });
      this.onOver();
    } catch (problem) {
      const isRefused = problem instanceof Refusal;
      this.#problem.textContent = isRefused ? problem.message : this.offline;
      this.#field.select();
    }
  }
}
