// Single keys do what they say, unless somebody writes or has switched them off.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { type Action, keyParts, possible } from "../src/desk/actions.ts";
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
let isOpen = true;
const action = (name: string, key: string, more: Partial<Action> = {}): Action => ({
  id: name,
  key,
  name,
  group: "",
  run: () => void done.push(name),
  ...more,
});
const actions = [
  action("assign", "a"),
  action("mine", "g m"),
  action("go nowhere", "m"),
  action("help", "?"),
  action("send", "ctrl+enter"),
  action("palette", "ctrl+k"),
  action("snooze", "z", { isThere: () => isOpen }),
  action("escape", "escape", { isOnlyTold: true }),
];

beforeEach(() => {
  done = [];
  isOn = isOpen = true;
  openDialog = null;
  store.clear();
  bindKeys(actions, () => isOn);
});

function key(key: string, more: { isField?: boolean; isInDialog?: boolean; ctrlKey?: boolean } = {}): void {
  const target = {
    matches: () => more.isField === true,
    closest: () => (more.isInDialog ? {} : null),
    blur: () => done.push("left"),
  };
  press({ key, target, preventDefault: () => undefined, ...more });
}

test("a key is for the desk as soon as a dialog is closed, whatever has the focus for a moment yet", () => {
  key("a", { isField: true, isInDialog: true });
  assert.deepEqual(done, ["assign"]);
});

test("a key does what it is for, but not together with Ctrl and not while somebody writes", () => {
  key("A");
  key("a", { ctrlKey: true });
  key("a", { isField: true });
  assert.deepEqual(done, ["assign"]);
});

test("two keys one after the other, and not long after", () => {
  key("g");
  key("m");
  assert.deepEqual(done, ["mine"]);
  key("g");
  key("a");
  key("m");
  assert.deepEqual(done, ["mine", "assign", "go nowhere"]);
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  key("g");
  mock.timers.setTime(1_002_000);
  key("m");
  assert.deepEqual(done.slice(3), ["go nowhere"]);
  mock.timers.reset();
});

test("the palette is there from everywhere, and what is not possible does nothing", () => {
  key("k", { isField: true, ctrlKey: true });
  key("K", { ctrlKey: true });
  key("Enter", { ctrlKey: true });
  assert.deepEqual(done, ["palette", "palette"]);
  isOpen = false;
  key("z");
  assert.equal(done.length, 2);
  assert.deepEqual(
    possible(actions).map(({ id }) => id),
    ["assign", "mine", "go nowhere", "help", "send", "palette"],
  );
});

test("keys are shown as they stand on the keyboard", () => {
  const shown = (language: string) => ["g m", "ctrl+enter", "ctrl+k", "escape", "?"].map((key) => keyParts(key, language));
  assert.deepEqual(shown("en"), [["G", "M"], ["Ctrl ↵"], ["Ctrl K"], ["Esc"], ["?"]]);
  assert.deepEqual(shown("de"), [["G", "M"], ["Strg ↵"], ["Strg K"], ["Esc"], ["?"]]);
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
