// Deleting a file for both sides: asked once more, since it cannot be undone.

import { element } from "../live/elements.ts";
import { deleteFile, FileRefusal } from "../live/file_requests.ts";
import { closeViewer } from "../live/file_viewer.ts";
import type { FileInfo } from "../live/protocol.ts";
import type { Words } from "./words.ts";

// What the conversation shows changes by the event that comes of it.
export function askToDelete(file: FileInfo, words: Words, onDeleted: () => void): void {
  const title = element("h2", { id: "deleting-title" }, words.deleteFile);
  const problem = element("p", { class: "problem", role: "alert" });
  const stay = element("button", { type: "button", class: "button" }, words.keepFile);
  const remove = element("button", { type: "button", class: "button" }, words.files.delete);
  const actions = element("div", { class: "file-buttons" }, stay, remove);
  const name = element("bdi", { class: "file-name" }, file.name);
  const text = element("div", { id: "deleting-text" }, name, element("p", {}, words.deleteFileForGood));
  const attributes = { class: "deleting", "aria-labelledby": "deleting-title", "aria-describedby": "deleting-text" };
  const dialog = element("dialog", attributes, title, text, problem, actions);
  const close = () => dialog.close();
  const confirm = async () => {
    remove.disabled = true;
    problem.textContent = "";
    try {
      await deleteFile(file.id);
      close();
      closeViewer();
      onDeleted();
    } catch (refusal) {
      const told = refusal instanceof FileRefusal ? refusal.message : "";
      problem.textContent = told || words.fileNotDeleted;
    }
    remove.disabled = false;
  };
  stay.onclick = close;
  remove.onclick = () => void confirm();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  stay.focus();
}
