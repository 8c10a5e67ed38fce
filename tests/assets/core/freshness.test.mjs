import assert from "node:assert/strict";
import { test } from "node:test";

import { ageOf, ageText, HostClock, isStale, latency } from "../../../assets/js/core/freshness.mjs";

test("the host's now goes on with the monotonic clock, whatever the wall clocks say", () => {
  const clock = new HostClock();
  assert.ok(Number.isNaN(clock.now(5)));
  clock.set(1_000_000, 200);
  assert.equal(clock.now(1700), 1_001_500);
  clock.set(2_000_000, 300);
  assert.equal(clock.now(400), 2_000_100);
});

test("a row's age is its own; an open bucket's that of the host", () => {
  assert.equal(ageOf(900, 0, 1000, 7), 100);
  assert.equal(ageOf(1100, 0, 1000, 7), 0);
  assert.equal(ageOf(900, 500, 1000, 7), 7);
  assert.equal(ageOf(400, 500, 1000, 7), 100);
  assert.equal(ageOf(-Infinity, 0, 1000, 7), Infinity);
});

test("three periods without a row are stale", () => {
  assert.equal(isStale(3000, 1000, 0), false);
  assert.equal(isStale(3001, 1000, 0), true);
  assert.equal(isStale(20_000, 1000, 10_000), false);
});

test("ages are words", () => {
  assert.equal(ageText(300), "0.3 s ago");
  assert.equal(ageText(Infinity), "no data");
});

test("latency is the row's age at sending and the time since it arrived", () => {
  assert.equal(latency(1000, 1060, 500, 524), 84);
  assert.equal(latency(1000, 990, 500, 510), 10);
});
