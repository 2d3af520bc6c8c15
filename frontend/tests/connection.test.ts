// How long a browser waits before it comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../src/live/connection.ts";

test("the pause grows from a quarter of a second to ten", () => {
  assert.equal(pause(0, 1), 250);
  assert.equal(pause(3, 1), 2000);
  assert.equal(pause(20, 1), 10_000);
});

test("browsers do not all come back in the same moment", () => {
  assert.equal(pause(20, 0), 5000);
  assert.notEqual(pause(20, 0.1), pause(20, 0.9));
});
