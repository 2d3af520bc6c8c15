// What this browser keeps of a person: drafts, answers on their way, chosen files. It belongs to
// them: whoever signs in next in this browser neither sees nor sends it.

import { forgetAll } from "../live/kept.ts";

// What the names of everything kept begin with.
export function keptOf(person: string): string {
  return `siegel.desk.${person}.`;
}

// On every page from which somebody can sign out.
export function forgetAtSignOut(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-signs-out]")) {
    form.addEventListener("submit", () => forgetAll(keptOf(form.dataset.signsOut ?? "")));
  }
}
