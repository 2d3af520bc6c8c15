// Building elements without HTML text: whatever somebody wrote is text and stays text.

type Attributes = Record<string, string>;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// What somebody else chose, a name or an address, in words of ours: however it is written, it does
// not turn the words around it.
export function isolated(text = ""): HTMLElement {
  return element("bdi", {}, text);
}

export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as T;
}

// How the reader writes times: their browser's form of the page's language, such as en-GB.
export function localeOf(language: string): string {
  return navigator.languages.find((wished) => wished.startsWith(language)) ?? language;
}

// A time as hours and minutes of the reader's zone, the whole date in the title.
export function clock(at: string, language: string): HTMLTimeElement {
  const date = new Date(at);
  const short = new Intl.DateTimeFormat(localeOf(language), { hour: "2-digit", minute: "2-digit" });
  return element("time", { datetime: at, title: wholeDate(date, language) }, short.format(date));
}

interface DayWords {
  today: string;
  yesterday: string;
}

// A day as people call it.
export function dayName(at: string, language: string, words: DayWords, dateStyle: "full" | "medium"): string {
  const date = new Date(at);
  const daysAgo = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
  if (daysAgo === 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle }).format(date);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

export function wholeDate(date: Date, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" }).format(date);
}
