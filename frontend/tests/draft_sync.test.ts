// A draft in two places: kept at once, stored after a rest, and never overwritten unasked.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { DraftSync, type Saved, type StoredDraft } from "../src/desk/draft_sync.ts";

const store = new Map<string, string>();
const storage = {
  getItem: (name: string) => store.get(name) ?? null,
  setItem: (name: string, value: string) => void store.set(name, value),
  removeItem: (name: string) => void store.delete(name),
};
Object.assign(globalThis, { localStorage: storage });

// What the server does with a version; here as the real one does.
let server: StoredDraft | null = null;
let version = 0;
let isReachable = true;
let isAnswerLost = false;
let saves: string[] = [];

function put(body: string, savedAt: string | null): Saved {
  saves.push(body);
  if (!isReachable) throw new TypeError("offline");
  if (server && server.body !== body && server.saved_at !== savedAt) return { type: "newer", draft: server };
  if (!server || server.body !== body) server = body ? { body, saved_at: `v${++version}` } : null;
  if (isAnswerLost) throw new TypeError("lost");
  return { type: "saved", saved_at: server?.saved_at ?? null };
}

interface Window {
  sync: DraftSync;
  shown: string;
  status: string;
  other: StoredDraft | null;
}

function window(name = "draft"): Window {
  const made = { shown: "", status: "", other: null } as unknown as Window;
  made.sync = new DraftSync({
    name,
    save: async (body, savedAt) => put(body, savedAt),
    onText: (body) => void (made.shown = body),
    onStatus: (status) => void (made.status = status),
    onConflict: (other) => void (made.other = other),
  });
  made.shown = made.sync.text;
  return made;
}

function write(window: Window, text: string): void {
  window.shown = text;
  window.sync.typed(text);
}

async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    mock.timers.tick(500);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

beforeEach(() => {
  store.clear();
  server = null;
  version = 0;
  isReachable = true;
  isAnswerLost = false;
  saves = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("the browser keeps it at once, the server after a second of rest", async () => {
  const here = window();
  write(here, "Gu");
  assert.equal(window().sync.text, "Gu");
  await pass(500);
  write(here, "Guten");
  await pass(500);
  assert.deepEqual([saves, here.status], [[], "saving"]);
  await pass(1000);
  assert.deepEqual([saves, here.status], [["Guten"], "saved"]);
  write(here, "Guten Tag");
  await pass(1500);
  assert.equal(server?.body, "Guten Tag");
});

test("another browser goes on with it, and takes what is newer while it writes nothing", async () => {
  const here = window("one");
  const there = window("two");
  write(here, "alt");
  await pass(1500);
  there.sync.loaded(server);
  assert.equal(there.shown, "alt");
  write(there, "neu");
  await pass(1500);
  here.sync.loaded(server);
  assert.equal(here.shown, "neu");
});

for (const [which, text] of [["mine", "meins"], ["other", "anderes"], ["both", "anderes\n\nmeins"]] as const) {
  test(`two texts: nothing is overwritten until somebody chooses ${which}`, async () => {
    const here = window("one");
    server = { body: "anderes", saved_at: "v9" };
    write(here, "meins");
    await pass(1500);
    assert.deepEqual([here.other?.body, server.body, here.status], ["anderes", "anderes", "only-here"]);
    write(here, "meins");
    await pass(3000);
    assert.equal(server.body, "anderes");
    here.sync.choose(which);
    await pass(1500);
    assert.deepEqual([here.shown, here.sync.text, server?.body, here.other, here.status], [text, text, text, null, "saved"]);
  });
}

test("what was written without a connection is asked about when the server has something else", async () => {
  isReachable = false;
  write(window(), "unterwegs");
  isReachable = true;
  server = { body: "zu Hause", saved_at: "v9" };
  const later = window();
  later.sync.loaded(server);
  assert.equal(later.other?.body, "zu Hause");
  assert.equal(later.shown, "unterwegs");
});

test("without a connection it is tried again, and the line says where it is", async () => {
  isReachable = false;
  const here = window();
  write(here, "x");
  await pass(1500);
  assert.equal(here.status, "only-here");
  isReachable = true;
  await pass(6000);
  assert.deepEqual([here.status, server?.body], ["saved", "x"]);
});

test("an answer that was lost is no other window", async () => {
  const here = window();
  isAnswerLost = true;
  write(here, "Guten");
  await pass(1500);
  isAnswerLost = false;
  write(here, "Guten Tag");
  await pass(7000);
  assert.deepEqual([here.other, server?.body, here.status], [null, "Guten Tag", "saved"]);
});

test("sent, it is a draft nowhere any more, also when the answer to storing it was lost", async () => {
  for (const isLost of [false, true]) {
    const here = window(`sent ${isLost}`);
    isAnswerLost = isLost;
    write(here, "Gern.");
    await pass(1500);
    isAnswerLost = false;
    here.sync.cleared();
    await pass(1500);
    assert.deepEqual([server, here.status, here.sync.text], [null, "none", ""]);
  }
});

test("sent at once, nothing is asked of the server", async () => {
  const here = window();
  write(here, "Gern.");
  here.sync.cleared();
  await pass(5000);
  assert.deepEqual(saves, []);
});

test("what was sent elsewhere meanwhile goes here too", () => {
  store.set("draft", JSON.stringify({ body: "Gern.", saved_at: "v1", is_synced: true }));
  const here = window();
  here.sync.loaded(null);
  assert.equal(here.shown, "");
});

test("what was emptied here without the server's knowing gives way to what is newer there", async () => {
  store.set("draft", JSON.stringify({ body: "", saved_at: "v1", is_synced: false }));
  const here = window();
  here.sync.loaded({ body: "neu", saved_at: "v2" });
  assert.equal(here.shown, "neu");
  store.set("draft", JSON.stringify({ body: "", saved_at: "v1", is_synced: false }));
  server = { body: "gesendet", saved_at: "v1" };
  const again = window();
  again.sync.loaded(server);
  await pass(500);
  assert.deepEqual([again.shown, server], ["", null]);
});

test("a text that is too long, or refused for good, stays here and says so", async () => {
  const here = window();
  write(here, "W".repeat(20_001));
  await pass(1500);
  assert.deepEqual([here.status, saves], ["too-long", []]);
  assert.equal(window().sync.text.length, 20_001);
  const real = storage.setItem;
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  write(here, "W".repeat(20_002));
  assert.equal(here.status, "only-while-open");
  storage.setItem = real;
});

test("a window of the same browser shows what the other one keeps, unless it writes itself", () => {
  const one = window();
  const two = window();
  write(one, "von nebenan");
  two.sync.elsewhere(two.shown);
  assert.equal(two.shown, "von nebenan");
  write(one, "mehr von nebenan");
  two.shown = "selbst";
  two.sync.elsewhere(two.shown);
  assert.equal(two.shown, "selbst");
});

test("a draft of before there were any at the server is kept", async () => {
  store.set("draft", JSON.stringify("von früher"));
  const here = window();
  assert.equal(here.sync.text, "von früher");
  here.sync.loaded(null);
  await pass(1500);
  assert.equal(server?.body, "von früher");
});
