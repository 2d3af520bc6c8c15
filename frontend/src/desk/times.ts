// Times that the server wrote in UTC, in the reader's zone.

import { element, localeOf, wholeDate } from "../live/elements.ts";

const language = globalThis.document?.documentElement.lang ?? "de";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function localTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]:not([data-relative])")) {
    const date = new Date(time.dateTime);
    time.title = wholeDate(date, language);
    time.textContent = "whole" in time.dataset ? time.title : short(date);
  }
}

// How long ago, or how long until, under a day; else the date. The whole of it is in the title.
export function relativeTime(at: string, language: string, justNow: string): HTMLTimeElement {
  const date = new Date(at);
  const text = relative(date, new Date(), language, justNow);
  return element("time", { datetime: at, title: wholeDate(date, language), "data-relative": "" }, text);
}

export function renewRelativeTimes(root: ParentNode, language: string, justNow: string): void {
  const now = new Date();
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
    const text = relative(new Date(time.dateTime), now, language, justNow);
    if (time.textContent !== text) time.textContent = text;
  }
}

export function relative(date: Date, now: Date, language: string, justNow: string): string {
  const away = date.getTime() - now.getTime();
  const words = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" });
  if (Math.abs(away) < MINUTE) return justNow;
  if (Math.abs(away) < 60 * MINUTE) return words.format(Math.trunc(away / MINUTE), "minute");
  if (Math.abs(away) < DAY) return words.format(Math.trunc(away / (60 * MINUTE)), "hour");
  return format(date, { day: "2-digit", month: "2-digit", year: "numeric" }, language);
}

// Hours today, the weekday within a week, else the date.
function short(date: Date): string {
  const age = Date.now() - date.getTime();
  if (date.toDateString() === new Date().toDateString()) {
    return format(date, { hour: "2-digit", minute: "2-digit" });
  }
  if (age < 6 * DAY) return format(date, { weekday: "short" });
  return format(date, { day: "2-digit", month: "2-digit", year: "numeric" });
}

function format(date: Date, options: Intl.DateTimeFormatOptions, inLanguage = language): string {
  return new Intl.DateTimeFormat(localeOf(inLanguage), options).format(date);
}
