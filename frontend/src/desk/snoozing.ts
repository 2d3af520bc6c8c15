// Putting the conversation aside: three usual times, an own one, and back.

import { element, wholeDate } from "../live/elements.ts";
import type { Changing } from "./changing.ts";
import { type Choice, Finder, narrowed, openDialog } from "./finder.ts";
import type { InboxWords } from "./inbox_words.ts";
import { asField, chosenTime, laterToday, mondayMorning, tomorrowMorning } from "./snooze_times.ts";

export function askUntilWhen(changing: Changing, words: InboxWords, language: string): void {
  const { snooze } = words;
  const now = new Date();
  const times = new Map([
    [snooze.inThreeHours, laterToday(now)],
    [snooze.tomorrow, tomorrowMorning(now)],
    [snooze.monday, mondayMorning(now)],
  ]);
  const problem = element("p", { class: "problem", role: "alert" });
  const choices: Choice[] = [...times].map(([text, date]) => ({ id: text, text, more: [wholeDate(date, language)] }));
  choices.push({ id: "own", text: snooze.own });
  if (changing.isSnoozed()) choices.unshift({ id: "now", text: snooze.wakeNow });
  const told = (refusal: string) => {
    if (refusal === "") dialog.close();
    else problem.textContent = refusal;
  };
  const until = (date: Date) => void changing.snooze(date, wholeDate(date, language)).then(told);
  const finder = new Finder({
    label: snooze.until,
    none: words.nothingFound,
    words,
    find: (query) => narrowed(choices, query),
    choose: ({ id }) => {
      if (id === "own") askOwn();
      else if (id === "now") void changing.wake().then(told);
      else until(times.get(id) ?? now);
    },
  });
  const dialog = openDialog(snooze.title, finder.region, problem);
  finder.field.focus();

  function askOwn(): void {
    const field = element("input", { class: "field", id: "snooze-until", type: "datetime-local", required: "", min: asField(now), value: asField(tomorrowMorning(now)) });
    const submit = element("button", { type: "submit", class: "button primary" }, snooze.submit);
    const form = element("form", {}, element("label", { for: field.id }, snooze.until), field, problem, element("div", { class: "row" }, submit));
    form.onsubmit = (event) => {
      event.preventDefault();
      const date = chosenTime(field.value);
      if (date) until(date);
    };
    finder.region.replaceWith(form);
    field.focus();
  }
}
