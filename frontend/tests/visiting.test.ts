// One visit, whichever answer comes first.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Visiting } from "../src/widget/visiting.ts";

interface Asked {
  method: string;
  answer(status: number, body: object): Promise<void>;
  fail(): Promise<void>;
}

let asked: Asked[] = [];
let told: string[] = [];
Object.assign(globalThis, {
  document: { documentElement: { lang: "en" } },
  fetch: (_: string, { method }: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      asked.push({
        method: String(method),
        answer: (status, body) => {
          resolve(new Response(JSON.stringify(body), { status }));
          return settled();
        },
        fail: () => {
          reject(new TypeError("Failed to fetch"));
          return settled();
        },
      });
    }),
});

const UNKNOWN = { known: false, conversation: null, ticket: null };
const KNOWN = { known: true, conversation: "c", ticket: "t" };

beforeEach(() => {
  asked = [];
  told = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

function visiting(): Visiting {
  return new Visiting({
    language: "en",
    onVisit: ({ conversation }) => told.push(`visit ${conversation}`),
    onBegun: () => told.push("begun"),
    onRefused: (reason) => told.push(`refused: ${reason}`),
    onWaited: () => told.push("waited"),
  });
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function methods(): string[] {
  return asked.map(({ method }) => method);
}

test("an answer that is older than the visit is not taken, and asked for again", async () => {
  const one = visiting();
  const looked = one.look();
  await settled();
  void one.begin();
  await asked[1]?.answer(201, KNOWN);
  await asked[0]?.answer(200, UNKNOWN);
  assert.deepEqual(methods(), ["GET", "POST", "GET"]);
  await asked[2]?.answer(200, KNOWN);
  assert.equal((await looked).ticket, "t");
  assert.deepEqual(told, ["visit c", "begun", "visit c"]);
});

test("an answer that comes while a visit is being begun is not taken either", async () => {
  const one = visiting();
  const looked = one.look();
  await settled();
  void one.begin();
  await asked[0]?.answer(200, UNKNOWN);
  assert.deepEqual(told, []);
  await asked[1]?.answer(201, KNOWN);
  await asked[2]?.answer(200, KNOWN);
  assert.ok((await looked).known);
});

test("two who look or begin at once ask once", async () => {
  const one = visiting();
  void one.look();
  void one.look();
  await settled();
  await asked[0]?.answer(200, UNKNOWN);
  void one.begin();
  void one.begin();
  assert.deepEqual(methods(), ["GET", "POST"]);
  assert.deepEqual(told, ["visit null"]);
});

test("a refused beginning says why and waits as long as the server says, whoever asks meanwhile", async () => {
  const one = visiting();
  void one.begin();
  await asked[0]?.answer(429, { code: "too-many-starts", message: "Too many.", retry_after: 600 });
  await one.begin();
  assert.deepEqual(methods(), ["POST"]);
  assert.deepEqual(told, ["refused: Too many.", "refused: Too many."]);
  mock.timers.tick(599_000);
  assert.equal(told.length, 2);
  mock.timers.tick(1000);
  assert.equal(told.at(-1), "waited");
  void one.begin();
  await asked[1]?.answer(201, KNOWN);
  assert.deepEqual(told.slice(-2), ["visit c", "begun"]);
});

test("without an answer, or with somebody else's page as one, it is tried again in five seconds", async () => {
  const one = visiting();
  void one.begin();
  await asked[0]?.fail();
  mock.timers.tick(5000);
  void one.begin();
  await asked[1]?.answer(503, []);
  mock.timers.tick(5000);
  assert.deepEqual(told, ["refused: ", "waited", "refused: ", "waited"]);
});
