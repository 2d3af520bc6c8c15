// Single keys do what they say, unless somebody writes or has switched them off.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { bindKeys, bindSwitch } from "../src/desk/keys.ts";

const store = new Map<string, string>();
let press: (event: object) => void = () => undefined;
let openDialog: object | null = null;
Object.assign(globalThis, {
  localStorage: {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => void store.set(name, value),
  },
  addEventListener: (_: string, listener: (event: object) => void) => {
    press = listener;
  },
  document: { querySelector: () => openDialog },
});

let done: string[] = [];
let isOn = true;

beforeEach(() => {
  done = [];
  isOn = true;
  openDialog = null;
  store.clear();
  const note = (what: string) => () => void done.push(what);
  bindKeys({ a: note("assign"), "?": note("help"), send: note("send") }, () => isOn);
});

function key(key: string, more: { isField?: boolean; ctrlKey?: boolean } = {}): void {
  const target = { matches: () => more.isField === true, blur: () => done.push("left") };
  press({ key, target, preventDefault: () => undefined, ...more });
}

test("a key does what it is for, but not together with Ctrl and not while somebody writes", () => {
  key("A");
  key("a", { ctrlKey: true });
  key("a", { isField: true });
  assert.deepEqual(done, ["assign"]);
});

test("switched off, no single key does anything, and those with Ctrl still do", () => {
  isOn = false;
  key("a");
  key("?");
  key("Enter", { isField: true, ctrlKey: true });
  key("Escape", { isField: true });
  assert.deepEqual(done, ["send", "left"]);
});

test("what is open above the desk keeps the keys to itself", () => {
  openDialog = {};
  key("a");
  key("Enter", { isField: true, ctrlKey: true });
  assert.deepEqual(done, []);
});

class FakeBox extends EventTarget {
  checked = false;
}

function switchOf(person: string): { box: FakeBox; desk: { dataset: Record<string, string> }; shortcut(): string | null } {
  let shortcut: string | null = "F";
  const button = {
    getAttribute: () => shortcut,
    setAttribute: (_: string, value: string) => (shortcut = value),
    removeAttribute: () => (shortcut = null),
  };
  const desk = { dataset: { person } as Record<string, string>, querySelectorAll: () => [button] };
  const box = new FakeBox();
  bindSwitch(desk as unknown as HTMLElement, box as unknown as HTMLInputElement);
  return { box, desk, shortcut: () => shortcut };
}

test("they are on until a person switches them off, for that person only", () => {
  const { box, desk, shortcut } = switchOf("7");
  assert.deepEqual([box.checked, desk.dataset.singleKeys, shortcut()], [true, "on", "F"]);
  box.checked = false;
  box.dispatchEvent(new Event("change"));
  assert.deepEqual([desk.dataset.singleKeys, shortcut()], ["off", null]);
  assert.equal(switchOf("7").box.checked, false);
  assert.equal(switchOf("8").box.checked, true);
});
