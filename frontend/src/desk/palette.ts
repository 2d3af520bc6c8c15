// Every action by its name, and every list of the inbox, labels among them.

import { type Action, possible } from "./actions.ts";
import { type Choice, Finder, narrowed, openDialog } from "./finder.ts";
import type { InboxWords } from "./inbox_words.ts";
import { keySigns } from "./keys.ts";
import { goToLabel, labelsNamed } from "./label_choices.ts";

export function openPalette(actions: Action[], words: InboxWords): void {
  const offered = possible(actions).filter(({ id }) => id !== "palette");
  const choices = offered.map(({ id, name, key }): Choice => ({ id, text: name, more: key ? keySigns(key) : [] }));
  const finder = new Finder({
    label: words.palette,
    none: words.nothingFound,
    words,
    find: async (query) => {
      const found = narrowed(choices, query);
      if (query === "") return found;
      // Without the server there are the actions.
      const labels = await labelsNamed(query).catch(() => []);
      return [...found, ...labels.map(({ id, text }) => ({ id: `label ${id}`, text, more: [words.labels.viewTitle] }))];
    },
    choose: ({ id }) => {
      dialog.close();
      if (id.startsWith("label ")) goToLabel(id.slice("label ".length));
      else offered.find((action) => action.id === id)?.run();
    },
  });
  const dialog = openDialog(words.palette, finder.region);
  finder.field.focus();
}
