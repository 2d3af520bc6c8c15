// Which labels there are, asked of the server: there may be thousands, and it answers with twenty.

import { element } from "../live/elements.ts";
import type { Changing } from "./changing.ts";
import { type Choice, Finder, openDialog } from "./finder.ts";
import type { InboxWords } from "./inbox_words.ts";
import { found } from "./requests.ts";

export async function labelsNamed(query: string): Promise<Choice[]> {
  return (await found("/inbox/labels/", query)).map(({ id, name }) => ({ id, text: name }));
}

export function goToLabel(id: string): void {
  location.assign(`/inbox/?${new URLSearchParams({ view: "label", label: id })}`);
}

// A list of the inbox by its label.
export function chooseLabelView(words: InboxWords): void {
  const finder = new Finder({
    label: words.labels.find,
    none: words.labels.none,
    words,
    find: labelsNamed,
    choose: ({ id }) => goToLabel(id),
  });
  openDialog(words.labels.viewTitle, finder.region);
  finder.field.focus();
}

// Labels of the conversation: each choice gives one or takes it away, and the dialog stays.
export function chooseLabels(changing: Changing, words: InboxWords): void {
  const own = () => new Map([...document.querySelectorAll<HTMLElement>("#labels [data-label]")].map((label) => [label.dataset.label ?? "", label.textContent ?? ""]));
  const problem = element("p", { class: "problem", role: "alert" });
  const finder = new Finder({
    label: words.labels.find,
    none: words.labels.none,
    words,
    find: async (query) => {
      const given = own();
      const more = (id: string) => (given.has(id) ? [element("span", { class: "only-read-aloud" }, words.labels.on)] : []);
      // What it has comes first, as long as nobody looks for something else.
      const first = query === "" ? [...given].map(([id, text]) => ({ id, text })) : [];
      const rest = (await labelsNamed(query)).filter(({ id }) => !first.some((each) => each.id === id));
      return [...first, ...rest].map((choice) => ({ ...choice, isOn: given.has(choice.id), more: more(choice.id) }));
    },
    choose: ({ id }) => {
      void changing.label(id, !own().has(id)).then((refusal) => {
        problem.textContent = refusal;
        return finder.ask();
      });
    },
  });
  openDialog(words.labels.title, finder.region, problem);
  finder.field.focus();
}
