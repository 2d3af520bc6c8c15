// Times that the server wrote in UTC, in the reader's zone.

import { localeOf, wholeDate } from "../live/elements.ts";

const language = document.documentElement.lang;

export function localTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const date = new Date(time.dateTime);
    time.title = wholeDate(date, language);
    time.textContent = "whole" in time.dataset ? time.title : short(date);
  }
}

// Hours today, the weekday within a week, else the date.
function short(date: Date): string {
  const age = Date.now() - date.getTime();
  if (date.toDateString() === new Date().toDateString()) {
    return format(date, { hour: "2-digit", minute: "2-digit" });
  }
  if (age < 6 * 86_400_000) return format(date, { weekday: "short" });
  return format(date, { day: "2-digit", month: "2-digit", year: "numeric" });
}

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(localeOf(language), options).format(date);
}
