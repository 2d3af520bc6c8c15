// A note in the thread: amber, and it says that only the team sees it.

import { clock, element } from "../live/elements.ts";
import type { ServerEvent } from "../live/protocol.ts";
import type { ComposerWords } from "./composer_words.ts";

// The text in pieces; those that call somebody are marked.
export function pieces(body: string, names: string[]): { text: string; isMention: boolean }[] {
  const calls = names.map((name) => `@${name}`).sort((a, b) => b.length - a.length);
  const found: { text: string; isMention: boolean }[] = [];
  let rest = body;
  while (rest) {
    const here = rest;
    const next = calls
      .map((call) => ({ call, at: here.indexOf(call) }))
      .filter(({ at }) => at !== -1)
      .sort((a, b) => a.at - b.at || b.call.length - a.call.length)[0];
    if (!next) return [...found, { text: rest, isMention: false }];
    if (next.at > 0) found.push({ text: rest.slice(0, next.at), isMention: false });
    found.push({ text: next.call, isMention: true });
    rest = rest.slice(next.at + next.call.length);
  }
  return found;
}

export function drawNote(event: ServerEvent, language: string, words: ComposerWords): HTMLElement {
  const body = element("div", { class: "body", dir: "auto" });
  for (const { text, isMention } of pieces(event.body ?? "", event.mentions ?? [])) {
    body.append(isMention ? element("strong", { class: "mention" }, text) : text);
  }
  const meta = element("span", { class: "meta" }, element("bdi", {}, event.name ?? ""), " · ");
  meta.append(clock(event.at, language), ` · ${words.onlyTeam}`);
  return element(
    "div",
    { class: "message note", "data-seq": String(event.seq) },
    element("strong", { class: "kind" }, words.note),
    body,
    meta,
  );
}
