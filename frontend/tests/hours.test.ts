// When somebody is back, as a client reads it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { awayText, type Hours } from "../src/widget/hours.ts";
import { wordsIn } from "../src/widget/words.ts";

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const friday = new Date(2026, 10, 27, 19, 0);
const at = (day: number, hour: number, month = 10) => new Date(2026, month, day, hour, 0).toISOString();

function said(language: string, hours: Partial<Hours>): string {
  const known = { week: "", zone: own, opening: "", ...hours };
  return awayText(known, wordsIn(language).away, language === "de" ? "de-DE" : "en-GB", friday);
}

test("nothing is promised without hours", () => {
  assert.equal(said("de", {}), "Gerade ist niemand da.");
  assert.equal(said("en", {}), "Nobody is here just now.");
});

test("the next opening is told in the reader's time", () => {
  assert.equal(
    said("de", { week: "Mo–Fr 8–18 Uhr", opening: at(30, 8) }),
    "Gerade ist niemand da. Wir sind am Montag um 8:00 Uhr wieder da. Erreichbar: Mo–Fr 8–18 Uhr.",
  );
  assert.match(said("en", { opening: at(30, 8) }), /We are back on Monday at 0?8:00\.$/);
});

test("today, tomorrow and later", () => {
  assert.match(said("de", { opening: at(27, 20) }), /Wir sind heute um 20:00 Uhr/);
  assert.match(said("en", { opening: at(28, 9) }), /We are back tomorrow at 0?9:00/);
  assert.match(said("de", { opening: at(7, 8, 11) }), /Wir sind am Montag, 7\. Dezember um/);
});

test("an opening that is over is not told", () => {
  assert.equal(said("en", { opening: at(27, 8), week: "daily 7:00–20:00" }), "Nobody is here just now. Hours: daily 7:00–20:00.");
});

test("who is in another zone is told which one is meant", () => {
  assert.match(said("en", { week: "daily 7:00–20:00", zone: "Pacific/Port_Moresby" }), /\(time of Pacific\/Port Moresby\)\.$/);
  assert.match(said("de", { week: "täglich 7–20 Uhr", zone: "Pacific/Apia" }), /\(Zeitzone Pacific\/Apia\)\.$/);
});
