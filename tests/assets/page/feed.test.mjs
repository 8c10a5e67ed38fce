import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../../assets/js/page/feed.mjs";

const QUERY = "metrics=m&from=now-5m";

function rig() {
  const sent = [];
  const feed = new Feed((text) => sent.push(JSON.parse(text)));
  const told = [];
  return { sent, feed, told, listener: (change) => told.push(change) };
}

function view(id, more = {}) {
  return {
    type: "view", id, step_ms: 0, from_ms: 0, to_ms: 300_000, now_ms: 300_000, live: true, period_ms: 1000,
    series: [{ key: "0", entity: "h", metric: "m", label: "l", unit: "" }],
    columns: { 0: { t: [1000], v: [1], j: [0] } }, error: null, ...more,
  };
}
const points = (id, now_ms, ...list) => ({ type: "points", id, now_ms, series: [], points: list, remove: [] });

test("one query is asked for once, however many listen, and given up with the last", () => {
  const { sent, feed, listener } = rig();
  const first = feed.join(QUERY, listener);
  const other = () => {};
  assert.equal(feed.join(QUERY, other), first);
  feed.leave(first, listener);
  feed.leave(first, other);
  assert.deepEqual(sent, [{ op: "subscribe", id: 1, query: QUERY }, { op: "unsubscribe", id: 1 }]);
});

test("views and points reach those who listen, and say what changed", () => {
  const { feed, told, listener } = rig();
  const subscription = feed.join(QUERY, listener);
  feed.receive(view(1));
  feed.receive(points(1, 300_000, ["0", 2000, 2, 1]));
  feed.receive({ ...points(1, 300_000, ["1", 2000, 2, 1]), series: [{ key: "1", entity: "", metric: "", label: "", unit: "" }] });
  feed.receive({ type: "error", id: 1, error: "query", reason: "no", hint: "try" });
  feed.receive(view(99));
  assert.deepEqual(told, ["view", "points", "series", "error"]);
  assert.equal(subscription.error, "no try");
  assert.equal(feed.areRows(1), true);
});

test("points before the whole view are of no use", () => {
  const { feed, told, listener } = rig();
  feed.join(QUERY, listener);
  feed.receive(points(1, 0, ["0", 1, 1, 1]));
  assert.deepEqual(told, []);
  assert.equal(feed.areRows(1), false);
});

test("a window that slides gives up what has left it", () => {
  const { feed, listener } = rig();
  const { store } = feed.join(QUERY, listener);
  feed.receive(view(1));
  for (let t = 2000; t < 400_000; t += 1000) feed.receive(points(1, t, ["0", t, 1, 1]));
  assert.ok(store.first > 20_000 && store.first < 100_000);
});

test("after a new connection and on waking everything is asked for again; asleep nothing is", () => {
  const { sent, feed, listener } = rig();
  feed.join(QUERY, listener);
  feed.sleep();
  feed.join("metrics=n", listener);
  sent.length = 0;
  feed.renew();
  assert.deepEqual(sent.map(({ op, id }) => [op, id]), [["subscribe", 1], ["subscribe", 2]]);
});
