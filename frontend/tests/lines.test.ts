// Names, addresses and names of files never turn the words around them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsIn as deskWords } from "../src/desk/words.ts";
import type { ServerEvent } from "../src/live/protocol.ts";
import { wordsIn as chatWords } from "../src/widget/words.ts";

// Just enough of a page to see what is set apart.
class Made {
  text = "";
  constructor(readonly tag: string) {}
  setAttribute(): void {}
  append(...children: string[]): void {
    this.text += children.join("");
  }
  toString(): string {
    return `<${this.tag}>${this.text}</${this.tag}>`;
  }
}
Object.assign(globalThis, { document: { createElement: (tag: string) => new Made(tag) } });

const NAME = "Vera\u202egnp.exe";
const APART = `<bdi>${NAME}</bdi>`;

function lines(event: Partial<ServerEvent>): string[] {
  const whole = { seq: 1, at: "", name: NAME, ...event } as ServerEvent;
  return [deskWords("de"), deskWords("en"), chatWords("de"), chatWords("en")].flatMap(
    ({ line }) => line(whole)?.join("") ?? [],
  );
}

test("whoever did something is set apart from what they did", () => {
  assert.deepEqual(lines({ kind: "assigned" }), [
    `${APART} hat übernommen`,
    `${APART} has taken over`,
    `${APART} kümmert sich um Ihr Anliegen`,
    `${APART} is looking after your request`,
  ]);
  assert.equal(lines({ kind: "resolved" })[0], `${APART} hat das Gespräch abgeschlossen`);
  assert.equal(lines({ kind: "reopened", side: "adviser" })[1], `${APART} reopened the conversation`);
});

test("a conversation that is free again names who had it", () => {
  assert.deepEqual(lines({ kind: "freed" }), [
    `Wieder frei: ${APART} betreut das Gespräch nicht mehr`,
    `Free again: ${APART} no longer looks after it`,
  ]);
});

test("name and address are set apart from each other", () => {
  const [de] = lines({ kind: "contact", email: "a\u202e@b.example" });
  assert.equal(de, `Angegeben: ${APART}, <bdi>a\u202e@b.example</bdi>`);
});

test("what concerns a contact or a hold is told to advisers only", () => {
  const kinds = ["contact-changed", "merged", "split", "blocked", "unblocked", "held", "hold-lifted"] as const;
  for (const kind of kinds) {
    const told = lines({ kind, reason: NAME });
    assert.equal(told.length, 2);
    for (const line of told) {
      assert.ok(line.startsWith(APART), line);
      assert.ok(!line.replaceAll(APART, "").includes(NAME), line);
    }
  }
  assert.equal(lines({ kind: "held", reason: "x" })[1], `${APART} put the conversation on hold: <bdi>x</bdi>`);
});

test("so is the name of a file", () => {
  const deleted = { kind: "file", state: "deleted", title: "x\u202efdp.exe" } as const;
  assert.equal(lines(deleted)[1], `${APART} deleted <bdi>x\u202efdp.exe</bdi>`);
  assert.equal(lines({ ...deleted, name: "" })[0], "<bdi>x\u202efdp.exe</bdi> wurde gelöscht");
  assert.equal(lines({ ...deleted, state: "infected" })[3], "<bdi>x\u202efdp.exe</bdi> is locked: malware found");
});

test("no line names anybody outside of such a place", () => {
  const kinds = ["started", "assigned", "resolved", "reopened", "contact", "file"] as const;
  for (const kind of kinds) {
    for (const state of ["ready", "infected", "deleted"] as const) {
      const event = { kind, state, title: NAME, email: NAME, side: "adviser" } as const;
      for (const line of lines(event)) assert.ok(!line.replaceAll(APART, "").includes(NAME), line);
    }
  }
});
