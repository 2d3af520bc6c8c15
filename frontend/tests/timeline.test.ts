// No gap stays unnoticed.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Events, ServerEvent } from "../src/live/protocol.ts";
import { Timeline } from "../src/live/timeline.ts";

function frame(from: number, to: number, more: Partial<Events> = {}): Events {
  const events: ServerEvent[] = [];
  for (let seq = from; seq <= to; seq += 1) {
    events.push({ seq, kind: "message", at: "2026-11-24T12:00:00Z", side: seq % 2 ? "client" : "adviser" });
  }
  return {
    type: "events",
    conversation: "c",
    events,
    first: events.length ? from : 0,
    last: events.length ? to : 0,
    more: false,
    direction: "after",
    marks: { client: 0, adviser: 0 },
    ...more,
  };
}

test("the newest page, what came after it, and what was before it", () => {
  const timeline = new Timeline();
  timeline.apply(frame(11, 20, { direction: "before", more: true }));
  assert.deepEqual([timeline.first, timeline.last, timeline.hasOlder], [11, 20, true]);
  assert.equal(timeline.apply(frame(21, 22)), null);
  timeline.apply(frame(1, 10, { direction: "before" }));
  assert.deepEqual([timeline.first, timeline.last, timeline.hasOlder], [1, 22, false]);
  const numbers = timeline.sorted().map((event) => event.seq);
  assert.deepEqual(numbers, [...Array(22).keys()].map((n) => n + 1));
});

test("a page that does not join on is asked for again", () => {
  const timeline = new Timeline();
  timeline.apply(frame(1, 3));
  assert.equal(timeline.apply(frame(6, 7)), 3);
  assert.equal(timeline.last, 3);
  assert.equal(timeline.apply(frame(4, 7)), null);
});

test("a long absence is fetched page by page", () => {
  const timeline = new Timeline();
  timeline.apply(frame(1, 3));
  assert.equal(timeline.apply(frame(4, 203, { more: true })), 203);
});

test("a newest page that leaves a gap to what is here is dropped", () => {
  const timeline = new Timeline();
  assert.equal(timeline.apply(frame(1, 200, { more: true })), 200);
  timeline.apply(frame(900, 999, { direction: "before", more: true }));
  assert.equal(timeline.last, 200);
});

test("the same page twice changes nothing", () => {
  const timeline = new Timeline();
  timeline.apply(frame(1, 3));
  timeline.apply(frame(1, 3));
  assert.equal(timeline.events.size, 3);
});

test("unread is what the other side wrote behind the mark", () => {
  const timeline = new Timeline();
  timeline.apply(frame(1, 6, { marks: { client: 2, adviser: 0 } }));
  assert.equal(timeline.unread("client"), 2);
  assert.equal(timeline.unread("adviser"), 3);
});
