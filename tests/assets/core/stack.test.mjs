import assert from "node:assert/strict";
import { test } from "node:test";

import { slots, stack } from "../../../assets/js/core/stack.mjs";

const series = (t, v, j = t.map((_, i) => (i === 0 ? 0 : 1))) => ({ t, v, j });

test("edges are sums over common times", () => {
  const both = [series([0, 10, 20], [1, 2, 3]), series([0, 10, 20], [10, 20, 30])];
  assert.deepEqual(stack(both, 0, 20, 1, 5, 1), { x: [0, 10, 20], ys: [[1, 2, 3], [11, 22, 33]] });
  assert.deepEqual(stack(both, 0, 20, 1, 5, -1).ys[1], [-11, -22, -33]);
});

test("times within the tolerance are one", () => {
  const { times, places } = slots([series([0, 10], [1, 1]), series([2, 13], [1, 1])], 0, 20, 4);
  assert.deepEqual([times, places], [[0, 10], [[0, 1], [0, 1]]]);
});

test("a gap of all is a hole that ends and begins at zero", () => {
  const one = series([0, 10, 50, 60], [1, 2, 3, 4], [0, 1, 0, 1]);
  const { x, ys } = stack([one], 0, 60, 1, 5, 1);
  assert.deepEqual(x, [0, 10, 10, null, 50, 50, 60]);
  assert.deepEqual(ys[0], [1, 2, 0, null, 0, 3, 4]);
});

test("where one series ends the others go on, and the edge steps down", () => {
  const ending = series([0, 10], [1, 1]);
  const going = series([0, 10, 20], [5, 5, 5]);
  const { x, ys } = stack([going, ending], 0, 20, 1, 4, 1);
  assert.deepEqual(x, [0, 10, 10, 20, 20]);
  assert.deepEqual(ys, [[5, 5, 5, 5, 5], [6, 6, 5, 5, 5]]);
});

test("a row by itself is drawn a pixel and a half wide", () => {
  const { x, ys } = stack([series([0, 100, 200], [1, 2, 3], [0, 0, 0])], 0, 200, 2, 1, 1);
  assert.deepEqual(x.slice(0, 4), [-1.5, 1.5, 1.5, null]);
  assert.deepEqual(ys[0].slice(4, 8), [0, 2, 2, 0]);
});

test("an unknown value is no zero: the series is not there", () => {
  const { ys } = stack([series([0, 10, 20], [1, null, 3]), series([0, 10, 20], [5, 5, 5])], 0, 20, 1, 4, 1);
  assert.ok(ys[1].every((value) => value === null || value >= 5));
  assert.ok(!ys[0].includes(0.5));
});

test("nothing makes nothing", () => {
  assert.deepEqual(stack([], 0, 1, 1, 1, 1), { x: [], ys: [] });
  assert.deepEqual(stack([series([], [])], 0, 1, 1, 1, 1), { x: [], ys: [[]] });
});
