// The page of the search works without a script; this makes it quicker with the keyboard and puts
// times into the reader's zone.

import { byId } from "../live/elements.ts";
import { bindKeys } from "./keys.ts";
import { forgetAtSignOut } from "./signing_out.ts";
import { localTimes } from "./times.ts";

const field = byId<HTMLInputElement>("words");
const hits = () => [...document.querySelectorAll<HTMLAnchorElement>(".hit")];

// The next or previous hit; above the first one is the field.
function go(step: 1 | -1): void {
  const all = hits();
  const at = all.indexOf(document.activeElement as HTMLAnchorElement);
  if (at === 0 && step === -1) field.focus();
  else all[at + step]?.focus();
}

function focusField(): void {
  field.focus();
  field.select();
}

localTimes(document);
forgetAtSignOut();
// A day begins at another time elsewhere.
byId<HTMLInputElement>("zone").value = Intl.DateTimeFormat().resolvedOptions().timeZone;
// What is empty does not belong into an address that people send to each other.
byId<HTMLFormElement>("search").addEventListener("formdata", ({ formData }) => {
  const isDated = Boolean(formData.get("since") || formData.get("until"));
  for (const [name, value] of [...formData]) {
    if (value === "" || (name === "zone" && !isDated)) formData.delete(name);
  }
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" || !hits().length) return;
  event.preventDefault();
  hits()[0]?.focus();
});
bindKeys(
  [
    { id: "next", key: "j", name: "", group: "", run: () => go(1) },
    { id: "previous", key: "k", name: "", group: "", run: () => go(-1) },
    { id: "words", key: "/", name: "", group: "", run: focusField },
  ],
  () => true,
);
