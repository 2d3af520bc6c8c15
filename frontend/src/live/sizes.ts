// How much, how fast, how far, as the reader writes numbers.

import { localeOf } from "./elements.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

// Such as 1,4 MB; a megabyte is a million bytes, as the limits count.
export function sizeText(bytes: number, language: string): string {
  let power = 0;
  // 999,950 bytes would be written as 1,000 kB.
  while (power < UNITS.length - 1 && bytes / 1000 ** power >= 999.5) power += 1;
  return amount(bytes / 1000 ** power, UNITS[power] as string, language);
}

// Such as 1,2 MB/s.
export function speedText(bytesPerSecond: number, language: string): string {
  const unit = bytesPerSecond < 100_000 ? "kilobyte" : "megabyte";
  return amount(bytesPerSecond / (unit === "kilobyte" ? 1e3 : 1e6), `${unit}-per-second`, language);
}

// Such as 64 %; whole only when all of it is there.
export function percentText(part: number, language: string): string {
  const percent = Math.floor(part * 100) / 100;
  return new Intl.NumberFormat(localeOf(language), { style: "percent" }).format(percent);
}

function amount(value: number, unit: string, language: string): string {
  const style = { style: "unit", unit, maximumFractionDigits: value < 100 ? 1 : 0 } as const;
  return new Intl.NumberFormat(localeOf(language), style).format(value);
}
