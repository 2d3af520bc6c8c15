// Whom a note calls: chosen from a list, or written out and found afterwards.

import { keep, recall } from "../live/kept.ts";
import { getJson } from "./requests.ts";
import type { Choice, Source } from "./picker.ts";

interface Person {
  id: string;
  name: string;
  email: string;
}

const PATIENCE = 3000;

// The first names, or whole ones without spaces, after each @ of a text that no chosen name explains.
export function unexplained(body: string, chosen: Person[]): string[] {
  let rest = body;
  const longestFirst = [...chosen].sort((a, b) => b.name.length - a.name.length);
  for (const { name } of longestFirst) rest = rest.replaceAll(`@${name}`, "");
  const found = rest.matchAll(/(?<![\p{L}\p{N}])@([\p{L}][\p{L}\p{N}\p{M}.'-]*)/gu);
  return [...new Set([...found].map((match) => match[1] as string))];
}

// Those of whom the whole name stands in the text, unless two have the same.
export function named(body: string, people: Person[]): Person[] {
  const isThere = ({ name }: Person) => body.includes(`@${name}`);
  const isAlone = (one: Person) => people.filter(({ name }) => name === one.name).length === 1;
  return people.filter((person) => isThere(person) && isAlone(person));
}

export class Mentions {
  constructor(
    private readonly name: string,
    private readonly conversation: string,
  ) {}

  find(wanted: string): Promise<Person[]> {
    const query = new URLSearchParams({ q: wanted });
    const address = `/inbox/${this.conversation}/mentionable/?${query}`;
    return getJson<{ people: Person[] }>(address).then(({ people }) => people);
  }

  chosen(person: Person): void {
    keep(this.name, [...this.#chosen().filter(({ id }) => id !== person.id), person]);
  }

  // The ids of those whom the text calls. What somebody wrote out, or began in another browser, is
  // looked up; without an answer the note goes out with those that are known.
  async of(body: string): Promise<string[]> {
    const chosen = this.#chosen().filter(({ name }) => body.includes(`@${name}`));
    const late = new Promise<Person[]>((resolve) => setTimeout(() => resolve([]), PATIENCE));
    const asked = unexplained(body, chosen).map((word) => Promise.race([this.find(word), late]).catch(() => []));
    const found = (await Promise.all(asked)).flatMap((people) => named(body, people));
    return [...new Set([...chosen, ...found].map(({ id }) => id))];
  }

  forget(): void {
    keep(this.name, []);
  }

  #chosen(): Person[] {
    return recall<Person[]>(this.name, []);
  }
}

export function mentionSource(mentions: Mentions, field: HTMLTextAreaElement, title: string, isEnabled: () => boolean): Source<Person & Choice> {
  return {
    title,
    sign: "@",
    isEnabled,
    find: async (wanted) =>
      (await mentions.find(wanted)).map((person) => ({ ...person, label: person.name, detail: person.email })),
    choose: ({ id, name, email }, start, end) => {
      mentions.chosen({ id, name, email });
      field.setRangeText(`@${name} `, start, end, "end");
      field.dispatchEvent(new Event("input"));
    },
  };
}
