import assert from "node:assert/strict";
import { test } from "node:test";

import { PageView } from "../../../assets/js/page/view.mjs";

const NOW = 1_700_000_000_000;
const HOST = {
  id: "h", name: "", fleet: "", note: "", state: "live", for_ms: 0, age_ms: 100, offset_ms: 0, now_ms: NOW,
  period_ms: 1000, queue: { count: 0, from_ms: null, to_ms: null },
};

function rig(search = "") {
  const urls = [];
  const view = new PageView("h", { search, pathname: "/hosts/h" }, { replaceState: (_state, _title, url) => urls.push(url) });
  view.setPresence([HOST], 0);
  return { view, urls };
}
const heard = (view, row) => view.setPresence([{ ...HOST, now_ms: NOW + row * 1000, age_ms: 100 }], row * 1000);

test("the URL is read, and written when the range changes", () => {
  const { view, urls } = rig("?from=now-1h");
  assert.deepEqual(view.range, { from: "now-1h", to: "now" });
  view.setRange({ from: "now-6h", to: "now" });
  view.setRange({ from: "now-6h", to: "now" });
  view.resume();
  assert.deepEqual(urls, ["/hosts/h?from=now-6h", "/hosts/h"]);
});

test("a pause keeps what is on the screen and counts what comes", () => {
  const { view, urls } = rig();
  const axis = view.axis(500);
  view.pause(500);
  assert.equal(view.live, false);
  assert.deepEqual(view.axis(9000), axis);
  for (const row of [1, 2, 3]) heard(view, row);
  heard(view, 3);
  assert.equal(view.newRows, 3);
  assert.match(urls[0], /from=\d+&to=\d+/);
  view.resume();
  assert.deepEqual([view.live, view.newRows, view.axis(9000).to], [true, 0, NOW + 9000]);
});

test("the axis waits for the server where an expression must be resolved", () => {
  const { view } = rig("?from=now-1h");
  assert.equal(view.axis(0), null);
  view.learn({ view: { from_ms: NOW - 3_600_000, to_ms: NOW, now_ms: NOW }, store: { first: NOW } });
  assert.deepEqual(view.axis(1000), { from: NOW - 3_599_000, to: NOW + 1000 });
});

test("the age of the newest row goes on between messages", () => {
  const { view } = rig();
  assert.equal(view.hostAge(400), 500);
  view.setPresence([{ id: "h", name: "", fleet: "", note: "", state: "unknown" }], 500);
  assert.equal(view.hostAge(600), Infinity);
});

test("a host is as fresh as the rows that are here, not as what was told of it before they came", () => {
  const { view } = rig();
  view.setPresence([{ ...HOST, age_ms: 900 }], 1000);
  view.arrived({ rowMs: NOW, sentMs: NOW + 30, arrivedAt: 1500 });
  view.arrived({ rowMs: NOW - 1, sentMs: NOW + 40, arrivedAt: 1510 });
  assert.equal(view.hostAge(1500), 30);
  view.setPresence([{ ...HOST, age_ms: 1400 }], 1600);
  assert.deepEqual([view.hostAge(1600), view.presence.age_ms], [130, 130]);
  view.setPresence([{ ...HOST, age_ms: 20 }], 2600);
  assert.equal(view.hostAge(2700), 120);
});

test("who listens to a topic is told", () => {
  const { view } = rig();
  const told = [];
  view.on("range", () => told.push("range"));
  view.on("presence", () => told.push("presence"));
  heard(view, 1);
  view.setRange({ from: "now-6h", to: "now" });
  assert.deepEqual(told, ["presence", "range"]);
});

test("what a person looks for stands in the URL", () => {
  const { view, urls } = rig("?from=now-1h");
  const told = [];
  view.on("find", () => told.push(view.find));
  view.setFind("shop web");
  view.setFind("");
  assert.deepEqual([told, urls], [["shop web", ""], ["/hosts/h?from=now-1h&find=shop+web", "/hosts/h?from=now-1h"]]);
  assert.equal(rig("?find=db").view.find, "db");
});

test("what is wrong with a graph is told until it is well", () => {
  const { view } = rig();
  view.setError("cpu", "the store does not answer");
  view.setError("memory", "");
  assert.equal(view.error, "the store does not answer");
  view.setError("cpu", "");
  assert.equal(view.error, "");
});
