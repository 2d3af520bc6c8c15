import assert from "node:assert/strict";
import { test } from "node:test";
import { passed, pause } from "../src/trust/deadlines.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

test("a deadline is over at its very second", () => {
  assert.equal(passed("2026-11-23T12:00:01Z", NOON), false);
  assert.equal(passed("2026-11-23T12:00:00Z", NOON), true);
  assert.equal(passed("2026-11-23T11:59:59Z", NOON), true);
});

test("what is no time promises nothing", () => {
  assert.equal(passed("", NOON), true);
  assert.equal(passed("soon", NOON), true);
});

test("the next look is at the next deadline, or half a minute later", () => {
  assert.equal(pause(["2026-11-23T12:00:05Z", "2026-11-23T12:00:02Z"], NOON), 2_000);
  assert.equal(pause(["2026-11-24T12:00:00Z"], NOON), 30_000);
  assert.equal(pause(["2026-11-23T11:00:00Z", "soon"], NOON), 30_000);
  assert.equal(pause([], NOON), 30_000);
});
