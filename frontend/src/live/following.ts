// A conversation as it grows: one fetch at a time, however many hints come, and one mark a second,
// however many messages are read.

import { type ClientFrame, type Events, mayPass, type Refused, type Side } from "./protocol.ts";
import { Timeline } from "./timeline.ts";

// After this long without an answer the same is asked again.
const PATIENCE = 20_000;
const READ_AT_MOST_EVERY = 1000;
// How many events after the one that was asked for the first page holds.
const AFTER_PLACE = 50;

export class Following {
  readonly timeline = new Timeline();
  #underWay: "newer" | "older" | null = null;
  #wantsNewer = false;
  #wantsOlder = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  // Up to where it was read here, and up to where the server was told.
  #seen = 0;
  #told = 0;
  #toldAt = -Infinity;
  #tellTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly conversation: string,
    private readonly side: Side,
    private readonly send: (frame: ClientFrame) => boolean,
    // An event to begin at, instead of the newest one.
    private readonly place = 0,
  ) {}

  // The connection is new: what was asked and told over the old one may not have arrived.
  connected(): void {
    this.#told = 0;
    this.#wantsNewer = true;
    this.#askAgain();
  }

  // Something happened. What happens while a fetch is under way is fetched after it.
  refresh(): void {
    this.#wantsNewer = true;
    this.#ask();
  }

  // Somebody wants to read further up; without a connection, once there is one again.
  older(): void {
    if (!this.timeline.hasOlder || this.#underWay === "older") return;
    this.#wantsOlder = true;
    this.#ask();
  }

  take(frame: Events): void {
    clearTimeout(this.#timer);
    this.#underWay = null;
    const isFirst = this.timeline.last === 0;
    // A page around a place is followed by what is newer than it.
    if (this.timeline.apply(frame) !== null || (isFirst && this.place)) this.#wantsNewer = true;
    const { marks } = this.timeline;
    // What was read here stays read, although the server may have to be told.
    if (marks[this.side] < this.#seen) {
      marks[this.side] = this.#seen;
      this.#tell();
    }
    this.#ask();
  }

  // Nobody says which frame was refused, but whatever has no answer is under way.
  refused(frame: Refused): void {
    if (frame.key !== null) return;
    if (!mayPass(frame.code)) {
      this.#underWay = null;
      return;
    }
    this.#told = 0;
    this.#askAfter((frame.retry_after ?? 1) * 1000);
  }

  // Whoever is here has seen all that is shown.
  read(): void {
    if (this.timeline.unread(this.side) === 0) return;
    this.#seen = this.timeline.marks[this.side] = this.timeline.last;
    this.#tell();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#tellTimer);
  }

  #ask(): void {
    if (this.#underWay !== null) return;
    const { first, last } = this.timeline;
    const fetch = { type: "fetch", conversation: this.conversation } as const;
    // The newest page at first, or one around a place; later only what was missed.
    const begin = this.place ? { ...fetch, before: this.place + AFTER_PLACE } : fetch;
    if (this.#wantsNewer && this.send(last ? { ...fetch, after: last } : begin)) {
      this.#underWay = "newer";
      this.#wantsNewer = false;
    } else if (this.#wantsOlder && this.send({ ...fetch, before: first })) {
      this.#underWay = "older";
      this.#wantsOlder = false;
    } else return;
    this.#askAfter(PATIENCE);
  }

  #askAfter(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#askAgain();
      this.#tell();
    }, wait);
  }

  #askAgain(): void {
    clearTimeout(this.#timer);
    if (this.#underWay === "newer") this.#wantsNewer = true;
    if (this.#underWay === "older") this.#wantsOlder = true;
    this.#underWay = null;
    this.#ask();
  }

  #tell(): void {
    if (this.#told >= this.#seen || this.#tellTimer !== undefined) return;
    const wait = this.#toldAt + READ_AT_MOST_EVERY - Date.now();
    if (wait > 0) {
      this.#tellTimer = setTimeout(() => {
        this.#tellTimer = undefined;
        this.#tell();
      }, wait);
    } else if (this.send({ type: "read", conversation: this.conversation, seq: this.#seen })) {
      this.#told = this.#seen;
      this.#toldAt = Date.now();
    }
  }
}
