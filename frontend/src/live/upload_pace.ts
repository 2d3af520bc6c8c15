// How fast an upload goes, over the last seconds: a single step tells little.

const WINDOW = 5000;
const SETTLED = 500;

export class Pace {
  #steps: { at: number; bytes: number }[] = [];

  // Bytes per second once so many have gone; 0 in the first moment.
  after(bytes: number, now: number = performance.now()): number {
    this.#steps.push({ at: now, bytes });
    this.#steps = this.#steps.filter(({ at }) => now - at <= WINDOW);
    const first = this.#steps[0];
    if (!first || now - first.at < SETTLED) return 0;
    return Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.at));
  }
}
