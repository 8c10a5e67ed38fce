import assert from "node:assert/strict";
import { test } from "node:test";

import { foundRows, foundText, orderOf, orderText, rows, sorted, summary, untoldText, withPinned } from "../../../assets/js/core/fleet.mjs";

const presence = (id, state) => ({ id, name: `name-${id}`, fleet: "f", note: "", state });
const known = (id, containers = null) => ({ id, name: id, fleet: "f", cores: 2, containers });

function storeOf(...points) {
  const series = points.map(([entity, metric, label, value], i) => [
    String(i), { info: { entity, metric, label }, t: [1000], v: [value], j: [0] },
  ]);
  return { series: new Map(series), newest: 1000, stepMs: 1000, periodMs: 1000 };
}

test("hosts of the page and of presence are one table", () => {
  const all = rows([known("a", 3)], [presence("a", "live"), presence("b", "down")], {});
  assert.deepEqual(all.map(({ id, name, containers }) => [id, name, containers]), [["a", "name-a", 3], ["b", "name-b", null]]);
});

test("values find their host by entity, or by the group of a query by host", () => {
  const stores = {
    host: storeOf(["a", "system.cpu.utilization", "a utilization", 0.5]),
    filesystem: storeOf(["", "system.filesystem.utilization", "a", 0.7]),
    network: storeOf(["", "system.network.io.receive", "a receive", 9], ["", "system.network.io.transmit", "zz transmit", 9]),
  };
  const [row] = rows([known("a")], [], stores);
  assert.deepEqual(row.values, { cpu: 0.5, disk: 0.7, receive: 9 });
  assert.equal(row.cpu.v[0], 0.5);
});

test("rows are sorted by state, name, or value, unknown last", () => {
  const all = rows([], [presence("b10", "live"), presence("b2", "live"), presence("c", "silent"), presence("d", "down")], {});
  const ids = (order) => sorted(all, orderOf(order)).map(({ id }) => id);
  assert.deepEqual(ids(null), ["d", "c", "b2", "b10"]);
  assert.deepEqual(ids("-name"), ["d", "c", "b10", "b2"]);
  all[0].values.cpu = 0.1;
  all[2].values.cpu = 0.9;
  assert.deepEqual(ids("cpu"), ["c", "b10", "b2", "d"]);
  assert.deepEqual(ids("-cpu"), ["b10", "c", "b2", "d"]);
});

test("pinned hosts stand first, sorted as the others are", () => {
  const all = rows([], [presence("a", "live"), presence("b", "live"), presence("c", "silent"), presence("d", "down")], {});
  const ids = (order, pins) => sorted(all, orderOf(order), pins).map(({ id }) => id);
  assert.deepEqual(ids(null, ["b", "c", "gone"]), ["c", "b", "d", "a"]);
  assert.deepEqual(ids("-name", ["a", "b"]), ["b", "a", "d", "c"]);
});

test("a pinned host that is not known has a row, one that is known has one alone", () => {
  const all = rows(withPinned([known("a", 3)], ["a", "gone"]), [], {});
  assert.deepEqual(all.map(({ id, name, presence: told }) => [id, name, told]), [["a", "a", null], ["gone", "gone", null]]);
});

test("containers are counted as presence tells, those that are not well first", () => {
  const all = rows([known("a", 9)], [{ ...presence("a", "live"), containers: 3 }, { ...presence("b", "live"), containers: 1, unhealthy: 1 }], {});
  assert.deepEqual(all.map(({ containers, unhealthy }) => [containers, unhealthy]), [[3, 0], [1, 1]]);
  assert.deepEqual(sorted(all, orderOf("containers")).map(({ id }) => id), ["b", "a"]);
});

test("a host is found by name, fleet, or by its containers", () => {
  const all = rows([known("web-1"), known("web-2"), { ...known("db"), fleet: "Blue" }], [], {});
  const ids = (text, hosts = {}) => foundRows(all, text, hosts).map(({ id }) => id);
  assert.equal(ids("").length, 3);
  assert.deepEqual(ids("WEB 2"), ["web-2"]);
  assert.deepEqual(ids("blue"), ["db"]);
  assert.deepEqual(ids("nginx", { "web-1": {} }), ["web-1"]);
  assert.deepEqual([foundText(undefined), foundText({ names: ["a", "b"], count: 2 }), foundText({ names: ["a"], count: 3 })], ["", "a, b", "a and 2 more"]);
});

test("an order goes to the URL and back", () => {
  for (const text of ["cpu", "-name"]) assert.equal(orderText(orderOf(text)), text);
  assert.deepEqual(orderOf(null), { key: "state", reversed: false });
});

test("the summary counts states", () => {
  assert.equal(summary(rows([known("x")], [presence("a", "live"), presence("b", "live"), presence("c", "down")], {})), "2 live · 1 down · 1 unknown");
});

test("a host whose values are there is not said to be unheard", () => {
  const store = storeOf(["a", "system.cpu.utilization", "a utilization", 0.5], ["b", "system.cpu.utilization", "b utilization", null]);
  const all = rows([known("a"), known("b"), known("c")], [], { host: store });
  assert.deepEqual(all.map((row) => untoldText(row, true)), ["its rows come", "not heard yet", "not heard yet"]);
  assert.equal(untoldText(all[0], false), "for over a day");
});
