// The rules for passwords: how what is typed stands to the standards is shown while it is typed, and
// what it would say of a sample. Nothing is saved by that.

const PAUSE_MS = 350;

interface Judged {
  problems: Record<string, string>;
  departs?: Record<string, string>;
  weaker?: string[];
  sample?: string[];
}

export function passwordRules(): void {
  const knobs = document.querySelector<HTMLFormElement>("#knobs");
  const trying = document.querySelector<HTMLFormElement>("#trying");
  if (!knobs || !trying) return;
  let waiting = 0;
  const soon = (): void => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void judge(knobs, trying), PAUSE_MS);
  };
  knobs.addEventListener("input", soon);
  trying.addEventListener("input", soon);
  trying.addEventListener("submit", (event) => {
    event.preventDefault();
    void judge(knobs, trying);
  });
}

async function judge(knobs: HTMLFormElement, trying: HTMLFormElement): Promise<void> {
  const sent = new FormData(knobs);
  sent.set("sample_password", String(new FormData(trying).get("sample_password") ?? ""));
  try {
    const answer = await fetch(knobs.dataset.judgedAt ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": String(sent.get("csrfmiddlewaretoken")) },
      redirect: "error",
      body: new URLSearchParams([...sent].map(([name, value]): [string, string] => [name, String(value)])),
    });
    if (answer.ok) show((await answer.json()) as Judged);
  } catch {
    // What is shown stays until it can be asked again.
  }
}

function show(judged: Judged): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-standing]")) {
    const name = place.dataset.standing ?? "";
    const says = place.querySelector<HTMLElement>(".departs");
    if (says) says.textContent = judged.problems[name] ?? judged.departs?.[name] ?? "";
  }
  const weaker = document.querySelector<HTMLElement>("#weaker");
  if (weaker) {
    weaker.hidden = !judged.weaker?.length;
    weaker.textContent = `${weaker.dataset.said} ${judged.weaker?.join("; ") ?? ""}`;
  }
  const said = (judged.sample ?? []).map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  });
  document.querySelector("#sample-said")?.replaceChildren(...said);
}
