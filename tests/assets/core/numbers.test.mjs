import assert from "node:assert/strict";
import { test } from "node:test";

import { format, formatTick, NONE } from "../../../assets/js/core/numbers.mjs";

const plain = (text) => text.replaceAll("\u00a0", " ");

test("each unit is written its own way", () => {
  const cases = [
    [0.1234, "percent", "12.3 %"], [0.00123, "percent", "0.12 %"], [1, "percent", "100 %"],
    [0, "bytes", "0 B"], [1023, "bytes", "1,023 B"], [1536, "bytes", "1.50 KiB"], [800 * 2 ** 20, "bytes", "800.0 MiB"],
    [2 ** 30, "bytes", "1.00 GiB"], [5e5, "bytes/s", "488.3 KiB/s"],
    [125, "bits/s", "1.00 kbit/s"], [1.5e6, "bits/s", "12.00 Mbit/s"],
    [0.456, "cores", "0.46"], [12.34, "load", "12.3"], [1234, "count", "1,234"], [0, "per_second", "0.00/s"], [-3.25, "number", "-3.25"],
    [123456, "per_second", "123,456/s"], [0.00042, "seconds", "0.42 ms"], [1.5, "seconds", "1.50 s"],
  ];
  for (const [value, unit, text] of cases) assert.equal(plain(format(value, unit)), text);
});

test("no value is a dash, never a zero", () => {
  for (const value of [null, undefined, NaN, Infinity]) assert.equal(format(value, "bytes"), NONE);
});

test("a number does not round itself into four digits before a unit", () => {
  assert.equal(plain(format(1024 * 1023.99, "bytes")), "1.00 MiB");
  assert.equal(plain(format(0.99951, "percent")), "100 %");
});

test("ticks are short and below the axis have no sign", () => {
  const cases = [
    [0.25, "percent", "25 %"], [0, "bytes", "0"], [1.5 * 2 ** 30, "bytes", "1.5 GiB"], [-31250000, "bits/s", "250 Mb/s"],
    [2500, "per_second", "2.5 k"], [0.5, "cores", "0.5"], [-4096, "bytes/s", "4 KiB/s"],
    [0.005, "seconds", "5 ms"], [90, "seconds", "90 s"], [0, "seconds", "0"],
  ];
  for (const [value, unit, text] of cases) assert.equal(plain(formatTick(value, unit)), text);
});
