import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, subscribe, unsubscribe, watch, watchAll, watchSystem } from "../../../assets/js/core/messages.mjs";

const VIEW = {
  type: "view", id: 7, step_ms: 0, from_ms: 1, to_ms: 2, now_ms: 2, live: true, period_ms: 1000,
  series: [{ key: "0", entity: "h", metric: "m", label: "l", unit: "1" }],
  columns: { 0: { t: [1, 2], v: [0.5, null], j: [0, 1] } }, error: null,
};
const HOST = {
  id: "h", name: "web", fleet: "f", state: "live", for_ms: 0, age_ms: 5, offset_ms: 0, now_ms: 9, period_ms: 1000,
  queue: { count: 0, from_ms: null, to_ms: null }, note: "",
};
const SYSTEM = {
  type: "system", level: "warn", problems: [{ level: "warn", text: "t", hint: "" }],
  store: {
    url: "embedded:var", level: "ok", text: "answers", detail: "", hint: "", waited_ms: 0, refresh_ms: 0, write_ms: null,
    bytes: 1, samples: null,
  },
  web: { name: "w", version: "1", up_ms: 1, window_rows: 2, tiles: { bytes: 0, max_bytes: 1, entries: 0, hit_ratio: null } },
  webs: [{ name: "w1", url: "", version: "1", reads: ["i1"], lacks: [] }],
  nodes: [{
    node: "i", version: "1", state: "live", link: "", age_ms: 1, up_ms: 1, store: "", commit_ms: 1, waiting: 0, waiting_bytes: 0,
    records: null, retried: 0, readers: 1, url: "", latency_ms: null, link_ms: 5,
  }],
  backlog: { hosts: 1, records: 2, shown: [{ host: "h", name: "web", state: "live", count: 2, from_ms: 1, held_ms: 1 }] },
  collectors: { hosts: 1, shown: [{ host: "h", name: "web", level: "bad", about: "clock", text: "", offset_ms: 9 }] },
};
const GOOD = [
  SYSTEM,
  VIEW,
  { type: "hello", node: "n", w_ms: 10_000, version: "0.1.0" },
  { type: "points", id: 7, now_ms: 3, series: [], points: [["0", 3, null, 0], ["0", 4, 1.5, 1]], remove: [["0", 1]] },
  { type: "presence", hosts: [HOST, { id: "x", name: "x", fleet: "", state: "unknown", note: "" }] },
  { type: "presence", hosts: [], retired: ["x"] },
  {
    type: "events", host: "h", container: "", whole: true,
    events: [{ id: "e", time_ms: 1, entity: "c", name: "shop", mark: "crashed", text: "crashed, exit code 1", count: 1 }],
  },
  {
    type: "containers", host: "h", container: "",
    containers: [{ id: "c", name: "shop", project: "", service: "", image: "", runtime: "docker", health: "healthy" }],
  },
  { type: "store", read_only: true },
  { type: "found", find: "shop", hosts: { h: { names: ["shop-1"], count: 4 } } },
  { type: "preferences", person: "ann", kept: { theme: "dark", pins: ["h"], last: "/hosts/h", count: 2 } },
  { type: "preferences", person: "", kept: null },
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
    JSON.stringify({ type: "presence", hosts: [], retired: [1] }),
    JSON.stringify({ type: "gaps", host: "h", gaps: [null] }),
    JSON.stringify({ type: "store", read_only: "no" }),
    JSON.stringify({ type: "found", find: "a", hosts: { h: { names: [1], count: 1 } } }),
    JSON.stringify({ type: "preferences", person: "ann", kept: { theme: "pink", pins: [], last: "", count: 2 } }),
    JSON.stringify({ type: "containers", host: "h", container: "", containers: [{ id: "c" }] }),
    JSON.stringify({ type: "events", host: "h", container: "", whole: 1, events: [] }),
    JSON.stringify({ type: "events", host: "h", container: "", whole: true, events: [{ id: "e", time_ms: "1" }] }),
    JSON.stringify({ ...SYSTEM, level: "fine" }),
    JSON.stringify({ ...SYSTEM, problems: [{ level: "warn" }] }),
    JSON.stringify({ ...SYSTEM, store: { ...SYSTEM.store, bytes: "1" } }),
    JSON.stringify({ ...SYSTEM, web: { ...SYSTEM.web, tiles: null } }),
    JSON.stringify({ ...SYSTEM, nodes: [{ ...SYSTEM.nodes[0], age_ms: null }] }),
    JSON.stringify({ ...SYSTEM, webs: [{ ...SYSTEM.webs[0], lacks: [1] }] }),
    JSON.stringify({ ...SYSTEM, backlog: [] }),
    JSON.stringify({ ...SYSTEM, collectors: { hosts: 1, shown: [{ host: "h" }] } }),
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
  assert.equal(watch("h", { from: "a", to: "b" }, "c"), '{"op":"watch","host":"h","container":"c","from":"a","to":"b"}');
  assert.equal(watchAll(""), '{"op":"watch","host":null}');
  assert.equal(watchAll("shop"), '{"op":"watch","host":null,"find":"shop"}');
  assert.equal(watchSystem(), '{"op":"watch","system":true}');
});
