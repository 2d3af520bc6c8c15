// However many hints come: one fetch at a time, one mark a second, and nothing is left out.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Following } from "../src/live/following.ts";
import type { ClientFrame, Events, ServerEvent } from "../src/live/protocol.ts";

let sent: ClientFrame[] = [];
let isConnected = true;

beforeEach(() => {
  sent = [];
  isConnected = true;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
});

function following(place = 0): Following {
  const send = (frame: ClientFrame) => {
    if (isConnected) sent.push(frame);
    return isConnected;
  };
  return new Following("c", "adviser", send, place);
}

// What was sent so far, in short; then forgotten.
function told(): string[] {
  const lines = sent.map((frame) => {
    if (frame.type === "read") return `read ${frame.seq}`;
    if (frame.type !== "fetch") return frame.type;
    if (frame.after !== undefined) return `after ${frame.after}`;
    return frame.before === undefined ? "newest" : `before ${frame.before}`;
  });
  sent = [];
  return lines;
}

function page(from: number, to: number, more: Partial<Events> = {}): Events {
  const events: ServerEvent[] = [];
  for (let seq = from; seq <= to; seq += 1) events.push({ seq, kind: "message", at: "", side: "client" });
  const ends = { first: events.length ? from : 0, last: events.length ? to : 0 };
  const marks = { client: 0, adviser: 0 };
  return { type: "events", conversation: "c", events, ...ends, more: false, direction: "after", marks, ...more };
}

// With the newest page there, and nothing said of it yet.
function loaded(first: number, last: number, hasOlder = false): Following {
  const made = following();
  made.connected();
  made.take(page(first, last, { direction: "before", more: hasOlder }));
  assert.deepEqual(told(), ["newest"]);
  return made;
}

function refused(code: string, more: { key?: string; retry_after?: number } = {}) {
  return { type: "refused", key: null, code, message: "", ...more } as const;
}

test("a hundred hints while a fetch is under way are one more fetch", () => {
  const one = loaded(1, 3);
  for (let hint = 0; hint < 100; hint += 1) one.refresh();
  assert.deepEqual(told(), ["after 3"]);
  one.take(page(4, 9));
  assert.deepEqual(told(), ["after 9"]);
  one.take(page(0, -1));
  assert.deepEqual(told(), []);
  one.refresh();
  assert.deepEqual(told(), ["after 9"]);
});

test("a page that is not the last is followed by the next", () => {
  const one = loaded(1, 3);
  one.refresh();
  one.take(page(4, 203, { more: true }));
  assert.deepEqual(told(), ["after 3", "after 203"]);
});

test("what had no answer before the connection broke is asked over the new one", () => {
  const one = loaded(1, 3);
  one.refresh();
  isConnected = false;
  one.refresh();
  isConnected = true;
  one.connected();
  assert.deepEqual(told(), ["after 3", "after 3"]);
});

test("a fetch that is refused for now is repeated after the time that the server names", () => {
  for (const code of ["rate-limited", "storage-full"]) {
    const one = loaded(1, 3);
    one.refresh();
    one.refused(refused(code, { retry_after: 5 }));
    one.refresh();
    mock.timers.tick(4900);
    assert.deepEqual(told(), ["after 3"]);
    mock.timers.tick(200);
    assert.deepEqual(told(), ["after 3"]);
    one.close();
  }
});

test("the refusal of a message, or of something else than the fetch, changes nothing for it", () => {
  const one = loaded(1, 3);
  one.refresh();
  one.refused(refused("rate-limited", { key: "k" }));
  one.refused(refused("rate-limited", { retry_after: 1 }));
  one.take(page(4, 4));
  mock.timers.tick(60_000);
  assert.deepEqual(told(), ["after 3"]);
});

test("what is refused for good is not repeated, and the next hint asks anew", () => {
  const one = loaded(1, 3);
  one.refresh();
  one.refused(refused("not-found"));
  assert.deepEqual(told(), ["after 3"]);
  one.refresh();
  assert.deepEqual(told(), ["after 3"]);
});

test("an answer that never comes is asked for again", () => {
  const one = loaded(1, 3);
  one.refresh();
  mock.timers.tick(20_000);
  assert.deepEqual(told(), ["after 3", "after 3"]);
  one.close();
  mock.timers.tick(60_000);
  assert.deepEqual(told(), []);
});

test("older ones are asked for once, and after a break as soon as there is a connection", () => {
  const one = loaded(11, 20, true);
  one.older();
  one.older();
  assert.deepEqual(told(), ["before 11"]);
  isConnected = false;
  one.connected();
  one.older();
  isConnected = true;
  one.connected();
  assert.deepEqual(told(), ["after 20"]);
  one.take(page(0, -1));
  assert.deepEqual(told(), ["before 11"]);
  one.take(page(1, 10, { direction: "before" }));
  one.older();
  assert.deepEqual(told(), []);
});

test("somebody who scrolls up without a connection gets the older ones afterwards", () => {
  const one = loaded(11, 20, true);
  isConnected = false;
  one.older();
  isConnected = true;
  one.connected();
  one.take(page(0, -1));
  assert.deepEqual(told(), ["after 20", "before 11"]);
});

test("what is read is told at most once a second, the last of it always", () => {
  const one = loaded(1, 3);
  one.read();
  assert.deepEqual(told(), ["read 3"]);
  for (const seq of [4, 5, 6]) {
    one.take(page(seq, seq, { marks: { client: 0, adviser: 3 } }));
    one.read();
    assert.equal(one.timeline.unread("adviser"), 0);
  }
  assert.deepEqual(told(), []);
  mock.timers.tick(999);
  assert.deepEqual(told(), []);
  mock.timers.tick(1);
  assert.deepEqual(told(), ["read 6"]);
  mock.timers.tick(10_000);
  one.read();
  assert.deepEqual(told(), []);
});

test("what was read without a connection is told as soon as the server shows that it does not know", () => {
  const one = loaded(1, 3);
  isConnected = false;
  one.read();
  isConnected = true;
  one.connected();
  one.take(page(0, -1));
  assert.deepEqual(told(), ["after 3", "read 3"]);
  assert.equal(one.timeline.marks.adviser, 3);
});

test("a mark that the server refused for now is told again", () => {
  const one = loaded(1, 3);
  one.read();
  one.refused(refused("rate-limited", { retry_after: 2 }));
  assert.deepEqual(told(), ["read 3"]);
  mock.timers.tick(2000);
  assert.deepEqual(told(), ["read 3"]);
});

test("from a place in the middle everything newer follows, and what is older when it is wanted", () => {
  const one = following(500);
  one.connected();
  assert.deepEqual(told(), ["before 550"]);
  one.take(page(450, 549, { direction: "before", more: true }));
  assert.deepEqual(told(), ["after 549"]);
  one.take(page(550, 749, { more: true }));
  assert.deepEqual(told(), ["after 749"]);
  one.take(page(750, 800));
  assert.deepEqual(told(), []);
  assert.deepEqual([one.timeline.first, one.timeline.last], [450, 800]);
  one.older();
  assert.deepEqual(told(), ["before 450"]);
  one.connected();
  assert.deepEqual(told(), ["after 800"]);
});

test("a place beyond the end is the end", () => {
  const one = following(9000);
  one.connected();
  one.take(page(1, 3, { direction: "before" }));
  assert.deepEqual(told(), ["before 9050", "after 3"]);
  one.take(page(4, 3));
  assert.deepEqual(told(), []);
});
