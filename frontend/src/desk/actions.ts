// Everything that can be done at the desk, with its key: the one list from which the keyboard, the
// palette, the help and the buttons take it.

export interface Action {
  id: string;
  // As it is pressed: "a", "?", "g m" one after the other, "ctrl+k" together. None: by name only.
  key?: string;
  name: string;
  group: string;
  // Only shown: what a field or the browser does by itself.
  isOnlyTold?: boolean;
  // Whether it is possible just now; if not, its key does nothing.
  isThere?(): boolean;
  run(): void;
}

export function possible(actions: Action[]): Action[] {
  return actions.filter((action) => !action.isOnlyTold && (action.isThere?.() ?? true));
}

// A key as it stands on the keyboard of somebody who reads this language.
export function keyParts(key: string, language: string): string[] {
  const control = language === "de" ? "Strg" : "Ctrl";
  if (key === "ctrl+enter") return [`${control} ↵`];
  if (key.startsWith("ctrl+")) return [`${control} ${key.slice(5).toUpperCase()}`];
  if (key === "escape") return ["Esc"];
  return key.split(" ").map((part) => part.toUpperCase());
}

// Whether it is a key that is pressed alone, which can be switched off.
export function isSingle(key: string): boolean {
  return !key.startsWith("ctrl+") && key !== "escape";
}
