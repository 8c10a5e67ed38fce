import assert from "node:assert/strict";
import { test } from "node:test";

import { inksOf, mix, parseRgb } from "../../../assets/js/core/inks.mjs";

test("computed colours are read, and what is none is black", () => {
  assert.deepEqual(parseRgb("rgb(1, 22, 255)"), [1, 22, 255]);
  assert.deepEqual(parseRgb("rgba(1 2 3 / 0.5)"), [1, 2, 3]);
  assert.deepEqual(parseRgb("color(srgb 1 0 0)"), [0, 0, 0]);
});

test("areas of stacks are opaque mixtures with the ground", () => {
  assert.deepEqual(mix([100, 0, 0], [0, 100, 0], 0.25), [25, 75, 0]);
  const { line, fill, soft } = inksOf(Array(8).fill("rgb(200, 0, 0)"), "rgb(90, 90, 90)", "rgb(0, 0, 0)");
  assert.deepEqual([line.length, fill.length, soft.length], [9, 9, 9]);
  assert.equal(line[0], "rgb(200,0,0)");
  assert.match(fill[0], /^rgb\(116,0,0\)$/);
  assert.match(soft[0], /^rgba\(200,0,0,0\.\d+\)$/);
});
