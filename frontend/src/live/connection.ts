// One socket that comes back by itself: after a pause that grows, and at once when the network does.

import type { ClientFrame, ServerFrame } from "./protocol.ts";
import { Refusal } from "./refusal.ts";

export type State = "connecting" | "open" | "offline" | "signed-out";

interface Options {
  // A fresh ticket; null when there is no session (any more). Throws when the server is away, and
  // a Refusal when it says why there is none now, and when to ask again.
  ticket(): Promise<string | null>;
  language: string;
  onFrame(frame: ServerFrame): void;
  // With a reason if the server gave one.
  onState(state: State, reason: string): void;
}

const PING_EVERY = 25_000;
const SILENCE_IS_DEATH = 60_000;
const TICKET_REFUSED = 4401;

// Milliseconds before a try: 250 at first, doubled each time up to 10 s, half of it by chance, so
// that a thousand browsers do not come back in the same moment.
export function pause(attempt: number, chance: number = Math.random()): number {
  const longest = Math.min(10_000, 250 * 2 ** attempt);
  return longest / 2 + (longest / 2) * chance;
}

export class Connection {
  #socket: WebSocket | null = null;
  #attempt = 0;
  #refusals = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  #isConnecting = false;
  #isWantedAgain = false;
  state: State = "connecting";

  constructor(private readonly options: Options) {}

  start(): void {
    addEventListener("online", () => this.#retryNow());
    addEventListener("offline", () => this.#socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#retryNow();
    });
    setInterval(() => this.#keepAlive(), PING_EVERY);
    void this.#connect();
  }

  // Whether the frame went out; if not, the caller keeps what was in it.
  send(frame: ClientFrame): boolean {
    if (this.state !== "open" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // Try again although the server had nothing for us: there is a session now.
  restart(): void {
    this.#refusals = 0;
    // What is up or comes up stays as it is, and comes back by itself if it does not.
    if (this.#socket) return;
    if (this.#isConnecting) {
      this.#isWantedAgain = true;
      return;
    }
    this.state = "connecting";
    void this.#connect();
  }

  // Somebody else is here now: what is up is theirs no more, and comes back as the new one's.
  renew(): void {
    if (this.#socket) this.#socket.close();
    else this.restart();
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting || this.#socket) return;
    this.#isConnecting = true;
    clearTimeout(this.#timer);
    try {
      const ticket = await this.options.ticket();
      if (ticket === null) this.#become("signed-out");
      else this.#open(ticket);
    } catch (problem) {
      this.#later(problem instanceof Refusal ? problem : undefined);
    } finally {
      this.#isConnecting = false;
    }
    if (!this.#isWantedAgain) return;
    this.#isWantedAgain = false;
    void this.#connect();
  }

  #open(ticket: string): void {
    const address = new URL("/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", ticket, language: this.options.language }));
    };
    socket.onmessage = (message) => {
      this.#heardAt = Date.now();
      const frame = JSON.parse(String(message.data)) as ServerFrame;
      if (frame.type === "ready") {
        this.#attempt = this.#refusals = 0;
        this.#become("open");
      }
      this.options.onFrame(frame);
    };
    socket.onclose = (event) => {
      this.#socket = null;
      this.#refusals += event.code === TICKET_REFUSED ? 1 : 0;
      // One refusal may be a ticket that was too old; a second fresh one means no.
      if (this.#refusals > 1) this.#become("signed-out");
      else this.#later();
    };
  }

  #later(refusal?: Refusal): void {
    this.#become("offline", refusal?.message);
    clearTimeout(this.#timer);
    const wait = refusal ? refusal.retryAfter * 1000 : pause(this.#attempt);
    this.#timer = setTimeout(() => void this.#connect(), wait);
    this.#attempt += 1;
  }

  #retryNow(): void {
    if (this.state === "open" || this.state === "signed-out") return;
    void this.#connect();
  }

  #keepAlive(): void {
    if (this.state !== "open") return;
    if (Date.now() - this.#heardAt > SILENCE_IS_DEATH) this.#socket?.close();
    else this.send({ type: "ping" });
  }

  #become(state: State, reason = ""): void {
    if (state === this.state && state !== "offline") return;
    this.state = state;
    this.options.onState(state, reason);
  }
}
