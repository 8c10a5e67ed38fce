import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Plot } from "../../../assets/js/page/plot.mjs";

const PLACE = { axis: { from: 0, to: 100 }, range: [0, 10], width: 100, height: 10 };
const trace = (y, more = {}) => ({ name: "a", x: [0, 100], y, line: { color: "red", width: 1 }, ...more });

let reacts = 0;
beforeEach(() => {
  reacts = 0;
  globalThis.window = { Plotly: { react: () => (reacts += 1) } };
});

function rig(groups) {
  const path = () => ({ d: null, setAttribute(_name, d) { this.d = d; } });
  const made = groups.map(([lines, area]) => ({ lines: Array.from({ length: lines }, path), area: area ? path() : null }));
  const gd = {
    layout: { margin: { l: 10, r: 10, t: 5, b: 5 }, xaxis: {}, yaxis: {} },
    classList: { contains: () => false },
    querySelectorAll: () => made.map(({ lines, area }) => ({ querySelectorAll: () => lines, querySelector: () => area })),
  };
  const plot = new Plot({ clientWidth: 120, clientHeight: 20, querySelector: () => gd }, 0);
  assert.equal(plot.innerWidth(plot.skeleton), 100);
  return { plot, made, draw: (data, at) => plot.draw(data, () => ({}), PLACE, at) };
}

test("where only points have moved Plotly's paths are moved, and Plotly follows after ten seconds", () => {
  const { made, draw } = rig([[1, true]]);
  const filled = { fill: "tozeroy", fillcolor: "blue" };
  draw([trace([10, 0], filled)], 0);
  draw([trace([0, 10], filled)], 1000);
  assert.equal(reacts, 1);
  assert.equal(made[0].lines[0].d, "M0,10L100,0");
  assert.equal(made[0].area.d, "M0,10L100,0L100,10L0,10Z");
  draw([trace([0, 10], filled)], 10_001);
  assert.equal(reacts, 2);
});

test("a line in pieces becomes one path, and the other pieces go", () => {
  const { made, draw } = rig([[2, false]]);
  draw([trace([0, 10])], 0);
  draw([trace([0, 10])], 100);
  assert.deepEqual(made[0].lines.map(({ d }) => d), ["M0,10L100,0", ""]);
});

test("new colours, other series and other sizes go through Plotly", () => {
  const { plot, draw } = rig([[1, false]]);
  draw([trace([0, 10])], 0);
  draw([trace([0, 10], { line: { color: "blue", width: 1 } })], 100);
  plot.width = 200;
  draw([trace([0, 10], { line: { color: "blue", width: 1 } })], 200);
  assert.equal(reacts, 3);
});

test("paths that are not as expected leave everything to Plotly", () => {
  for (const groups of [[], [[0, false]], [[1, false], [1, false]]]) {
    const { draw } = rig(groups);
    reacts = 0;
    for (const at of [0, 100, 200]) draw([trace([0, 10])], at);
    assert.equal(reacts, 3);
  }
});
