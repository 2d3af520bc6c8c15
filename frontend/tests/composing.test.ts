// What a sign at the beginning of a word opens, whom a note calls, what a canned reply leaves open.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { filled } from "../src/desk/canned.ts";
import { Mentions, named, unexplained } from "../src/desk/mentions.ts";
import { pieces } from "../src/desk/notes.ts";
import { Outgoing } from "../src/desk/outgoing.ts";
import { wantedAt } from "../src/desk/picker.ts";
import { directionOf } from "../src/live/drafts.ts";
import type { Item } from "../src/live/outbox.ts";

const store = new Map<string, string>();
let answers: (() => Response)[] = [];
let asked: { method: string; path: string; body: Record<string, unknown> }[] = [];
Object.assign(globalThis, {
  localStorage: {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => void store.set(name, value),
    removeItem: (name: string) => void store.delete(name),
  },
  document: { querySelector: () => ({ content: "token" }) },
  fetch: async (path: string, { method = "", body = "{}" }: { method?: string; body?: string }) => {
    asked.push({ method, path, body: JSON.parse(body) as Record<string, unknown> });
    const answer = answers.shift();
    if (!answer) throw new TypeError("offline");
    return answer();
  },
});

beforeEach(() => {
  store.clear();
  answers = [];
  asked = [];
});

const json = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a sign opens its list only at the beginning of a word", () => {
  const at = (text: string) => wantedAt(text, text.length, "@")?.wanted ?? null;
  assert.equal(at("@"), "");
  assert.equal(at("Frag @jon"), "jon");
  assert.equal(at("(@Jonas Wie"), "Jonas Wie");
  assert.equal(at("Zeile\n@ö"), "ö");
  assert.equal(at("mail@bank"), null);
  assert.equal(at("Frag @jon, bitte"), null);
  assert.equal(at("@ "), null);
  assert.equal(at("keins"), null);
  assert.equal(at(`@${"a".repeat(60)}`), null);
  assert.equal(wantedAt("Um 10:30 :)", 11, ":"), null);
  assert.deepEqual(wantedAt("Gern: :gru und mehr", 10, ":"), { wanted: "gru", start: 6 });
});

test("whoever is called by the whole name is found, and nobody by half of it", () => {
  const people = [
    { id: "1", name: "Jonas Wieland", email: "a@x" },
    { id: "2", name: "Jonas", email: "b@x" },
    { id: "3", name: "Eva Ott", email: "c@x" },
    { id: "4", name: "Eva Ott", email: "d@x" },
  ];
  assert.deepEqual(named("Frag @Jonas Wieland", people).map(({ id }) => id), ["1", "2"]);
  assert.deepEqual(named("Frag @Eva Ott", people), []);
  assert.deepEqual(unexplained("@Jonas Wieland und @Eva, nicht a@b", people.slice(0, 1)), ["Eva"]);
  assert.deepEqual(unexplained("@Jonas Wieland", people.slice(0, 1)), []);
});

test("a note calls whom it names: chosen here, or written out in another browser", async () => {
  const mentions = new Mentions("m", "c");
  mentions.chosen({ id: "1", name: "Ada Adler", email: "a@x" });
  mentions.chosen({ id: "9", name: "Nie Genannt", email: "n@x" });
  answers = [json({ people: [{ id: "2", name: "Ben Brandt", email: "b@x" }] })];
  assert.deepEqual(await mentions.of("@Ada Adler und @Ben Brandt"), ["1", "2"]);
  assert.deepEqual(asked.map(({ path }) => path), ["/inbox/c/mentionable/?q=Ben"]);
  mentions.forget();
  // Without a connection the note goes out all the same.
  assert.deepEqual(await mentions.of("@Ada Adler"), []);
});

test("a canned reply selects its first gap, whatever stands before it", () => {
  const parts = [
    { text: "🙂 Guten Tag ", is_gap: false },
    { text: "[Name]", is_gap: true },
    { text: ", ", is_gap: false },
    { text: "[E-Mail]", is_gap: true },
  ];
  const { text, start, end, gaps } = filled(parts);
  assert.equal(text.slice(start, end), "[Name]");
  assert.deepEqual(gaps, ["[Name]", "[E-Mail]"]);
  assert.deepEqual(filled([{ text: "Gern.", is_gap: false }]), { text: "Gern.", start: 5, end: 5, gaps: [] });
});

test("those whom a note calls are marked, the longer name first", () => {
  const found = pieces("@Eva Ott und @Eva", ["Eva", "Eva Ott"]);
  assert.deepEqual(found.map(({ text, isMention }) => [text, isMention]), [["@Eva Ott", true], [" und ", false], ["@Eva", true]]);
  assert.deepEqual(pieces("ohne", ["Eva"]), [{ text: "ohne", isMention: false }]);
  assert.deepEqual(pieces("", []), []);
});

test("right to left is told by the first letter", () => {
  assert.equal(directionOf("12 שלום"), "rtl");
  assert.equal(directionOf("مرحبا Anna"), "rtl");
  assert.equal(directionOf("Anna مرحبا"), "");
  assert.equal(directionOf(""), "");
});

function outgoing(): { box: Outgoing; held: [string, number][] } {
  const held: [string, number][] = [];
  const onHeld = ({ body }: Item, left: number) => void held.push([body, left]);
  return { box: new Outgoing("k.", "gone", () => undefined, onHeld), held };
}

test("a note goes out once it can, under its own key", async () => {
  const { box } = outgoing();
  box.notes.add("c", "Notiz", [], { mentions: ["1"] });
  await settle();
  assert.equal(box.items("c").length, 1);
  answers = [json({ seq: 3 }, 201)];
  box.resume();
  await settle();
  assert.deepEqual(box.items("c"), []);
  assert.deepEqual(asked.map(({ path }) => path), ["/inbox/c/notes/", "/inbox/c/notes/"]);
  assert.deepEqual(asked[0]?.body, asked[1]?.body);
  assert.deepEqual(asked[0]?.body.mentions, ["1"]);
});

test("an answer that can be called back says how long", async () => {
  const { box, held } = outgoing();
  answers = [json({ release_at: "2026-11-25T10:00:00+00:00", seconds_left: 9.5 }, 201)];
  const file = { id: "f1", name: "a.pdf", size: 3, kind: "pdf", state: "ready", scan: "clean", preview: true } as const;
  box.held.add("c", "Gern.", [file]);
  await settle();
  assert.deepEqual(held, [["Gern.", 9.5]]);
  assert.deepEqual(asked[0]?.body.files, ["f1"]);
});

test("what is refused for good says why, what is gone says so, what may pass is tried again", async () => {
  const { box } = outgoing();
  answers = [
    json({ code: "body-too-long", message: "Zu lang." }, 422),
    () => new Response("<html>", { status: 404 }),
    json({ code: "storage-full", message: "Später." }, 507),
  ];
  for (const text of ["eins", "zwei", "drei"]) box.notes.add("c", text, [], { mentions: [] });
  await settle();
  assert.deepEqual(box.items("c").map(({ body, failed }) => [body, failed]), [
    ["eins", "Zu lang."],
    ["zwei", "gone"],
    ["drei", undefined],
  ]);
  const [first, , last] = box.items("c");
  assert.equal(box.remove(first?.key ?? "")?.body, "eins");
  box.notes.sent(last?.key ?? "");
});
