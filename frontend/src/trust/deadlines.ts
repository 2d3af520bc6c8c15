// Deadlines by the reader's clock: what is past one is not green any more, whoever else is down.

const LONGEST = 30_000;

// Whether a deadline has passed; `now` in milliseconds.
export function passed(until: string, now: number): boolean {
  const end = Date.parse(until);
  // What cannot be read is no promise.
  return !(end > now);
}

// How long until it is worth looking again, in milliseconds: at the next deadline, and at times in
// between, for clocks that were set or machines that slept.
export function pause(untils: string[], now: number): number {
  const left = untils.map((until) => Date.parse(until) - now).filter((wait) => wait > 0);
  return Math.min(LONGEST, ...left);
}
