// What goes out over HTTP: notes, and answers that can still be called back. Kept, ordered and sent
// again like messages of the socket; the server tells a retry by its key.

import { type Item, Outbox } from "../live/outbox.ts";
import { sendJson, whyNot } from "./requests.ts";

const RETRY_SECONDS = 5;

interface Carrying {
  name: string;
  address(item: Item): string;
  // What is sent of an item.
  content(item: Item): Record<string, unknown>;
  gone: string;
  onChange(): void;
  onStored(item: Item, answer: Record<string, unknown>): void;
}

function httpOutbox(options: Carrying): Outbox {
  const outbox = new Outbox(
    options.name,
    (item) => {
      void carry(item);
      return true;
    },
    options.onChange,
  );

  async function carry(item: Item): Promise<void> {
    let refusal = { code: "later", message: "" };
    try {
      const response = await sendJson("POST", options.address(item), { key: item.key, body: item.body, ...options.content(item) });
      if (response.ok) {
        options.onStored(item, (await response.json()) as Record<string, unknown>);
        outbox.sent(item.key);
        return;
      }
      refusal = await whyNot(response);
    } catch {
      // No connection: later.
    }
    const code = refusal.code === "later" ? "storage-full" : refusal.code;
    outbox.refused({
      type: "refused",
      key: item.key,
      code,
      message: refusal.message || options.gone,
      retry_after: RETRY_SECONDS,
    });
  }

  return outbox;
}

export class Outgoing {
  readonly notes: Outbox;
  readonly held: Outbox;

  constructor(
    kept: string,
    gone: string,
    onChange: () => void,
    onHeld: (item: Item, secondsLeft: number) => void,
  ) {
    this.notes = httpOutbox({
      name: `${kept}notes`,
      address: ({ conversation }) => `/inbox/${conversation}/notes/`,
      content: ({ mentions = [] }) => ({ mentions }),
      gone,
      onChange,
      onStored: () => undefined,
    });
    this.held = httpOutbox({
      name: `${kept}held`,
      address: ({ conversation }) => `/inbox/${conversation}/pending/`,
      content: ({ files = [] }) => ({ files: files.map(({ id }) => id) }),
      gone,
      onChange,
      onStored: (item, answer) => onHeld(item, Number(answer.seconds_left ?? 0)),
    });
  }

  resume(): void {
    this.notes.resume();
    this.held.resume();
  }

  items(conversation: string): Item[] {
    return [...this.held.items(conversation), ...this.notes.items(conversation)];
  }

  remove(key: string): Item | undefined {
    return this.held.remove(key) ?? this.notes.remove(key);
  }
}
