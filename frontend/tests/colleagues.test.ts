// Who else reads and who writes, until they leave or are silent.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

Object.assign(globalThis, {
  document: {
    createElement: () => {
      const made = { text: "", append: (...parts: string[]) => void (made.text += parts.join("")), setAttribute: () => undefined };
      return made;
    },
  },
});

const { Colleagues } = await import("../src/desk/colleagues.ts");
const { inboxWordsIn } = await import("../src/desk/inbox_words.ts");

let line = "";
let said = 0;
const ben = { person: "b", name: "Ben" };
const cid = { person: "c", name: "Cid" };

function colleagues() {
  const text = (part: unknown) => (typeof part === "string" ? part : (part as { text: string }).text);
  return new Colleagues(
    inboxWordsIn("en"),
    () => void (said += 1),
    (parts) => void (line = parts.map(text).join("")),
  );
}

beforeEach(() => {
  line = "";
  said = 0;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
});

test("whoever is new is answered at once, and known ones are not", () => {
  const one = colleagues();
  one.reads(ben);
  assert.deepEqual([line, said], ["Ben reads as well.", 1]);
  one.reads(ben);
  one.reads(cid);
  assert.deepEqual([line, said], ["Ben and Cid read as well.", 2]);
  one.left(ben);
  assert.equal(line, "Cid reads as well.");
});

test("who writes is said instead, for five seconds", () => {
  const one = colleagues();
  one.reads(ben);
  one.writes(ben);
  assert.equal(line, "Ben is writing.");
  mock.timers.tick(5000);
  assert.equal(line, "Ben reads as well.");
});

test("who says nothing any more is forgotten, and a new connection begins anew", () => {
  const one = colleagues();
  one.reads(ben);
  mock.timers.tick(40_000);
  assert.equal(line, "");
  one.reads(ben);
  one.connected();
  assert.equal(line, "");
  const before = said;
  mock.timers.tick(15_000);
  assert.equal(said > before, true);
});
