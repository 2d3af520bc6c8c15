// The question for name and e-mail: when nobody is there, or an answer is long in coming.

import { byId } from "../live/elements.ts";
import { keep, recall } from "../live/kept.ts";
import { Refusal } from "../live/refusal.ts";
import { introduce } from "./visit.ts";

const WAIT = 60_000;
const DISMISSED = "siegel.introduction-dismissed";

export class Introduction {
  #form = byId<HTMLFormElement>("introduction");
  #problem = byId("introduction-problem");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isKnown = false;

  constructor(private readonly onGiven: () => void) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#give();
    });
    byId("introduction-later").addEventListener("click", () => {
      keep(DISMISSED, true);
      this.#hide();
    });
  }

  known(isKnown: boolean): void {
    this.#isKnown = isKnown;
    if (isKnown) this.#hide();
  }

  // A message went out: ask at once if nobody is there, else after a minute without an answer.
  // `age` is how many milliseconds ago that was.
  messageSent(somebodyIsPresent: boolean, age = 0): void {
    clearTimeout(this.#timer);
    if (!somebodyIsPresent) this.#show();
    // A clock may go wrong by more than the wait.
    else this.#timer = setTimeout(() => this.#show(), Math.min(WAIT, Math.max(0, WAIT - age)));
  }

  // There is no reason to ask any more: a question that nobody has begun to answer goes away.
  withdraw(): void {
    clearTimeout(this.#timer);
    const given = [...new FormData(this.#form).values()];
    if (given.every((value) => value === "")) this.#hide();
  }

  #show(): void {
    if (this.#isKnown || recall(DISMISSED, false)) return;
    this.#form.hidden = false;
    this.#form.scrollIntoView({ block: "nearest" });
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#form.hidden = true;
  }

  async #give(): Promise<void> {
    const given = new FormData(this.#form);
    this.#problem.textContent = "";
    try {
      await introduce(String(given.get("name")), String(given.get("email")));
      this.known(true);
      this.onGiven();
    } catch (problem) {
      this.#problem.textContent =
        problem instanceof Refusal ? problem.message : (this.#form.dataset.offline ?? "");
      const field = problem instanceof Refusal ? problem.field : undefined;
      if (field) byId(`introduction-${field}`).focus();
    }
  }
}
