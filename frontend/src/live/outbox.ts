// Messages on their way: kept until the server says that they are stored, sent in order, one at a
// time, each with a key of its own, so that sending again never makes two of one.

import { keep, recall } from "./kept.ts";
import { type ClientFrame, type FileInfo, mayPass, type Refused } from "./protocol.ts";

export interface Item {
  key: string;
  conversation: string;
  body: string;
  at: string;
  // Whole, so that the message can be shown with them while it waits.
  files?: FileInfo[];
  // Only of a note: whom it calls.
  mentions?: string[];
  failed?: string;
}

// After this long without an answer the message is sent again; the key makes that harmless.
const PATIENCE = 20_000;

// The frame that sends an item; the chat learns its conversation only on the way.
export function frameOf(item: Item, conversation: string = item.conversation): ClientFrame {
  const files = item.files?.map(({ id }) => id);
  return { type: "send", conversation, key: item.key, body: item.body, ...(files && { files }) };
}

export class Outbox {
  #inFlight: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly name: string,
    private readonly send: (item: Item) => boolean,
    private readonly onChange: () => void,
  ) {}

  // Read anew each time: another tab of the same person works on the same list.
  items(conversation?: string): Item[] {
    const all = recall<Item[]>(this.name, []);
    return conversation === undefined ? all : all.filter((item) => item.conversation === conversation);
  }

  add(conversation: string, body: string, files: FileInfo[] = [], more: Pick<Item, "mentions"> = {}): void {
    const item: Item = { key: crypto.randomUUID(), conversation, body, at: new Date().toISOString(), ...more };
    if (files.length) item.files = files;
    this.#save([...this.items(), item]);
    this.flush();
  }

  // Send the first that waits, unless one is under way.
  flush(): void {
    if (this.#inFlight !== null) return;
    const next = this.items().find((item) => item.failed === undefined);
    if (next === undefined || !this.send(next)) return;
    this.#inFlight = next.key;
    this.#again(PATIENCE);
  }

  // The connection is new: what was under way may or may not have arrived.
  resume(): void {
    this.#inFlight = null;
    clearTimeout(this.#timer);
    this.flush();
  }

  sent(key: string): void {
    this.remove(key);
    if (key === this.#inFlight) this.resume();
  }

  refused(frame: Refused): void {
    if (frame.key === null || frame.key !== this.#inFlight) return;
    if (mayPass(frame.code)) {
      this.#again((frame.retry_after ?? 1) * 1000);
      return;
    }
    this.#save(
      this.items().map((item) => (item.key === frame.key ? { ...item, failed: frame.message } : item)),
    );
    this.resume();
  }

  // Discarded, or taken back into the composer.
  remove(key: string): Item | undefined {
    const removed = this.items().find((item) => item.key === key);
    if (removed) this.#save(this.items().filter((item) => item.key !== key));
    return removed;
  }

  #again(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.resume(), after);
  }

  #save(items: Item[]): void {
    keep(this.name, items);
    this.onChange();
  }
}
