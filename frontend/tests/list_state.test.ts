// The list does not move while somebody reads it, and nothing is lost of what waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countShown, ListState, merged, type Row } from "../src/desk/list_state.ts";
import { initials } from "../src/desk/list_rows.ts";
import { relative } from "../src/desk/times.ts";

function row(id: string, excerpt = ""): Row {
  const none = { assignee: null, team: null, until: null, unread: false, labels: [], more_labels: 0, mentioned: false };
  return { id, excerpt, name: "", at: "", seq: 1, state: "open", mine: false, ...none };
}

const ids = (rows: Row[]) => rows.map(({ id, isGone }) => (isGone ? `(${id})` : id)).join(" ");

test("nobody reads: everything takes its place", () => {
  const state = new ListState();
  state.take([row("a"), row("b")], false);
  state.take([row("c"), row("b")], false);
  assert.deepEqual([ids(state.shown), state.waiting, state.release()], ["c b", 0, false]);
});

test("somebody reads: rows are renewed in their places, new ones wait, gone ones say so", () => {
  const state = new ListState();
  state.take([row("a"), row("b")], false);
  state.take([row("c"), row("b", "more"), row("d")], true);
  assert.deepEqual([ids(state.shown), state.waiting], ["(a) b", 2]);
  assert.equal(state.shown[1]?.excerpt, "more");
  state.take([row("a"), row("c"), row("b")], true);
  assert.deepEqual([ids(state.shown), state.waiting], ["a b", 1]);
  assert.equal(state.release(), true);
  assert.deepEqual([ids(state.shown), state.waiting], ["a c b", 0]);
});

test("what follows comes below, each once, also while others wait", () => {
  const state = new ListState();
  state.take([row("a"), row("b")], false);
  state.append([row("b"), row("x")]);
  assert.equal(ids(state.shown), "a b x");
  state.take([row("n"), row("a"), row("b"), row("x")], true);
  state.append([row("y")]);
  assert.deepEqual([ids(state.shown), state.waiting], ["a b x y", 1]);
  state.release();
  assert.equal(ids(state.shown), "n a b x y");
  assert.equal(ids(merged([], [row("a")])), "a");
});

test("nobody counts beyond 999", () => {
  assert.deepEqual([0, 999, 1000].map(countShown), ["0", "999", "999+"]);
});

test("initials of names in any script, and of none", () => {
  assert.deepEqual(["Vera Maria Vogt", "  ", "Ωmega", "李 明", "👩‍💻 x", "von"].map(initials), ["VV", "", "Ω", "李明", "👩X", "V"]);
});

test("a time is relative under a day and a date beyond", () => {
  Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"] }, configurable: true });
  const now = new Date("2026-11-25T12:00:00Z");
  const told = (at: string) => relative(new Date(at), now, "en", "just now");
  assert.equal(told("2026-11-25T11:59:30Z"), "just now");
  assert.equal(told("2026-11-25T11:15:00Z"), "45 min. ago");
  assert.equal(told("2026-11-24T13:00:00Z"), "23 hr. ago");
  assert.equal(told("2026-11-25T15:30:00Z"), "in 3 hr.");
  assert.equal(told("2026-11-20T12:00:00Z"), "20/11/2026");
});
