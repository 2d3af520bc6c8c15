// One key for each thing an adviser does all day; none while somebody writes, and none at all for
// those who dictate or often touch a key by accident and have switched them off (WCAG 2.1.4).

import { element } from "../live/elements.ts";
import { keep, recall } from "../live/kept.ts";
import { type Action, isSingle, keyParts, possible } from "./actions.ts";

// So long after the first of two keys the second one counts.
const SECOND_KEY_WITHIN = 1500;

export function bindKeys(actions: Action[], singleKeysAreOn: () => boolean): void {
  const firsts = new Set(actions.flatMap(({ key }) => (key?.includes(" ") ? [key.split(" ")[0]] : [])));
  let first = "";
  let firstAt = 0;
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (document.querySelector("dialog[open]")) return;
    // The field of a dialog that Esc has just closed has the focus for a moment yet: a key that
    // comes quickly is for the desk.
    const isField = target.matches("input, textarea, select") && !target.closest("dialog");
    const name = event.key.toLowerCase();
    const run = (key: string): boolean => {
      const action = possible(actions).find((each) => each.key === key);
      if (!action) return false;
      event.preventDefault();
      action.run();
      return true;
    };
    if (event.ctrlKey || event.metaKey) {
      // To send is the field's own; the palette is there from everywhere.
      if (name !== "enter" || isField) run(`ctrl+${name}`);
      return;
    }
    if (isField) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (event.altKey || !singleKeysAreOn()) return;
    const isSecond = first !== "" && Date.now() - firstAt < SECOND_KEY_WITHIN;
    const sequence = isSecond ? `${first} ${name}` : "";
    first = "";
    if (sequence && run(sequence)) return;
    if (firsts.has(name)) {
      first = name;
      firstAt = Date.now();
      event.preventDefault();
    } else run(name);
  });
}

// What `?` shows, by group.
export function keyList(actions: Action[]): HTMLElement[] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    if (action.key) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  }
  return [...groups].map(([group, members]) => {
    const rows = members.flatMap(({ key = "", name }) => [element("dt", {}, ...keySigns(key)), element("dd", {}, name)]);
    return element("section", {}, element("h3", {}, group), element("dl", {}, ...rows));
  });
}

export function keySigns(key: string): (Node | string)[] {
  const attributes: Record<string, string> = isSingle(key) ? {} : { class: "chord" };
  return keyParts(key, document.documentElement.lang).flatMap((part) => [element("kbd", attributes, part), " "]);
}

// The choice is the person's own in this browser, and outlives signing out.
export function bindSwitch(desk: HTMLElement, box: HTMLInputElement): HTMLInputElement {
  const name = `siegel.single-keys.${desk.dataset.person ?? ""}`;
  const named = [...desk.querySelectorAll("[aria-keyshortcuts]")].map(
    (button) => [button, button.getAttribute("aria-keyshortcuts") ?? ""] as const,
  );
  // What a button says of its key would not be true while they are off.
  const show = () => {
    desk.dataset.singleKeys = box.checked ? "on" : "off";
    for (const [button, key] of named) {
      if (box.checked) button.setAttribute("aria-keyshortcuts", key);
      else button.removeAttribute("aria-keyshortcuts");
    }
  };
  box.checked = recall(name, true);
  box.addEventListener("change", () => {
    keep(name, box.checked);
    show();
  });
  show();
  return box;
}
