// A file's pages one under another, as pictures that the server made of it.

import { element } from "./elements.ts";
import { saveLink } from "./file_cards.ts";
import { addressOf, pageCount } from "./file_requests.ts";
import type { FileWords } from "./file_words.ts";
import type { FileInfo } from "./protocol.ts";

const AHEAD = "600px 0px";
// The server shows no more of a file.
const MOST_PAGES = 200;

interface ViewerOptions {
  words: FileWords;
  onDelete?(file: FileInfo): void;
}

// Esc and the browser's own focus handling come with a modal dialog.
export function viewFile(file: FileInfo, { words, onDelete }: ViewerOptions): void {
  const position = element("span", { class: "quiet", role: "status" });
  const pages = element("div", { class: "pages", tabindex: "0", role: "region", "aria-label": words.pages });
  const close = element("button", { type: "button", class: "button small" }, words.close);
  const buttons = element("div", { class: "file-buttons" }, saveLink(file, words));
  if (onDelete) {
    const remove = element("button", { type: "button", class: "button small quiet" }, words.delete);
    remove.onclick = () => onDelete(file);
    buttons.append(remove);
  }
  buttons.append(close);
  const title = element("h2", { id: "viewer-title" }, element("bdi", {}, file.name));
  const head = element("header", {}, title, position, buttons);
  const attributes = { class: "viewer", id: "viewer", "aria-labelledby": "viewer-title" };
  const dialog = element("dialog", attributes, head, pages);
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
  void fill(file, pages, position, words);
}

export function closeViewer(): void {
  document.querySelector<HTMLDialogElement>("#viewer")?.close();
}

async function fill(file: FileInfo, pages: HTMLElement, position: HTMLElement, words: FileWords): Promise<void> {
  pages.replaceChildren(element("p", { class: "quiet" }, words.loading));
  const count = await pageCount(file.id).catch(() => 0);
  if (count === 0) {
    pages.replaceChildren(element("p", {}, words.noPreview));
    return;
  }
  const figures = Array.from({ length: Math.min(count, MOST_PAGES) }, (_, index) =>
    element("figure", { class: "page", "data-page": String(index + 1) }),
  );
  pages.replaceChildren(...figures);
  if (count > MOST_PAGES) pages.append(element("p", {}, words.firstPages(MOST_PAGES, count)));
  watch(figures, { root: pages, rootMargin: AHEAD }, (figure, number) => load(figure, number, file, words));
  if (count === 1) return;
  position.textContent = words.position(1, count);
  // Which page one is at: the one that crosses the middle.
  watch(figures, { root: pages, rootMargin: "-50% 0px" }, (_, number) => {
    position.textContent = words.position(number, count);
  });
}

function watch(
  figures: HTMLElement[],
  options: IntersectionObserverInit,
  onSeen: (figure: HTMLElement, number: number) => void,
): void {
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const figure = target as HTMLElement;
      if (isIntersecting) onSeen(figure, Number(figure.dataset.page));
    }
  }, options);
  for (const figure of figures) observer.observe(figure);
}

function load(figure: HTMLElement, number: number, file: FileInfo, words: FileWords): void {
  if (figure.childElementCount) return;
  const picture = element("img", { alt: words.page(number, file.name), src: addressOf(file.id, number) });
  // Until then the figure holds the place of a sheet of paper.
  picture.onload = () => figure.classList.add("loaded");
  picture.onerror = () => figure.replaceChildren(element("p", {}, words.noPage));
  figure.append(picture);
}
