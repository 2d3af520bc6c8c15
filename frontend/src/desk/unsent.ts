// Answers that went out later than their author stayed, and were not taken: told on every page.

import { byId, element } from "../live/elements.ts";
import { keep, recall } from "../live/kept.ts";
import { type ComposerWords, composerWordsIn } from "./composer_words.ts";
import { getJson, sendJson } from "./requests.ts";
import { Outgoing } from "./outgoing.ts";

interface Lost {
  key: string;
  conversation: string;
  body: string;
  problem: string;
}

// The server tries at once; a moment later it knows.
const AFTER = 3000;

export class Unsent {
  #due: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    kept: string,
    // The conversation that is open shows its own.
    private readonly chosen: string,
    private readonly words: ComposerWords,
  ) {
    this.#due = `${kept}due`;
  }

  // One goes out at this time of the browser's clock; whichever page is open then looks after it.
  expect(due: number): void {
    keep(this.#due, Math.max(due, recall(this.#due, 0)));
    this.watch();
  }

  watch(): void {
    clearTimeout(this.#timer);
    const due = recall(this.#due, 0);
    if (due) this.#timer = setTimeout(() => void this.check(), Math.max(0, due + AFTER - Date.now()));
  }

  async check(): Promise<void> {
    const answer = await getJson<{ unsent: Lost[] }>("/inbox/unsent/").catch(() => null);
    if (!answer) return;
    const elsewhere = answer.unsent.filter(({ conversation }) => conversation !== this.chosen);
    if (!answer.unsent.length) keep(this.#due, 0);
    this.#show(elsewhere);
  }

  #show(lost: Lost[]): void {
    document.getElementById("unsent")?.remove();
    if (!lost.length) return;
    const rows = lost.map((one) => this.#row(one));
    const list = element("ul", { id: "unsent", class: "held-answers", role: "alert" }, ...rows);
    byId("notice").after(list);
  }

  #row({ key, conversation, body, problem }: Lost): HTMLElement {
    const { words } = this;
    const discard = element("button", { type: "button", class: "button small quiet" }, words.discard);
    const row = element(
      "li",
      { class: "refused" },
      element("span", { class: "when" }, `${words.unsent} ${problem}`),
      element("bdi", { class: "what" }, body),
      element("a", { class: "button small", href: `/inbox/${conversation}/` }, words.open),
      discard,
    );
    discard.onclick = async () => {
      const response = await sendJson("DELETE", `/inbox/unsent/${key}/`).catch(() => null);
      if (response?.ok || response?.status === 404) row.remove();
    };
    return row;
  }
}

// Where no conversation is open, what was written before still goes its way.
export function carryOn(kept: string, gone: string): { resume(): void } {
  const unsent = new Unsent(kept, "", composerWordsIn(document.documentElement.lang));
  const nothing = () => undefined;
  const onHeld = (_: unknown, secondsLeft: number) => unsent.expect(Date.now() + secondsLeft * 1000);
  const outgoing = new Outgoing(kept, gone, nothing, onHeld);
  return {
    resume: () => {
      outgoing.resume();
      unsent.watch();
    },
  };
}
