// Sent once, in order, kept until stored, never lost.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { frameOf, type Item, Outbox } from "../src/live/outbox.ts";

const store = new Map<string, string>();
const storage = {
  getItem: (name: string) => store.get(name) ?? null,
  setItem: (name: string, value: string) => void store.set(name, value),
  removeItem: (name: string) => void store.delete(name),
};
Object.assign(globalThis, { localStorage: storage });

let sent: Item[] = [];
let isConnected = true;

function outbox(): Outbox {
  return new Outbox(
    "test",
    (item) => {
      if (isConnected) sent.push(item);
      return isConnected;
    },
    () => undefined,
  );
}

function key(number: number): string {
  return sent[number]?.key ?? "";
}

beforeEach(() => {
  store.clear();
  sent = [];
  isConnected = true;
});

test("one is under way at a time, in order", () => {
  const box = outbox();
  box.add("c", "one");
  box.add("c", "two");
  assert.deepEqual(sent.map((item) => item.body), ["one"]);
  box.sent(key(0));
  assert.deepEqual(sent.map((item) => item.body), ["one", "two"]);
  box.sent(key(1));
  assert.deepEqual(box.items(), []);
});

test("without a connection everything is kept and goes out later with the same keys", () => {
  isConnected = false;
  outbox().add("c", "one");
  outbox().add("c", "two");
  const kept = outbox().items().map((item) => item.key);
  isConnected = true;
  const later = outbox();
  later.resume();
  later.sent(key(0));
  assert.deepEqual(sent.map((item) => item.key), kept);
  later.sent(key(1));
});

test("a new connection sends again what had no answer, with its key", () => {
  const box = outbox();
  box.add("c", "one");
  box.resume();
  assert.equal(sent.length, 2);
  assert.equal(key(0), key(1));
  box.sent(key(0));
});

test("what is refused for good is marked, and the next goes out", () => {
  const box = outbox();
  box.add("c", "one");
  box.add("c", "two");
  box.refused({ type: "refused", key: key(0), code: "body-too-long", message: "Too long." });
  assert.equal(box.items()[0]?.failed, "Too long.");
  assert.equal(sent[1]?.body, "two");
  assert.equal(box.remove(key(0))?.body, "one");
  box.sent(key(1));
  assert.deepEqual(box.items(), []);
});

test("what is refused for now waits and is tried again", async () => {
  const box = outbox();
  box.add("c", "one");
  box.refused({ type: "refused", key: key(0), code: "rate-limited", message: "", retry_after: 0.01 });
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(sent.length, 2);
  box.sent(key(0));
});

test("a storage that refuses is replaced by memory", () => {
  const real = storage.setItem;
  storage.setItem = () => {
    throw new DOMException("no", "SecurityError");
  };
  const box = outbox();
  box.add("c", "one");
  assert.equal(box.items().length, 1);
  storage.setItem = real;
  box.sent(key(0));
  assert.equal(box.items().length, 0);
});

test("files go with their message, by number, and are kept with it until it is stored", () => {
  const file = { id: "f1", name: "a.pdf", size: 3, kind: "pdf", state: "ready", scan: "clean", preview: true } as const;
  const box = outbox();
  box.add("c", "", [file]);
  assert.deepEqual(sent[0]?.files, [file]);
  assert.deepEqual(frameOf(sent[0] as Item), { type: "send", conversation: "c", key: key(0), body: "", files: ["f1"] });
  box.refused({ type: "refused", key: key(0), code: "file-gone", message: "Gone." });
  assert.deepEqual(box.remove(key(0))?.files, [file]);
});

test("a message without files says nothing of files", () => {
  const box = outbox();
  box.add("", "one");
  const frame = { type: "send", conversation: "c", key: key(0), body: "one" };
  assert.deepEqual(frameOf(sent[0] as Item, "c"), frame);
  box.sent(key(0));
});
