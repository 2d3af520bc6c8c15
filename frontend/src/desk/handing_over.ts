// Giving the conversation to somebody, to a team, or back to all, with a note if one is wanted.

import { element } from "../live/elements.ts";
import type { Changing } from "./changing.ts";
import { type Choice, Finder, openDialog } from "./finder.ts";
import type { InboxWords } from "./inbox_words.ts";
import { found } from "./requests.ts";

const NOBODY = "nobody";

export function askToHandOver(changing: Changing, words: InboxWords): void {
  const { handOver } = words;
  // Made once, so that a retry after a lost answer writes the note once.
  const key = crypto.randomUUID();
  let chosen: Choice | null = null;
  const note = element("textarea", { class: "field", id: "hand-over-note", rows: "3", maxlength: "20000" });
  const problem = element("p", { class: "problem", role: "alert" });
  const submit = element("button", { type: "submit", class: "button primary" }, handOver.choose);
  const cancel = element("button", { type: "button", class: "button" }, handOver.cancel);
  submit.disabled = true;
  const finder = new Finder({
    label: handOver.to,
    none: words.nothingFound,
    words,
    find: async (query) => {
      const all = await found(`/inbox/${changing.conversation}/assignees/`, query);
      const more = (id: string) => (id.startsWith("team:") ? [handOver.team] : []);
      const people = all.map(({ id, name }) => ({ id, text: name, more: more(id), isOn: id === chosen?.id }));
      return query === "" ? [...people, { id: NOBODY, text: handOver.toNobody, isOn: chosen?.id === NOBODY }] : people;
    },
    choose: (choice) => {
      chosen = choice;
      submit.disabled = false;
      submit.textContent = choice.id === NOBODY ? handOver.toNobody : handOver.submit(choice.text);
      note.disabled = choice.id === NOBODY;
      void finder.ask();
      (note.disabled ? submit : note).focus();
    },
  });
  const label = element("label", { for: note.id }, handOver.note);
  const buttons = element("div", { class: "row" }, submit, cancel);
  const form = element("form", {}, finder.region, label, note, problem, buttons);
  const dialog = openDialog(handOver.title, form);
  cancel.onclick = () => dialog.close();
  note.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!chosen || submit.disabled) return;
    submit.disabled = true;
    const done = chosen.id === NOBODY ? changing.release() : changing.handOver(chosen.id, chosen.text, note.value, key);
    void done.then((refusal) => {
      submit.disabled = false;
      if (refusal === "") dialog.close();
      else problem.textContent = note.value.trim() ? `${refusal} ${handOver.noteKept}` : refusal;
    });
  };
  finder.field.focus();
}
