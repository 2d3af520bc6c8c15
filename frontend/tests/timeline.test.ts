// No gap stays unnoticed.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Events, FileInfo, ServerEvent } from "../src/live/protocol.ts";
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

function withFile(kind: string, state: FileInfo["state"] = "waiting"): Timeline {
  const timeline = new Timeline();
  const page = frame(1, 2);
  const file: FileInfo = { id: "f", name: "a.pdf", size: 3, kind, state, scan: "waiting", preview: false };
  Object.assign(page.events[1] as ServerEvent, { files: [file] });
  timeline.apply(page);
  return timeline;
}

function change(seq: number, state: "ready" | "infected" | "deleted", more: Partial<Events> = {}): Events {
  const events: ServerEvent[] = [{ seq, kind: "file", at: "2026-11-24T12:00:00Z", file: "f", state, title: "a.pdf" }];
  return { ...frame(seq, seq), events, ...more };
}

function fileIn(timeline: Timeline): Partial<FileInfo> {
  const { state, scan, preview } = timeline.events.get(2)?.files?.[0] as FileInfo;
  return { state, scan, preview };
}

test("a file that was checked meanwhile can be opened, and looked at if it has pages", () => {
  const timeline = withFile("pdf");
  timeline.apply(change(3, "ready"));
  assert.deepEqual(fileIn(timeline), { state: "ready", scan: "clean", preview: true });
  const office = withFile("docx");
  office.apply(change(3, "ready"));
  assert.equal(fileIn(office).preview, false);
});

test("a file that turns out to be infected, or is deleted, can no longer be opened", () => {
  const timeline = withFile("pdf", "ready");
  timeline.apply(change(3, "infected"));
  assert.deepEqual(fileIn(timeline), { state: "infected", scan: "infected", preview: false });
  timeline.apply(change(4, "deleted"));
  assert.equal(fileIn(timeline).state, "deleted");
  timeline.apply(change(5, "ready"));
  assert.equal(fileIn(timeline).state, "deleted");
});

test("an older page brings files as they are now, whatever its events once said", () => {
  const timeline = withFile("pdf", "infected");
  timeline.apply({ ...change(1, "ready"), direction: "before" });
  assert.equal(fileIn(timeline).state, "infected");
});

test("a change of a file is told with the name that the file had", () => {
  const timeline = withFile("pdf");
  timeline.apply(change(3, "deleted"));
  const event: ServerEvent = { seq: 3, kind: "file", at: "", file: "f", state: "deleted" };
  assert.equal(timeline.named(event).title, "a.pdf");
  assert.equal(timeline.named({ ...event, file: "other" }).title, "");
});

test("the files that are left are listed, the newest first", () => {
  const timeline = withFile("pdf", "ready");
  const page = frame(3, 3);
  const file: FileInfo = { id: "g", name: "b.txt", size: 1, kind: "txt", state: "ready", scan: "clean", preview: false };
  Object.assign(page.events[0] as ServerEvent, { files: [file], at: "2026-11-25T09:00:00Z" });
  timeline.apply(page);
  const names = () => timeline.files().map(({ file, at }) => `${file.name} ${at}`);
  assert.deepEqual(names(), ["b.txt 2026-11-25T09:00:00Z", "a.pdf 2026-11-24T12:00:00Z"]);
  timeline.apply(change(4, "deleted"));
  assert.deepEqual(names(), ["b.txt 2026-11-25T09:00:00Z"]);
});

test("numbers of events that this side is not told of leave no gap", () => {
  const timeline = new Timeline();
  timeline.apply(frame(1, 3));
  assert.equal(timeline.apply({ ...frame(4, 6), events: [] }), null);
  assert.equal(timeline.last, 6);
  assert.equal(timeline.events.size, 3);
  assert.equal(timeline.apply(frame(7, 8)), null);
  assert.equal(timeline.last, 8);
});
