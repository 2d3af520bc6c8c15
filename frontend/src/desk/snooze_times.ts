// Until when something is put aside, computed on the calendar of the reader's zone: "tomorrow at
// eight" is eight o'clock, also when the night in between has 23 or 25 hours.

const HOURS_LATER = 3;
const MORNING = 8;
const MONDAY = 1;

// Three hours as they pass, not as the clock shows them.
export function laterToday(now: Date): Date {
  return new Date(now.getTime() + HOURS_LATER * 3_600_000);
}

export function tomorrowMorning(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
}

// The next Monday; on a Monday the one after.
export function mondayMorning(now: Date): Date {
  const days = (MONDAY - now.getDay() + 7) % 7 || 7;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

// What a field of kind datetime-local says, such as 2026-11-23T09:45; null if it says nothing.
// An hour that the clock leaves out is the one after it; of one that it shows twice, the first.
export function chosenTime(value: string): Date | null {
  const date = new Date(value);
  return value === "" || Number.isNaN(date.getTime()) ? null : date;
}

// The same the other way round, for a field's first value.
export function asField(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
