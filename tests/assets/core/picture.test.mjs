import assert from "node:assert/strict";
import { test } from "node:test";

import { layout, traces, verticalAxis } from "../../../assets/js/core/picture.mjs";

const INKS = { line: ["l0", "l1", "ln"], fill: ["f0", "f1", "fn"], soft: ["s0", "s1", "sn"] };
const AXIS = { from: 0, to: 100 };
const STORE = { stepMs: 0, periodMs: 10 };
const one = (label, colour, v, below = false) => ({
  label, colour, below, series: { t: [0, 10, 20], v, j: [0, 1, 1], info: {} },
});
const draw = (kind, drawn, below = []) => traces({ draw: kind, below, unit: "count" }, STORE, drawn, AXIS, 100, INKS);

test("a stack is drawn from its top edge down, filled to zero, opaque", () => {
  const made = draw("stacked", [one("a", 0, [1, 1, 1]), one("b", 1, [2, 2, 2])]);
  assert.deepEqual(made.map(({ name, fill, fillcolor, y }) => [name, fill, fillcolor, y]), [
    ["b", "tozeroy", "f1", [3, 3, 3]],
    ["a", "tozeroy", "f0", [1, 1, 1]],
  ]);
});

test("a single line has a soft area, several have none", () => {
  assert.deepEqual(draw("line", [one("a", 0, [1, 1, 1])]).map(({ fillcolor, line }) => [fillcolor, line.width]), [["s0", 0], [undefined, 1.5]]);
  assert.ok(draw("line", [one("a", 0, [1, 1, 1]), one("b", 1, [1, 1, 1])]).every(({ fill }) => fill === undefined));
});

test("what lies below is drawn below, as a line or as a stack", () => {
  for (const kind of ["mirrored", "stacked"]) {
    const made = draw(kind, [one("a", 0, [1, 1, 1]), one("b", 1, [2, 2, 2], true)], ["m"]);
    assert.equal(Math.min(...made.flatMap(({ y }) => y)), -2);
    assert.equal(Math.max(...made.flatMap(({ y }) => y)), 1);
  }
});

test("what is free is drawn in the neutral ink", () => {
  assert.equal(draw("stacked", [one("free", -1, [1, 1, 1])])[0].fillcolor, "fn");
});

test("the value axis holds what is drawn and reaches the limit", () => {
  const axis = verticalAxis({ unit: "count", limit: 50, below: [] }, draw("line", [one("a", 0, [1, null, 3])]), 100);
  assert.deepEqual(axis.range, [0, 50]);
});

test("the layout keeps the skeleton and sets size and ranges", () => {
  const skeleton = { margin: { l: 1, r: 1, t: 1, b: 1 }, xaxis: { autorange: true, visible: false }, yaxis: {} };
  const made = layout(skeleton, 300, 100, AXIS, { range: [0, 4], values: [], texts: [] });
  assert.deepEqual(made.xaxis, { autorange: false, visible: false, type: "linear", range: [0, 100] });
  assert.deepEqual([made.width, made.height, made.yaxis.range], [300, 100, [0, 4]]);
});
