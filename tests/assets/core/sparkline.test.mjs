import assert from "node:assert/strict";
import { test } from "node:test";

import { sparkline } from "../../../assets/js/core/sparkline.mjs";

const numbers = (path) => path.match(/[\d.]+ [\d.]+/g).map((pair) => pair.split(" ").map(Number));

test("the newest point is at the right edge and a minute fits", () => {
  const path = sparkline({ t: [0, 30_000, 60_000], v: [0, 0.5, 1], j: [0, 1, 1] }, 60, 20, 0.1);
  assert.deepEqual(numbers(path), [[0, 19], [30, 10], [60, 1]]);
});

test("noise does not fill the box", () => {
  const ys = numbers(sparkline({ t: [0, 1000, 2000], v: [0.5, 0.501, 0.5], j: [0, 1, 1] }, 60, 20, 0.1)).map(([, y]) => y);
  assert.ok(Math.max(...ys) - Math.min(...ys) < 1);
});

test("a break is a break, and nothing is nothing", () => {
  assert.equal(sparkline({ t: [0, 1000], v: [1, 2], j: [0, 0] }, 60, 20, 1).match(/M/g).length, 2);
  assert.equal(sparkline({ t: [0], v: [null], j: [0] }, 60, 20, 1), "");
});
