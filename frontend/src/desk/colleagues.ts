// Who else has the same conversation before them, and who of them writes.

import { isolated } from "../live/elements.ts";
import type { InboxWords } from "./inbox_words.ts";

const SAY_EVERY = 15_000;
// Two misses are forgiven.
const FORGOTTEN_AFTER = 40_000;
const WRITES_FOR = 5000;

interface Seen {
  person: string;
  name: string;
}

export class Colleagues {
  #readers = new Map<string, { name: string; until: number; writesUntil: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  // `say` tells the server that the conversation is open here; `show` draws the line.
  constructor(
    private readonly words: InboxWords,
    private readonly say: () => void,
    private readonly show: (line: (Node | string)[]) => void,
  ) {
    setInterval(() => this.say(), SAY_EVERY);
  }

  connected(): void {
    this.#readers.clear();
    this.say();
    this.#draw();
  }

  // Whoever is new hears of us at once, and not after a quarter of a minute.
  reads({ person, name }: Seen, now = Date.now()): void {
    const known = this.#readers.get(person);
    this.#readers.set(person, { name, until: now + FORGOTTEN_AFTER, writesUntil: known?.writesUntil ?? 0 });
    if (!known) this.say();
    this.#draw(now);
  }

  writes({ person, name }: Seen, now = Date.now()): void {
    this.#readers.set(person, { name, until: now + FORGOTTEN_AFTER, writesUntil: now + WRITES_FOR });
    this.#draw(now);
  }

  left({ person }: Seen, now = Date.now()): void {
    this.#readers.delete(person);
    this.#draw(now);
  }

  #draw(now = Date.now()): void {
    for (const [person, { until }] of this.#readers) if (until <= now) this.#readers.delete(person);
    const all = [...this.#readers.values()];
    const writer = all.find(({ writesUntil }) => writesUntil > now);
    if (writer) this.show(this.words.isWriting(isolated(writer.name)));
    else this.show(all.length ? this.words.readsAsWell(all.map(({ name }) => isolated(name))) : []);
    clearTimeout(this.#timer);
    const next = Math.min(...all.map(({ until, writesUntil }) => (writesUntil > now ? writesUntil : until)));
    if (all.length) this.#timer = setTimeout(() => this.#draw(), next - now);
  }
}
