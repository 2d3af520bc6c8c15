// A contact's page works without a script, except that files with pages are looked at here.

import { viewFile } from "../live/file_viewer.ts";
import type { FileInfo } from "../live/protocol.ts";
import { sizeText } from "../live/sizes.ts";
import { askToDelete } from "./deleting.ts";
import { localTimes } from "./times.ts";
import { wordsIn } from "./words.ts";

export function bindContactPage(page: HTMLElement): void {
  const words = wordsIn(document.documentElement.lang);
  const onDelete = (file: FileInfo) => askToDelete(file, words, () => location.reload());
  localTimes(page);
  for (const size of page.querySelectorAll<HTMLElement>("[data-bytes]")) {
    size.textContent = sizeText(Number(size.dataset.bytes), document.documentElement.lang);
  }
  page.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-view]");
    if (!link) return;
    event.preventDefault();
    viewFile(fileOf(link), { words: words.files, onDelete });
  });
}

function fileOf(link: HTMLElement): FileInfo {
  const { view = "", name = "", kind = "", size = "0", scan = "none" } = link.dataset;
  return { id: view, name, kind, size: Number(size), state: "ready", scan: scan as FileInfo["scan"], preview: true };
}
