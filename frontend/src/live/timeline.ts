// The events of one conversation without gaps: what is missing is known, and asked for.

import type { Events, FileInfo, ServerEvent, Side } from "./protocol.ts";

// What a browser is shown pages of, once it may be.
const PREVIEWED = new Set(["pdf", "jpeg", "png", "webp", "gif", "heic"]);

export class Timeline {
  readonly events = new Map<number, ServerEvent>();
  marks: Record<Side, number> = { client: 0, adviser: 0 };
  first = 0;
  last = 0;
  hasOlder = false;

  // Take what a fetch brought; the answer is the number to fetch after, or null if all is here.
  apply(frame: Events): number | null {
    this.marks = frame.marks;
    if (frame.direction === "before") {
      this.#older(frame);
      return null;
    }
    // A page that does not join on, since two were asked for at once, is dropped.
    if (frame.first > this.last + 1) return this.last;
    this.#add(frame);
    for (const event of frame.events) if (event.kind === "file") this.#changeFile(event);
    return frame.more ? this.last : null;
  }

  sorted(): ServerEvent[] {
    return [...this.events.values()].sort((a, b) => a.seq - b.seq);
  }

  // The files that are left, the newest first, and when they came.
  files(): { file: FileInfo; at: string }[] {
    const all = this.sorted().flatMap(({ files = [], at }) => files.map((file) => ({ file, at })));
    return all.filter(({ file }) => file.state !== "deleted").reverse();
  }

  // A change of a file with the name that the file has here; of a deleted one it is soon gone.
  named(change: ServerEvent): ServerEvent {
    const files = this.sorted().flatMap((event) => event.files ?? []);
    const name = files.find(({ id }) => id === change.file)?.name;
    return { ...change, title: name ?? "" };
  }

  // How many messages of the other side came after the mark of this one.
  unread(side: Side): number {
    const isUnread = (event: ServerEvent) =>
      event.kind === "message" && event.side !== side && event.seq > this.marks[side];
    return [...this.events.values()].filter(isUnread).length;
  }

  #older(frame: Events): void {
    // Newer ones may have come while the newest page was on its way.
    const joins =
      this.last === 0 || (frame.first <= this.last + 1 && frame.last + 1 >= this.first);
    if (!joins) return;
    this.#add(frame);
    this.hasOlder = frame.more;
  }

  // Messages that are here keep the state their files had when they were fetched.
  #changeFile(change: ServerEvent): void {
    for (const event of this.events.values()) {
      const file = event.files?.find(({ id }) => id === change.file);
      if (!file || file.state === "deleted") continue;
      Object.assign(file, changed(file, change));
    }
  }

  // A page stands for all its numbers, also for those of events that this side is not told of.
  #add({ events, first, last }: Events): void {
    for (const event of events) this.events.set(event.seq, event);
    if (last === 0) return;
    this.first = this.first === 0 ? first : Math.min(this.first, first);
    this.last = Math.max(this.last, last);
  }
}

function changed(file: FileInfo, { state }: ServerEvent): Partial<FileInfo> {
  if (state === "ready") return { state, scan: "clean", preview: PREVIEWED.has(file.kind) };
  if (state === "infected") return { state, scan: "infected", preview: false };
  return { state: "deleted", preview: false };
}
