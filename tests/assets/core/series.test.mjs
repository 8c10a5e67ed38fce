import assert from "node:assert/strict";
import { test } from "node:test";

import { Series, SeriesStore } from "../../../assets/js/core/series.mjs";

const INFO = { key: "0", entity: "h", metric: "m", label: "l", unit: "1" };

function filled(points) {
  const series = new Series(INFO);
  for (const [t, v, j] of points) series.set(t, v, j);
  return series;
}

function store() {
  const made = new SeriesStore();
  made.load({
    type: "view", id: 1, step_ms: 1000, from_ms: 0, to_ms: 9, now_ms: 9, live: true, period_ms: 2000, series: [INFO],
    columns: { 0: { t: [10, 20], v: [1, 2], j: [0, true] } }, error: null,
  });
  return made;
}

test("points come in order, are replaced by their bucket, and inserted where they belong", () => {
  const series = filled([[10, 1, 0], [30, 3, 1], [20, 2, 1], [30, 4, 1], [5, 0, 0]]);
  assert.deepEqual([series.t, series.v, series.j], [[5, 10, 20, 30], [0, 1, 2, 4], [0, 0, 1, 1]]);
});

test("the order of arrival does not matter", () => {
  const points = Array.from({ length: 50 }, (_, i) => [i * 10, i, i % 2]);
  const backwards = filled([...points].reverse());
  assert.deepEqual(backwards, filled(points));
});

test("a point that is removed is gone, and one that is not there does not matter", () => {
  const series = filled([[10, 1, 0], [20, 2, 1]]);
  series.remove(10);
  series.remove(15);
  assert.deepEqual(series.t, [20]);
});

test("trimming keeps the point before the edge, and is lazy", () => {
  const series = filled(Array.from({ length: 200 }, (_, i) => [i, i, 1]));
  series.trim(50);
  assert.equal(series.t.length, 200);
  series.trim(150);
  assert.equal(series.t[0], 149);
});

test("a view replaces everything", () => {
  const made = store();
  assert.deepEqual([made.stepMs, made.periodMs, made.first, made.newest], [1000, 2000, 10, 20]);
  assert.deepEqual(made.series.get("0").j, [0, 1]);
  made.load({ ...made, series: [], columns: {}, step_ms: 0, period_ms: 1 });
  assert.deepEqual([made.series.size, made.first, made.newest], [0, Infinity, -Infinity]);
});

test("points change what is there, and say when series are new", () => {
  const made = store();
  const change = { type: "points", id: 1, now_ms: 0, series: [], points: [["0", 30, 3, 1], ["9", 1, 1, 1]], remove: [["0", 10]] };
  assert.equal(made.apply(change), false);
  assert.deepEqual(made.series.get("0").t, [20, 30]);
  assert.equal(made.apply({ ...change, series: [{ ...INFO, key: "9" }] }), true);
  assert.deepEqual(made.series.get("9").t, [1]);
});
