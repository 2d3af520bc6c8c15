// The trail: the reader's zone for its days, and how far a verification is.

import { localTimes } from "../desk/times.ts";
import { background } from "../live/touched.ts";
import { copyButtons } from "../live/copying.ts";
import { dropEmpty } from "./queries.ts";

const PAUSE = 1_000;

export function trail(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-zone]")) {
    input.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
  const filters = document.getElementById("trail-filters");
  // An empty filter would only make the address longer, which people pass on.
  filters?.addEventListener("formdata", (event) => dropEmpty((event as FormDataEvent).formData));
  const results = document.getElementById("results");
  if (results?.dataset.running === "yes") void watch(results);
}

async function watch(results: HTMLElement): Promise<void> {
  let shown = results;
  while (shown.dataset.running === "yes") {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const fetched = await freshResults();
    if (fetched) shown = replaced(shown, fetched);
  }
  const told = document.getElementById("told");
  if (told) told.textContent = shown.querySelector("h3")?.textContent ?? "";
}

// Nothing while the server cannot be reached: the next second may bring it.
async function freshResults(): Promise<HTMLElement | null> {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html", ...background() } });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("results");
  } catch {
    return null;
  }
}

function replaced(shown: HTMLElement, fetched: HTMLElement): HTMLElement {
  const adopted = document.adoptNode(fetched);
  localTimes(adopted);
  copyButtons(adopted);
  shown.replaceWith(adopted);
  return adopted;
}
