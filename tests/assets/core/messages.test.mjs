import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, subscribe, unsubscribe, watch } from "../../../assets/js/core/messages.mjs";

const VIEW = {
  type: "view", id: 7, step_ms: 0, from_ms: 1, to_ms: 2, now_ms: 2, live: true, period_ms: 1000,
  series: [{ key: "0", entity: "h", metric: "m", label: "l", unit: "1" }],
  columns: { 0: { t: [1, 2], v: [0.5, null], j: [0, 1] } }, error: null,
};
const HOST = {
  id: "h", name: "web", fleet: "f", state: "live", for_ms: 0, age_ms: 5, offset_ms: 0, now_ms: 9, period_ms: 1000,
  queue: { count: 0, from_ms: null, to_ms: null }, note: "",
};
const GOOD = [
  VIEW,
  { type: "hello", node: "n", w_ms: 10_000, version: "0.1.0" },
  { type: "points", id: 7, now_ms: 3, series: [], points: [["0", 3, null, 0], ["0", 4, 1.5, 1]], remove: [["0", 1]] },
  { type: "presence", hosts: [HOST, { id: "x", name: "x", fleet: "", state: "unknown", note: "" }] },
  { type: "gaps", host: "h", gaps: [{ from_ms: 1, to_ms: 2, state: "waiting", text: "waiting" }] },
  { type: "error", id: null, error: "query", reason: "r", hint: "h" },
];

test("each message of the protocol is read as it was sent", () => {
  for (const message of GOOD) assert.deepEqual(decode(JSON.stringify(message)), message);
});

test("what is malformed becomes an invalid message that says why", () => {
  const bad = [
    "", "{", "null", "[]", "7", '{"type":7}', '{"type":"toString"}', '{"type":"view"}',
    JSON.stringify({ ...VIEW, columns: { 0: { t: [1], v: [1, 2], j: [0] } } }),
    JSON.stringify({ ...VIEW, series: [{ key: 0 }] }),
    JSON.stringify({ ...VIEW, now_ms: "1" }),
    '{"type":"points","id":7,"now_ms":3,"series":[],"points":[["0"]],"remove":[]}',
    JSON.stringify({ type: "presence", hosts: [{ ...HOST, state: "well" }] }),
    JSON.stringify({ type: "gaps", host: "h", gaps: [null] }),
  ];
  for (const text of bad) {
    const message = decode(text);
    assert.equal(message.type, "invalid", text);
    assert.ok(message.reason.length > 0);
  }
});

test("arbitrary damage to good messages never throws", () => {
  let seed = 1;
  const random = (n) => {
    seed = (seed * 48271) % 2147483647;
    return seed % n;
  };
  for (let i = 0; i < 3000; i += 1) {
    const text = JSON.stringify(GOOD[random(GOOD.length)]);
    const at = random(text.length);
    decode(text.slice(0, at) + String.fromCharCode(random(128)) + text.slice(at + random(5)));
  }
});

test("orders are the protocol's", () => {
  assert.equal(subscribe(7, "metrics=m"), '{"op":"subscribe","id":7,"query":"metrics=m"}');
  assert.equal(unsubscribe(7), '{"op":"unsubscribe","id":7}');
  assert.equal(watch("h", { from: "now-5m", to: "now" }), '{"op":"watch","host":"h","from":"now-5m","to":"now"}');
  assert.equal(watch(null), '{"op":"watch","host":null}');
});
