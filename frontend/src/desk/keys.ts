// One key for each thing an adviser does all day; none while somebody writes.

export function bindKeys(actions: Record<string, () => void>): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const isWriting = target.matches("input, textarea, select");
    if (isWriting) {
      if (event.key === "Escape") target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        actions.send?.();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
