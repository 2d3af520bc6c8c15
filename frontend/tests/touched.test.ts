// Which requests nobody has caused.

import assert from "node:assert/strict";
import { test } from "node:test";

const listeners: Record<string, () => void> = {};
Object.assign(globalThis, {
  document: { addEventListener: (kind: string, listener: () => void) => (listeners[kind] = listener) },
});
const { background } = await import("../src/live/touched.ts");
const MINUTE = 60_000;

test("somebody has opened the page", () => {
  assert.deepEqual(background(), {});
});

test("a minute after the last touch the page asks by itself", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 10 * MINUTE });
  listeners.keydown?.();
  assert.deepEqual(background(11 * MINUTE - 1), {});
  assert.deepEqual(background(11 * MINUTE), { "X-Siegel-Background": "1" });
  context.mock.timers.setTime(20 * MINUTE);
  listeners.pointermove?.();
  assert.deepEqual(background(), {});
});
