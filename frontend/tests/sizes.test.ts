// Numbers as the reader writes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { percentText, sizeText, speedText } from "../src/live/sizes.ts";
import { Pace } from "../src/live/upload_pace.ts";

Object.defineProperty(globalThis, "navigator", { value: { languages: ["fr", "en-GB"] }, configurable: true });

// Whether the space may break is the language's affair.
function plain(text: string): string {
  return text.replace(/\s/gu, " ");
}

test("sizes with a comma in German, with a point in English", () => {
  assert.equal(plain(sizeText(1_400_000, "de")), "1,4 MB");
  assert.equal(plain(sizeText(1_400_000, "en")), "1.4 MB");
  assert.equal(plain(sizeText(100_000_000, "de")), "100 MB");
  assert.equal(plain(sizeText(340_000, "de")), "340 kB");
  assert.equal(plain(sizeText(2_500_000_000, "de")), "2,5 GB");
  assert.equal(plain(sizeText(0, "de")), "0 Byte");
  assert.equal(plain(sizeText(999_999, "de")), "1 MB");
});

test("speeds and percentages", () => {
  assert.equal(plain(speedText(1_200_000, "de")), "1,2 MB/s");
  assert.equal(plain(speedText(10_000, "de")), "10 kB/s");
  assert.equal(plain(percentText(0.999, "de")), "99 %");
  assert.equal(plain(percentText(0.64, "en")), "64%");
});

test("the pace is that of the last seconds, and nobody guesses it in the first moment", () => {
  const pace = new Pace();
  assert.equal(pace.after(0, 0), 0);
  assert.equal(pace.after(100, 100), 0);
  assert.equal(pace.after(1000, 1000), 1000);
  assert.equal(pace.after(1000, 20_000), 0);
  assert.equal(pace.after(3000, 21_000), 2000);
});
