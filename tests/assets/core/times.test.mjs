import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Asia/Kolkata";
const { clock, duration, moment, rangeText, timeTicks } = await import("../../../assets/js/core/times.mjs");

const NOON = Date.UTC(2026, 0, 31, 6, 30);

test("times are written in the reader's zone", () => {
  assert.equal(clock(NOON), "12:00:00");
  assert.equal(moment(NOON), "Jan 31, 12:00:00");
  assert.equal(rangeText(NOON, NOON + 60_000), "Jan 31, 12:00:00 – 12:01:00");
  assert.equal(rangeText(NOON, NOON + 86_400_000), "Jan 31, 12:00:00 – Feb 1, 12:00:00");
});

test("durations have one or two parts", () => {
  const cases = [
    [-5, "0.0 s"], [340, "0.3 s"], [12_400, "12 s"], [60_000, "1 min"], [185_000, "3 min 5 s"],
    [7_500_000, "2 h 5 min"], [273_600_000, "3 d 4 h"],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text);
});

test("ticks lie on round local times, also in a zone of half an hour", () => {
  const { values, texts } = timeTicks(NOON - 6 * 3_600_000, NOON, 600, 14);
  assert.ok(values.length >= 4);
  assert.deepEqual(texts.filter(Boolean).map((text) => text.slice(-3)), texts.filter(Boolean).map(() => ":00"));
});

test("midnight is written as its day", () => {
  const { texts } = timeTicks(NOON - 86_400_000, NOON, 600, 14);
  assert.ok(texts.includes("Jan 31"));
});

test("labels neither meet nor are cut", () => {
  for (const span of [60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000, 30 * 86_400_000]) {
    for (const width of [280, 600, 900]) {
      const { values, texts } = timeTicks(NOON - span, NOON, width, 14);
      let end = 0;
      values.forEach((t, i) => {
        if (texts[i] === "") return;
        const half = (texts[i].length * 6.4) / 2;
        const x = ((t - NOON + span) / span) * width;
        assert.ok(x - half >= end && x + half <= width + 14, `${span} ${width} ${texts[i]}`);
        end = x + half;
      });
      assert.ok(texts.filter(Boolean).length >= 1, `${span} ${width}`);
    }
  }
});
