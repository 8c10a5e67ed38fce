import assert from "node:assert/strict";
import { test } from "node:test";

import { tickStep, valueAxis } from "../../../assets/js/core/ticks.mjs";

test("an axis with a limit ends there as long as the data do", () => {
  assert.deepEqual(valueAxis("percent", 0, 0.4, 1, false, 122).range, [0, 1]);
  assert.deepEqual(valueAxis("bytes", 0, 3e9, 8e9, false, 122).range, [0, 8e9]);
  assert.ok(valueAxis("percent", 0, 1.00001, 1, false, 122).range[1] < 1.01);
  assert.ok(valueAxis("load", 0, 9, 2, false, 122).range[1] >= 9);
});

test("an axis without a limit ends at the next round step above the data", () => {
  const { range, values } = valueAxis("bytes", 0, 700 * 2 ** 20, null, false, 122);
  assert.deepEqual(range, [0, 768 * 2 ** 20]);
  assert.deepEqual(values, [0, 256, 512, 768].map((n) => n * 2 ** 20));
});

test("a mirrored axis holds both sides and has zero among its ticks", () => {
  const { range, values } = valueAxis("bits/s", -3e6, 1e6, null, true, 122);
  assert.ok(range[0] <= -3e6 && range[1] >= 1e6);
  assert.ok(values.includes(0));
});

test("an axis reaches down to what lies below zero", () => {
  const { range, values, texts } = valueAxis("number", -12, 30, null, false, 122);
  assert.ok(range[0] <= -12 && range[1] >= 30);
  assert.ok(values.includes(0));
  assert.equal(texts[0].startsWith("−"), true);
});

test("noise and nothing do not fill the box", () => {
  assert.ok(valueAxis("percent", 0, 1e-5, null, false, 122).range[1] >= 0.01);
  assert.deepEqual(valueAxis("count", 0, 0, null, false, 122).range, [0, 4]);
  assert.ok(valueAxis("bits/s", 0, 0, null, true, 122).range[1] > 0);
});

test("every axis holds its data and has two to eleven ticks", () => {
  for (const unit of ["percent", "bytes", "bytes/s", "bits/s", "cores", "count", "per_second", "load", "seconds", "number"]) {
    for (let power = -6; power < 14; power += 1) {
      for (const mirrored of [false, true]) {
        const high = 3.7 * 10 ** power;
        const { range, values, texts } = valueAxis(unit, mirrored ? -high / 3 : 0, high, null, mirrored, 122);
        assert.ok(range[1] >= high && range[0] <= (mirrored ? -high / 3 : 0), `${unit} ${high}`);
        assert.ok(values.length >= 2 && values.length <= 11, `${unit} ${high}: ${texts}`);
        assert.equal(texts.length, values.length);
      }
    }
  }
});

test("steps are round in their unit", () => {
  assert.equal(tickStep("bytes", 300), 512);
  assert.equal(tickStep("bits/s", 3e5), 2.5e6 / 8);
  assert.equal(tickStep("count", 0.2), 1);
  assert.equal(tickStep("cores", 0.03), 0.05);
});
