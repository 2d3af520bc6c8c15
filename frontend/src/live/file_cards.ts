// A file in a message: what it is, whether it was checked, and what can be done with it.

import { element } from "./elements.ts";
import { addressOf } from "./file_requests.ts";
import type { FileWords } from "./file_words.ts";
import type { FileInfo } from "./protocol.ts";
import { sizeText } from "./sizes.ts";

interface CardOptions {
  language: string;
  words: FileWords;
  onView(file: FileInfo): void;
  // Only where somebody may.
  onDelete?(file: FileInfo): void;
}

const PICTURES = new Set(["jpeg", "png", "webp", "gif", "heic"]);
const SHEETS = new Set(["csv", "xlsx", "ods"]);

export function fileCard(file: FileInfo, options: CardOptions): HTMLElement {
  const { words } = options;
  const mayOpen = file.state === "ready";
  const card = element("div", { class: "file", "data-file": file.id, "data-state": file.state });
  if (mayOpen && file.preview) card.append(firstPage(file, options));
  card.append(
    fileIcon(file.kind),
    element(
      "div",
      { class: "what" },
      element("bdi", { class: "file-name" }, file.name || words.deletedFile),
      element("span", { class: "file-facts" }, ...facts(file, options)),
    ),
  );
  const buttons = element("div", { class: "file-buttons" });
  if (mayOpen && file.preview) buttons.append(named("view", file, words, () => options.onView(file)));
  if (mayOpen) buttons.append(saveLink(file, words));
  const { onDelete } = options;
  if (onDelete && file.state !== "deleted") buttons.append(named("delete", file, words, () => onDelete(file)));
  if (buttons.childElementCount) card.append(buttons);
  return card;
}

// Its kind in a few letters and a colour; read aloud it would only repeat the name's ending.
export function fileIcon(kind: string): HTMLElement {
  const family = PICTURES.has(kind) ? "picture" : SHEETS.has(kind) ? "sheet" : kind;
  const letters = kind === "jpeg" ? "JPG" : kind.toUpperCase();
  return element("span", { class: "file-icon", "data-family": family, "aria-hidden": "true" }, letters);
}

export function stateText(file: FileInfo, words: FileWords): string {
  if (file.state === "ready") return file.scan === "clean" ? words.checked : words.notScanned;
  return words[file.state];
}

// Of a file that has gone nothing is known but that.
function facts(file: FileInfo, { language, words }: CardOptions): (Node | string)[] {
  const state = element("span", { class: "file-state" }, stateText(file, words));
  if (file.state !== "deleted") return [`${sizeText(file.size, language)} · `, state];
  return file.name ? [state] : [];
}

export function saveLink(file: FileInfo, words: FileWords): HTMLAnchorElement {
  return element(
    "a",
    { class: "button small quiet", href: addressOf(file.id), download: file.name, "aria-label": `${words.save}: ${file.name}` },
    words.save,
  );
}

function named(what: "view" | "delete", file: FileInfo, words: FileWords, action: () => void): HTMLElement {
  const label = `${words[what]}: ${file.name}`;
  const button = element("button", { type: "button", class: "button small quiet", "aria-label": label }, words[what]);
  button.onclick = action;
  return button;
}

function firstPage(file: FileInfo, { words, onView }: CardOptions): HTMLElement {
  const picture = element("img", {
    class: "first-page",
    loading: "lazy",
    alt: words.preview(file.name),
    src: addressOf(file.id, 1),
  });
  picture.onerror = () => picture.remove();
  // For the mouse; the button below does the same.
  picture.onclick = () => onView(file);
  return picture;
}
