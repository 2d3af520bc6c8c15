// A password that is being chosen is judged by the server while it is typed.

const PAUSE_MS = 350;

export function judgedPasswords(): void {
  document.querySelectorAll<HTMLInputElement>("input[data-judged-at]").forEach(judged);
}

function judged(field: HTMLInputElement): void {
  const list = document.querySelector<HTMLElement>("[data-judged]");
  if (!list) return;
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void judge(field, list), PAUSE_MS);
  });
}

async function judge(field: HTMLInputElement, list: HTMLElement): Promise<void> {
  const asked = field.value;
  if (!asked) return list.replaceChildren();
  try {
    const token = field.form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    const answer = await fetch(field.dataset.judgedAt ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": token },
      redirect: "error",
      body: new URLSearchParams({ new: asked }),
    });
    if (!answer.ok) return list.replaceChildren();
    const { problems } = (await answer.json()) as { problems: string[] };
    // Of what was typed meanwhile the next answer tells.
    if (field.value === asked) list.replaceChildren(...lines(problems, field.dataset.good ?? ""));
  } catch {
    list.replaceChildren();
  }
}

function lines(problems: string[], good: string): HTMLElement[] {
  return (problems.length ? problems : [good]).map((text) => {
    const line = document.createElement("li");
    line.className = problems.length ? "broken" : "kept";
    line.textContent = text;
    return line;
  });
}
