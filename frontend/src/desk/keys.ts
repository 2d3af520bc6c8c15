// One key for each thing an adviser does all day; none while somebody writes, and none at all for
// those who dictate or often touch a key by accident and have switched them off (WCAG 2.1.4).

import { keep, recall } from "../live/kept.ts";

export function bindKeys(actions: Record<string, () => void>, singleKeysAreOn: () => boolean): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (document.querySelector("dialog[open]")) return;
    if (target.matches("input, textarea, select")) {
      if (event.key === "Escape") target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        actions.send?.();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeysAreOn()) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
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
