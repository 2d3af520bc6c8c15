// The files of the conversation beside it, the newest first, as far as they are loaded.

import { byId, dayName, element } from "../live/elements.ts";
import { fileIcon, stateText } from "../live/file_cards.ts";
import { addressOf } from "../live/file_requests.ts";
import type { FileInfo } from "../live/protocol.ts";
import type { Timeline } from "../live/timeline.ts";
import type { Words } from "./words.ts";

interface FileListOptions {
  language: string;
  words: Words;
  onView(file: FileInfo): void;
}

export class FileList {
  #region = byId("conversation-files");
  #rows = byId("conversation-files-rows");
  #drawn = new Map<string, HTMLElement>();

  constructor(private readonly options: FileListOptions) {}

  // What has not changed stays, with the focus that it may have.
  show(timeline: Timeline): void {
    const files = timeline.files();
    const drawn = new Map<string, HTMLElement>();
    for (const { file, at } of files) {
      const key = `${file.id} ${file.state} ${file.preview}`;
      drawn.set(key, this.#drawn.get(key) ?? element("li", {}, this.#row(file, at)));
    }
    for (const [key, row] of this.#drawn) if (!drawn.has(key)) row.remove();
    [...drawn.values()].forEach((row, index) => {
      const place = this.#rows.children[index] ?? null;
      if (place !== row) this.#rows.insertBefore(row, place);
    });
    this.#drawn = drawn;
    this.#region.hidden = files.length === 0;
  }

  // Looked at if there are pages, else saved; neither while it is locked.
  #row(file: FileInfo, at: string): HTMLElement {
    const { language, words, onView } = this.options;
    const day = dayName(at, language, words, "medium");
    const facts = file.state === "ready" ? day : `${day} · ${stateText(file, words.files)}`;
    const content = (verb: string) => [
      fileIcon(file.kind),
      element(
        "span",
        { class: "what" },
        element("span", { class: "only-read-aloud" }, verb && `${verb}: `),
        element("bdi", { class: "file-name" }, file.name),
        element("span", { class: "file-facts" }, facts),
      ),
    ];
    const attributes = { class: "file", "data-state": file.state };
    if (file.state !== "ready") return element("div", attributes, ...content(""));
    if (!file.preview) {
      const link = { ...attributes, href: addressOf(file.id), download: file.name };
      return element("a", link, ...content(words.files.save));
    }
    const button = element("button", { ...attributes, type: "button" }, ...content(words.files.view));
    button.onclick = () => onView(file);
    return button;
  }
}
