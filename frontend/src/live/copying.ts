// Buttons that copy what a field holds. Without a clipboard the field is selected, to be copied by
// hand.

export function copyButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset.copies ?? "");
  if (!source) return;
  const isField = source instanceof HTMLInputElement;
  if (isField) source.select();
  else getSelection()?.selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(isField ? source.value : (source.textContent ?? ""));
  } catch {
    return;
  }
  const copied = button.dataset.copied ?? "";
  button.textContent = copied;
  const said = document.getElementById(`${source.id}-copied`);
  if (said) said.textContent = copied;
}
