import assert from "node:assert/strict";
import { test } from "node:test";

import { lowerBound, nearest } from "../../../assets/js/core/search.mjs";

test("the lower bound is the first place not below", () => {
  const numbers = [1, 3, 3, 7];
  for (const value of [0, 1, 2, 3, 4, 7, 8]) {
    const expected = numbers.findIndex((number) => number >= value);
    assert.equal(lowerBound(numbers, value), expected < 0 ? numbers.length : expected);
  }
});

test("the nearest is the closer neighbour, within reach", () => {
  assert.equal(nearest([10, 20], 14, 5), 0);
  assert.equal(nearest([10, 20], 16, 5), 1);
  assert.equal(nearest([10, 20], 15, 4), -1);
  assert.equal(nearest([], 15, 4), -1);
});
