// When somebody answers, in the reader's own time.

export interface Hours {
  // The week in words, in the organisation's time zone.
  week: string;
  zone: string;
  // When it opens again, as an ISO time; empty while it is open or when nobody knows.
  opening: string;
}

export interface HoursWords {
  nobodyIsHere: string;
  backAt(day: string, time: string): string;
  reachable(week: string): string;
  timeOf(zone: string): string;
  today: string;
  tomorrow: string;
}

const DAY = 86_400_000;

// What is said while nobody is there. A page that was left open may know an opening that is over.
export function awayText(hours: Hours, words: HoursWords, locale: string, now = new Date()): string {
  const opening = hours.opening ? new Date(hours.opening) : null;
  const said = [words.nobodyIsHere];
  if (opening && opening > now) said.push(words.backAt(dayOf(opening, now, words, locale), timeOf(opening, locale)));
  if (hours.week) said.push(words.reachable(hours.week + elsewhere(hours, words)));
  return said.join(" ");
}

function dayOf(date: Date, now: Date, words: HoursWords, locale: string): string {
  const days = Math.round((midnight(date) - midnight(now)) / DAY);
  if (days === 0) return words.today;
  if (days === 1) return words.tomorrow;
  const far: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(locale, days < 7 ? { weekday: "long" } : far).format(date);
}

function timeOf(date: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(date);
}

// The week is told in the organisation's time; to readers elsewhere its zone is named.
function elsewhere(hours: Hours, words: HoursWords): string {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return hours.zone && own !== hours.zone ? ` (${words.timeOf(hours.zone.replaceAll("_", " "))})` : "";
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
