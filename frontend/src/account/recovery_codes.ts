// Keeping what is shown once: as a file, or on paper.

export function downloadButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-downloads]")) {
    button.hidden = false;
    button.addEventListener("click", () => download(button));
  }
}

export function printButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

function download(button: HTMLButtonElement): void {
  const lines = document.querySelectorAll(`#${button.dataset.downloads} li`);
  const text = [...lines].map((line) => `${line.textContent?.trim()}\r\n`).join("");
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = button.dataset.name ?? "";
  link.click();
  URL.revokeObjectURL(address);
}
