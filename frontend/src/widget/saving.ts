// Saving from inside the frame. The browser asks for what a link with `download` names outside of
// the frame's partition, hence without the visitor's cookie; so we fetch it and hand it over.

import { Refusal, refusalOf } from "../live/refusal.ts";

export function saveWithinFrame(onProblem: (text: string) => void, offline: string): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[download]");
    if (!link || link.protocol === "blob:") return;
    event.preventDefault();
    onProblem("");
    save(link.href, link.download).catch((problem: unknown) => {
      onProblem(problem instanceof Refusal ? problem.message : offline);
    });
  });
}

async function save(address: string, name: string): Promise<void> {
  const response = await fetch(address);
  if (!response.ok) throw await refusalOf(response);
  const content = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = content;
  link.download = name;
  link.click();
  // The browser has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(content), 60_000);
}
