// A row of the list as it is drawn.

import { element, isolated } from "../live/elements.ts";
import type { InboxWords } from "./inbox_words.ts";
import type { Row, View } from "./list_state.ts";
import { relativeTime } from "./times.ts";

interface RowOptions {
  words: InboxWords;
  view: View;
  label: string;
  chosen: string;
  language: string;
}

export function listRow(row: Row, options: RowOptions): HTMLLIElement {
  const { words, view, label, chosen } = options;
  const query = new URLSearchParams({ view, ...(label && { label }) });
  const link = element(
    "a",
    { href: `/inbox/${row.id}/?${query}`, ...(row.id === chosen && { "aria-current": "true" }) },
    element("span", { class: "avatar", "aria-hidden": "true" }, initials(row.name) || "·"),
    element("span", { class: row.unread ? "name unread" : "name" }, isolated(row.name || words.anonymous)),
    relativeTime(row.at, options.language, words.justNow),
    element("span", { class: "excerpt", dir: "auto" }, row.excerpt),
    ...signs(row, words),
    ...facts(row, options),
  );
  return element("li", { "data-id": row.id, "data-seq": String(row.seq), ...(row.isGone && { class: "gone" }) }, link);
}

// A dot says nothing to who cannot see it, and neither does its colour.
function signs(row: Row, words: InboxWords): HTMLElement[] {
  const made = [];
  if (row.mentioned) made.push(element("span", { class: "mention", "aria-hidden": "true" }, "@"));
  if (row.unread) made.push(element("span", { class: "dot" }));
  const told = [row.unread ? words.unread : "", row.mentioned ? words.mentioned : ""].filter((text) => text);
  if (told.length) made.push(element("span", { class: "only-read-aloud" }, told.join(", ")));
  return made.length ? [element("span", { class: "signs" }, ...made)] : [];
}

function facts(row: Row, { words, view, language }: RowOptions): HTMLElement[] {
  const made: (Node | string)[] = [];
  if (row.isGone) made.push(element("span", { class: "fact" }, words.gone));
  if (row.until) made.push(element("span", { class: "fact" }, `${words.wakes} `, relativeTime(row.until, language, words.justNow)));
  if (row.assignee && !row.mine) made.push(element("span", { class: "fact" }, isolated(row.assignee)));
  else if (row.team && view !== "mine") made.push(element("span", { class: "fact" }, isolated(row.team)));
  for (const name of row.labels) made.push(element("span", { class: "label" }, isolated(name)));
  if (row.more_labels) {
    const more = element("span", { class: "only-read-aloud" }, words.moreLabels(row.more_labels));
    made.push(element("span", { class: "label" }, element("span", { "aria-hidden": "true" }, `+${row.more_labels}`), more));
  }
  return made.length ? [element("span", { class: "facts" }, ...made)] : [];
}

// The first letters of the first and the last word, whatever script they are in.
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}
