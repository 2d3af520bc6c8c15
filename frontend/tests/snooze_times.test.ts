// Times of day are those of the reader's zone, also in the two nights of another length.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { asField, chosenTime, laterToday, mondayMorning, tomorrowMorning } from "../src/desk/snooze_times.ts";

before(() => {
  process.env.TZ = "Europe/Berlin";
});

// Clocks go forward in the night to Sunday, 29 March 2026, and back in that to 25 October 2026.
test("tomorrow at eight is eight o'clock, after a night of 23 and of 25 hours", () => {
  assert.equal(tomorrowMorning(new Date("2026-03-28T12:00:00+01:00")).toISOString(), "2026-03-29T06:00:00.000Z");
  assert.equal(tomorrowMorning(new Date("2026-10-24T12:00:00+02:00")).toISOString(), "2026-10-25T07:00:00.000Z");
  assert.equal(tomorrowMorning(new Date("2026-12-31T23:59:00+01:00")).toISOString(), "2027-01-01T07:00:00.000Z");
});

test("three hours are three hours, also across the change", () => {
  const before = new Date("2026-03-29T00:30:00+01:00");
  assert.equal(laterToday(before).toISOString(), "2026-03-29T02:30:00.000Z");
  assert.equal(asField(laterToday(before)), "2026-03-29T04:30");
  const back = new Date("2026-10-25T01:30:00+02:00");
  assert.equal(asField(laterToday(back)), "2026-10-25T03:30");
});

test("Monday is the next one, and on a Monday the one after", () => {
  assert.equal(mondayMorning(new Date("2026-03-27T12:00:00+01:00")).toISOString(), "2026-03-30T06:00:00.000Z");
  assert.equal(mondayMorning(new Date("2026-10-25T12:00:00+01:00")).toISOString(), "2026-10-26T07:00:00.000Z");
  assert.equal(mondayMorning(new Date("2026-11-23T07:00:00+01:00")).toISOString(), "2026-11-30T07:00:00.000Z");
});

test("an own time is read as the field has it; an hour that is left out is the one after it", () => {
  assert.equal(chosenTime("2026-07-01T09:45")?.toISOString(), "2026-07-01T07:45:00.000Z");
  assert.equal(chosenTime("2026-03-29T02:30")?.toISOString(), "2026-03-29T01:30:00.000Z");
  assert.equal(chosenTime("2026-10-25T02:30")?.toISOString(), "2026-10-25T00:30:00.000Z");
  assert.equal(chosenTime(""), null);
  assert.equal(chosenTime("tomorrow"), null);
  assert.equal(asField(new Date("2026-01-02T03:04:00+01:00")), "2026-01-02T03:04");
});
