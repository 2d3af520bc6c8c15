// A password is shown on demand: buttons that name its field.

export function revealButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-reveals]")) revealing(button);
}

function revealing(button: HTMLButtonElement): void {
  const field = document.querySelector<HTMLInputElement>(`#${button.dataset.reveals}`);
  if (!field) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shows = field.type === "password";
    field.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", String(shows));
    field.focus();
  });
}
