import assert from "node:assert/strict";
import { test } from "node:test";

import { bands } from "../../../assets/js/core/spans.mjs";

const AXIS = { from: 0, to: 600_000 };
const WIDTH = 600;
const gap = (from_ms, to_ms, state, text = state) => ({ from_ms, to_ms, state, text });

test("a gap lies where its times are, and carries its name", () => {
  const [band] = bands([gap(100_000, 300_000, "unknown", "not known")], null, AXIS, WIDTH);
  assert.deepEqual([band.left, band.width, band.text, band.side, band.kind], [100, 200, "not known", "left", "unknown"]);
});

test("what lies beyond the axis is cut or left out, and nothing gets too thin to see", () => {
  assert.deepEqual(bands([gap(-9, -1, "late")], null, AXIS, WIDTH), []);
  const [cut] = bands([gap(-50_000, 10_000, "waiting")], null, AXIS, WIDTH);
  assert.deepEqual([cut.left, cut.width], [0, 10]);
  const [thin] = bands([gap(599_999, 600_000, "waiting")], null, AXIS, WIDTH);
  assert.equal(thin.width, 2);
  assert.ok(thin.left + thin.width <= WIDTH);
});

test("a stale end is a band of its own, or the last hole goes on to the edge", () => {
  assert.deepEqual(bands([], 580_000, AXIS, WIDTH).map(({ kind, left, width }) => [kind, left, width]), [["stale", 580, 20]]);
  const [tail, ...others] = bands([gap(581_000, 590_000, "unknown")], 580_000, AXIS, WIDTH);
  assert.deepEqual([tail.to, others.length], [600_000, 0]);
});

test("labels meet neither each other nor the edges, and holes come before what was late", () => {
  const all = bands(
    [gap(560_000, 570_000, "late", "arrived late"), gap(580_000, 590_000, "waiting", "waiting, 10 in its queue"), gap(0, 5000, "dropped", "x".repeat(200))],
    null, AXIS, WIDTH,
  );
  const sides = Object.fromEntries(all.map(({ kind, side }) => [kind, side]));
  assert.deepEqual(sides, { late: "", waiting: "right", dropped: "" });
});

test("of labels that meet, the newest stays", () => {
  const all = bands([gap(560_000, 580_000, "not_measured", "not measured: the collector did not run")], 595_000, AXIS, WIDTH);
  assert.deepEqual(all.map(({ kind, side }) => [kind, side]), [["not_measured", ""], ["stale", "right"]]);
});
