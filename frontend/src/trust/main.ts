// The trust page is whole without a script. This one says times in the reader's zone, and takes back
// what is past its deadline, also while the page stays open and when no server answers any more.

import { localeOf } from "../live/elements.ts";
import { passed, pause } from "./deadlines.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const locale = localeOf(document.documentElement.lang);
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const zone = new Intl.DateTimeFormat(locale, { timeZoneName: "short" });
const ages = new Intl.RelativeTimeFormat(locale, { style: "short" });
const template = document.querySelector<HTMLTemplateElement>("#now-unknown");
const [badge, reason, note, held] = template?.content.children ?? [];
let taken = 0;
let next: ReturnType<typeof setTimeout>;

function times(now: number): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>("time")) {
    const at = new Date(time.dateTime);
    if (!time.title) {
      const named = zone.formatToParts(at).find((part) => part.type === "timeZoneName");
      time.title = `${whole.format(at)} ${named?.value ?? ""}`;
    }
    const text = "age" in time.dataset ? age(at, now) : whole.format(at);
    if (time.textContent !== text) time.textContent = text;
  }
}

// How long ago under a day, else when.
function age(at: Date, now: number): string {
  const ago = now - at.getTime();
  if (ago < 0 || ago >= 24 * HOUR) return whole.format(at);
  return ago < HOUR
    ? ages.format(-Math.floor(ago / MINUTE), "minute")
    : ages.format(-Math.floor(ago / HOUR), "hour");
}

function take(row: HTMLElement): void {
  row.dataset.state = "unknown";
  delete row.dataset.until;
  if (badge) row.querySelector(".badge")?.replaceWith(badge.cloneNode(true));
  row.querySelector(".reason")?.remove();
  if (reason) row.querySelector("h4")?.after(reason.cloneNode(true));
  if (held) row.querySelector(".holds")?.replaceWith(held.cloneNode(true));
  taken += 1;
}

function count(): void {
  for (const shown of document.querySelectorAll<HTMLElement>("[data-count]")) {
    const rows = document.querySelectorAll(`li[data-state="${shown.dataset.count}"]`);
    const number = shown.querySelector("dd");
    if (number) number.textContent = String(rows.length);
  }
  const said = document.getElementById("expired");
  if (said) said.textContent = `${note?.textContent ?? ""}${taken}`;
}

function look(): void {
  const now = Date.now();
  const rows = [...document.querySelectorAll<HTMLElement>("li[data-until]")];
  const over = rows.filter((row) => passed(row.dataset.until ?? "", now));
  over.forEach(take);
  if (over.length) count();
  times(now);
  clearTimeout(next);
  next = setTimeout(look, pause(rows.map((row) => row.dataset.until ?? ""), now));
}

look();
// A page that was put aside, or is taken out of the browser's memory, says at once what holds now.
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
