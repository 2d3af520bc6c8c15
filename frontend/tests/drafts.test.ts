// What somebody writes: counted as the server counts, and never overwritten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooLong, withReturned } from "../src/live/drafts.ts";

test("20,000 characters may be sent, whichever they are", () => {
  assert.ok(!isTooLong("a".repeat(20_000)));
  assert.ok(isTooLong("a".repeat(20_001)));
  assert.ok(!isTooLong("🙂".repeat(20_000)));
  assert.ok(isTooLong("🙂".repeat(20_001)));
});

test("a message that comes back stands below what was written since", () => {
  assert.equal(withReturned("", "failed"), "failed");
  assert.equal(withReturned("new", "failed"), "new\n\nfailed");
  assert.equal(withReturned("new\n", "failed"), "new\n\nfailed");
  assert.equal(withReturned("new", ""), "new");
});
