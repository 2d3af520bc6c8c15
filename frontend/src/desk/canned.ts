// Canned replies in the composer: the text goes in with what is known, and the first gap is selected.

import { getJson } from "./requests.ts";
import type { Choice, Source } from "./picker.ts";

interface Part {
  text: string;
  is_gap: boolean;
}

interface Reply extends Choice {
  parts: Part[];
}

// The whole text, and from where to where in it the first gap is; behind the text if there is none.
export function filled(parts: Part[]): { text: string; start: number; end: number; gaps: string[] } {
  const text = parts.map((part) => part.text).join("");
  const gaps = parts.filter((part) => part.is_gap).map((part) => part.text);
  const first = parts.findIndex((part) => part.is_gap);
  if (first === -1) return { text, start: text.length, end: text.length, gaps };
  const start = parts.slice(0, first).reduce((sum, part) => sum + part.text.length, 0);
  return { text, start, end: start + (parts[first] as Part).text.length, gaps };
}

export class Canned {
  #gaps = new Set<string>();
  #warnedOf = "";

  constructor(
    private readonly conversation: string,
    private readonly field: HTMLTextAreaElement,
  ) {}

  source(title: string, isEnabled: () => boolean): Source<Reply> {
    return {
      title,
      sign: ":",
      isEnabled,
      find: (wanted) => this.#find(wanted),
      choose: ({ parts }, start, end) => {
        const { text, gaps, ...selection } = filled(parts);
        this.field.setRangeText(text, start, end, "end");
        this.field.dispatchEvent(new Event("input"));
        this.field.setSelectionRange(start + selection.start, start + selection.end);
        for (const gap of gaps) this.#gaps.add(gap);
      },
    };
  }

  // A gap that is still in a text about to be sent: told once, then the text may go.
  gapIn(body: string): string | null {
    const gap = [...this.#gaps].find((text) => body.includes(text));
    if (gap === undefined || this.#warnedOf === body) return null;
    this.#warnedOf = body;
    const start = body.indexOf(gap);
    this.field.focus();
    this.field.setSelectionRange(start, start + gap.length);
    return gap;
  }

  // Begin as if the sign had been typed.
  open(): void {
    const { field } = this;
    field.focus();
    const before = field.value.slice(0, field.selectionStart);
    field.setRangeText(before === "" || /\s$/u.test(before) ? ":" : " :", field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }

  async #find(wanted: string): Promise<Reply[]> {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const query = new URLSearchParams({ q: wanted, zone });
    const answer = await getJson<{ canned: { shortcut: string; title: string; parts: Part[] }[] }>(
      `/inbox/${this.conversation}/canned/?${query}`,
    );
    return answer.canned.map(({ shortcut, title, parts }) => ({ label: title, detail: `:${shortcut}`, parts }));
  }
}
