import assert from "node:assert/strict";
import { test } from "node:test";

import { drawnSeries, suffixOf } from "../../../assets/js/core/drawn.mjs";
import { Series } from "../../../assets/js/core/series.mjs";

function storeOf(...infos) {
  return { series: new Map(infos.map(([entity, metric, label], i) => [String(i), new Series({ key: String(i), entity, metric, label, unit: "" })])) };
}
const settings = (metrics, below = [], others = []) => ({
  metrics, below, query: `metrics=${[...metrics, ...below, ...others].join(",")}`,
});
const labels = (drawn) => drawn.map(({ label }) => label);

test("series stand in the order of the metrics, then of their names", () => {
  const store = storeOf(["c10", "m.b", "x10 b"], ["c2", "m.b", "x2 b"], ["c2", "m.a", "x2 a"]);
  assert.deepEqual(labels(drawnSeries(settings(["m.a", "m.b"]), store)), ["x2 a", "x2 b", "x10 b"]);
});

test("what is only the headline is not drawn, and does not lengthen labels", () => {
  const store = storeOf(["h", "s.cpu.utilization", "utilization"], ["h", "s.cpu.utilization.user", "utilization.user"]);
  assert.deepEqual(labels(drawnSeries(settings(["s.cpu.utilization.user", "s.cpu.utilization.system"], [], ["s.cpu.utilization"]), store)), ["user"]);
});

test("two sides are told by marks where there are names, by words where there is none", () => {
  const sides = settings(["n.io.receive"], ["n.io.transmit"]);
  const two = storeOf(["e", "n.io.receive", "eth0 receive"], ["e", "n.io.transmit", "eth0 transmit"]);
  assert.deepEqual(labels(drawnSeries(sides, two)), ["eth0 ▲", "eth0 ▼"]);
  assert.deepEqual(drawnSeries(sides, two).map(({ below }) => below), [false, true]);
  const one = storeOf(["e", "n.io.receive", "receive"], ["e", "n.io.transmit", "transmit"]);
  assert.deepEqual(labels(drawnSeries(sides, one)), ["receive", "transmit"]);
});

test("words that all metrics share are left out at both ends", () => {
  const store = storeOf(["h", "p.cpu.some", "cpu.some"], ["h", "p.io.some", "io.some"]);
  assert.deepEqual(labels(drawnSeries(settings(["p.cpu.some", "p.io.some"]), store)), ["cpu", "io"]);
});

test("several entities have a colour each, one has a colour for each metric", () => {
  const two = drawnSeries(settings(["n.r"], ["n.t"]), storeOf(["a", "n.r", "a r"], ["a", "n.t", "a t"], ["b", "n.r", "b r"]));
  assert.equal(two[0].colour, two[2].colour);
  assert.notEqual(two[0].colour, two[1].colour);
  const one = drawnSeries(settings(["u.user", "u.system"]), storeOf(["h", "u.user", "user"], ["h", "u.system", "system"]));
  assert.notEqual(one[0].colour, one[1].colour);
});

test("a metric's suffix is its last word", () => {
  assert.equal(suffixOf("system.cpu.time.user"), "user");
});
