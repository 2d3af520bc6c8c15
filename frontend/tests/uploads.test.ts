// In order, in parts, never twice, and on again after whatever happens.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Upload, Uploads } from "../src/live/uploads.ts";
import { FakeFileServer } from "./fake_file_server.ts";

const store = new Map<string, string>();
const storage = {
  getItem: (name: string) => store.get(name) ?? null,
  setItem: (name: string, value: string) => void store.set(name, value),
  removeItem: (name: string) => void store.delete(name),
};
// Each test is one window after the other, so nothing is shared by a lock.
Object.defineProperty(globalThis, "navigator", { value: { languages: ["de"] }, configurable: true });
Object.assign(globalThis, { localStorage: storage, document: { documentElement: { lang: "de" } } });

// Long waits are ended by a test, not by the clock; a window that is closed leaves none behind.
const longWaits: (() => void)[] = [];
const realTimeout = setTimeout;
Object.assign(globalThis, {
  setTimeout: (then: () => void, after = 0) => {
    if (after < 60_000) return realTimeout(then, after);
    longWaits.push(then);
    return realTimeout(() => undefined, 0);
  },
});

let server = new FakeFileServer();
let changes: (() => void)[] = [];

beforeEach(() => {
  store.clear();
  changes = [];
  server = new FakeFileServer();
  server.install();
});

function uploads(more: Partial<ConstructorParameters<typeof Uploads>[0]> = {}): Uploads {
  return new Uploads({
    name: "files",
    conversation: () => Promise.resolve("c"),
    objection: () => "",
    words: { unreadable: "Unreadable.", failed: "Failed." },
    onChange: () => changes.forEach((look) => look()),
    ...more,
  });
}

function file(name: string, content: string): File {
  return new File([content], name);
}

async function until(is: () => boolean): Promise<void> {
  for (let waited = 0; !is(); waited += 5) {
    assert.ok(waited < 5000, "It did not come to that.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function states(list: Uploads): string[] {
  return list.all().map(({ name, state }) => `${name} ${state}`);
}

function puts(): string[] {
  return server.asked.filter((line) => line.startsWith("PUT"));
}

test("files go up one after the other, in parts, in the order chosen", async () => {
  const list = uploads();
  list.add([file("one.txt", "abcdefghij"), file("two.txt", "klm")]);
  assert.ok(list.isBusy());
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["one.txt done", "two.txt done"]);
  assert.equal(server.content("u1"), "abcdefghij");
  assert.equal(server.content("u2"), "klm");
  const second = server.asked.indexOf("POST /files/uploads", 1);
  assert.ok(server.asked.indexOf("POST /files/uploads/u1/complete") < second);
  assert.deepEqual(list.take().map(({ id }) => id), ["f-u1", "f-u2"]);
  assert.deepEqual(list.all(), []);
});

test("it says how far it is, and never runs backwards", async () => {
  const seen: number[] = [];
  const list = uploads();
  changes.push(() => seen.push(list.all()[0]?.sent ?? 0));
  list.add([file("one.txt", "abcdefghij")]);
  await until(() => !list.isBusy());
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  assert.ok(seen.includes(2) && seen.includes(6) && seen.includes(10));
});

for (const status of [0, 408, 429, 502, 503, 504]) {
  test(`after ${status} it asks what is stored and sends only the rest`, async () => {
    server.troubles.push({ at: "PUT /files/uploads/u1/2", status });
    const list = uploads();
    changes.push(() => {
      if (list.all()[0]?.state === "lost") setTimeout(() => list.retryNow());
    });
    list.add([file("one.txt", "abcdefghij")]);
    await until(() => !list.isBusy());
    assert.equal(server.content("u1"), "abcdefghij");
    assert.equal(puts().filter((line) => line.endsWith("/1")).length, 1);
    assert.ok(server.asked.includes("GET /files/uploads/u1"));
  });
}

test("without a word from outside it tries again by itself", async () => {
  server.troubles.push({ at: "POST /files/uploads", status: 0 });
  const list = uploads();
  list.add([file("one.txt", "abc")]);
  await until(() => list.all()[0]?.state === "lost");
  await until(() => list.all()[0]?.state === "done");
});

test("a part that does not move any more is given up and sent again", async () => {
  server.silent = "PUT /files/uploads/u1/2";
  const list = uploads();
  list.add([file("one.txt", "abcdefghij")]);
  await until(() => puts().length === 2);
  server.silent = "";
  longWaits.at(-1)?.();
  await until(() => !list.isBusy());
  assert.equal(server.content("u1"), "abcdefghij");
  assert.deepEqual(states(list), ["one.txt done"]);
});

test("a part that was stored although the answer was lost is not a fault", async () => {
  server.troubles.push({ at: "PUT /files/uploads/u1/1", status: 0, isStored: true });
  const list = uploads();
  list.add([file("one.txt", "abcdef")]);
  await until(() => !list.isBusy());
  assert.equal(server.content("u1"), "abcdef");
  assert.deepEqual(states(list), ["one.txt done"]);
});

test("a completion whose answer was lost gives the same file", async () => {
  server.troubles.push({ at: "/complete", status: 0, isStored: true });
  const list = uploads();
  list.add([file("one.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.deepEqual(list.take().map(({ id }) => id), ["f-u1"]);
});

test("a part damaged on its way is sent again, but not for ever", async () => {
  const damaged = { at: "PUT /files/uploads/u1/1", status: 422, code: "part-damaged" };
  server.troubles.push(damaged);
  const list = uploads();
  changes.push(() => {
    if (list.all().some(({ state }) => state === "lost")) setTimeout(() => list.retryNow());
  });
  list.add([file("one.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["one.txt done"]);
  server.troubles = Array.from({ length: 9 }, () => ({ ...damaged, at: "PUT /files/uploads/u2/1" }));
  list.add([file("two.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.equal(list.all()[1]?.problem, "Text: part-damaged");
});

test("a server that fails is tried again, but not for ever, and never from the beginning", async () => {
  const broken = { at: "/complete", status: 500, code: "" };
  server.troubles.push(broken, broken, { at: "GET /files/uploads/u1", status: 500 });
  const list = uploads();
  changes.push(() => {
    if (list.all().some(({ state }) => state === "lost")) setTimeout(() => list.retryNow());
  });
  list.add([file("one.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["one.txt done"]);
  assert.equal(puts().length, 1);
  server.troubles = Array.from({ length: 9 }, () => broken);
  list.add([file("two.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["one.txt done", "two.txt refused"]);
  assert.equal(server.troubles.length, 4);
});

test("what is refused says why, and the next one goes up", async () => {
  server.troubles.push({ at: "u1/complete", status: 422, code: "infected" });
  server.troubles.push({ at: "u2/complete", status: 422, code: "odd" });
  const list = uploads();
  list.add([file("bad.txt", "x"), file("odd.txt", "y"), file("good.txt", "z")]);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["bad.txt refused", "odd.txt refused", "good.txt done"]);
  assert.deepEqual(list.all().map(({ problem }) => problem), ["Text: infected", "Text: odd", ""]);
  assert.deepEqual(list.take().map(({ name }) => name), ["good.txt"]);
  assert.deepEqual(states(list), ["bad.txt refused", "odd.txt refused"]);
});

test("what is too large is not even announced", async () => {
  const list = uploads({ objection: ({ size }) => (size > 3 ? "Too large." : "") });
  list.add([file("large.txt", "abcd"), file("small.txt", "abc")]);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["large.txt refused", "small.txt done"]);
  assert.equal(server.known.size, 1);
});

test("a file that cannot be read is refused, nothing is half stored", async () => {
  const folder = file("folder", "abc");
  folder.slice = () => {
    throw new DOMException("no", "NotFoundError");
  };
  const list = uploads();
  list.add([folder]);
  await until(() => !list.isBusy());
  assert.equal(list.all()[0]?.problem, "Unreadable.");
  assert.deepEqual(server.deleted, ["/files/uploads/u1"]);
});

test("cancelled under way it stops, is deleted, and the next one begins", async () => {
  server.silent = "PUT /files/uploads/u1/2";
  const list = uploads();
  list.add([file("one.txt", "abcdefghij"), file("two.txt", "klm")]);
  await until(() => puts().includes("PUT /files/uploads/u1/2"));
  list.cancel((list.all()[0] as Upload).id);
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["two.txt done"]);
  assert.deepEqual(server.deleted, ["/files/uploads/u1"]);
  list.cancel((list.all()[0] as Upload).id);
  await until(() => server.deleted.includes("/files/f-u2"));
  assert.deepEqual(list.all(), []);
});

test("cancelled while the connection is lost it does not come back", async () => {
  server.troubles.push({ at: "POST /files/uploads", status: 0 });
  const list = uploads();
  list.add([file("one.txt", "abc")]);
  await until(() => list.all()[0]?.state === "lost");
  list.cancel((list.all()[0] as Upload).id);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(server.asked, ["POST /files/uploads"]);
});

test("a conversation that cannot be begun yet is waited for", async () => {
  let begun: string | null = null;
  const list = uploads({ conversation: () => Promise.resolve(begun) });
  list.add([file("one.txt", "abc")]);
  await until(() => list.all()[0]?.state === "lost");
  assert.deepEqual(server.asked, []);
  begun = "c";
  list.retryNow();
  await until(() => !list.isBusy());
  assert.deepEqual(states(list), ["one.txt done"]);
});

async function reloaded(content: string): Promise<Uploads> {
  server.silent = "PUT /files/uploads/u1/3";
  const before = uploads();
  before.add([file("one.txt", content)]);
  await until(() => puts().includes("PUT /files/uploads/u1/3"));
  server.silent = "";
  return uploads();
}

test("after a reload, what was complete is still attached", async () => {
  const before = uploads();
  before.add([file("one.txt", "abc")]);
  await until(() => !before.isBusy());
  const after = uploads();
  await until(() => after.all().length === 1);
  assert.deepEqual(after.take().map(({ id }) => id), ["f-u1"]);
  const third = uploads();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(third.all(), []);
});

test("after a reload, the same file chosen again goes on from the parts stored", async () => {
  const after = await reloaded("abcdefghij");
  await until(() => after.all().length === 1);
  assert.deepEqual(states(after), ["one.txt interrupted"]);
  assert.ok(!after.isBusy());
  after.add([file("one.txt", "abcdefghij")]);
  await until(() => !after.isBusy());
  assert.equal(server.content("u1"), "abcdefghij");
  assert.equal(puts().filter((line) => line.endsWith("/1")).length, 1);
  assert.deepEqual(states(after), ["one.txt done"]);
});

test("another content under the same name and size is never mixed with the first", async () => {
  const after = await reloaded("abcdefghij");
  await until(() => after.all().length === 1);
  after.add([file("one.txt", "ABCDEFGHIJ")]);
  await until(() => !after.isBusy());
  const [id] = server.known.keys();
  assert.equal(server.content(id ?? ""), "ABCDEFGHIJ");
  assert.deepEqual(states(after), ["one.txt done"]);
});

test("an upload that the server no longer knows is begun anew", async () => {
  const after = await reloaded("abcdefghij");
  await until(() => after.all().length === 1);
  server.known.clear();
  after.add([file("one.txt", "abcdefghij")]);
  await until(() => !after.isBusy());
  assert.equal(server.content("u2"), "abcdefghij");
});

test("another file beside an interrupted one leaves it alone", async () => {
  const after = await reloaded("abcdefghij");
  await until(() => after.all().length === 1);
  after.add([file("two.txt", "abc")]);
  await until(() => !after.isBusy());
  assert.deepEqual(states(after), ["one.txt interrupted", "two.txt done"]);
});

test("the files of a message that is edited are attached again", () => {
  const list = uploads();
  const known = { id: "f", name: "a.pdf", size: 3, kind: "pdf", state: "ready", scan: "none", preview: true } as const;
  list.giveBack([known]);
  assert.deepEqual(list.ready(), [known]);
  assert.deepEqual(states(list), ["a.pdf done"]);
});
