// How long a browser waits before it comes back, and that it does come back.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Connection, pause, type State } from "../src/live/connection.ts";
import { Refusal } from "../src/live/refusal.ts";

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 1;
  sent: string[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: (event: { code: number }) => void;

  constructor() {
    sockets.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  becomesReady(): void {
    this.onopen?.();
    this.onmessage?.({ data: '{"type":"ready","side":"client","present":true}' });
  }
}

let sockets: FakeSocket[] = [];
let tickets: (() => Promise<string | null>)[] = [];
let states: string[] = [];
Object.assign(globalThis, { WebSocket: FakeSocket, location: { href: "https://chat.example/" } });

beforeEach(() => {
  sockets = [];
  tickets = [];
  states = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

function connection(): Connection {
  return new Connection({
    language: "en",
    ticket: () => (tickets.shift() ?? (() => Promise.resolve("t")))(),
    onFrame: () => undefined,
    onState: (state: State, reason: string) => states.push(reason ? `${state}: ${reason}` : state),
  });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test("the pause grows from a quarter of a second to ten", () => {
  assert.equal(pause(0, 1), 250);
  assert.equal(pause(3, 1), 2000);
  assert.equal(pause(20, 1), 10_000);
});

test("browsers do not all come back in the same moment", () => {
  assert.equal(pause(20, 0), 5000);
  assert.notEqual(pause(20, 0.1), pause(20, 0.9));
});

test("starting again while a connection is up leaves it up", async () => {
  const one = connection();
  one.restart();
  await settled();
  sockets[0]?.becomesReady();
  one.restart();
  await settled();
  assert.equal(sockets.length, 1);
  assert.ok(one.send({ type: "ping" }));
});

test("starting again while a ticket is fetched tries once more after that", async () => {
  const one = connection();
  let answer: (ticket: null) => void = () => undefined;
  tickets = [() => new Promise((resolve) => (answer = resolve))];
  one.restart();
  one.restart();
  answer(null);
  await settled();
  assert.deepEqual(states, ["signed-out"]);
  assert.equal(sockets.length, 1);
  sockets[0]?.becomesReady();
  assert.ok(one.send({ type: "ping" }));
});

test("a server that is away is asked again soon", async () => {
  const one = connection();
  tickets = [() => Promise.reject(new TypeError("Failed to fetch"))];
  one.restart();
  await settled();
  assert.deepEqual(states, ["offline"]);
  mock.timers.tick(250);
  await settled();
  assert.equal(sockets.length, 1);
});

test("a server that says when to ask again is asked then, and its words are told", async () => {
  const one = connection();
  tickets = [() => Promise.reject(new Refusal("storage-full", "Not stored.", 5))];
  one.restart();
  await settled();
  assert.deepEqual(states, ["offline: Not stored."]);
  mock.timers.tick(4999);
  await settled();
  assert.equal(sockets.length, 0);
  mock.timers.tick(1);
  await settled();
  assert.equal(sockets.length, 1);
});
