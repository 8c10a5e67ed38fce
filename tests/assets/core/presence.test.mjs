import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "UTC";
const { noticeText, stateText, stateWords, URGENCY } = await import("../../../assets/js/core/presence.mjs");

const HOST = {
  id: "h", name: "web", fleet: "", note: "", state: "live", for_ms: 5000, age_ms: 300, offset_ms: 0,
  now_ms: Date.UTC(2026, 0, 31, 14, 2, 15), period_ms: 1000, queue: { count: 0, from_ms: null, to_ms: null },
};

test("each state says since when", () => {
  assert.equal(stateText(HOST, 100), "live · 0.4 s ago");
  assert.equal(stateText({ ...HOST, state: "silent" }, 1000), "silent for 6.0 s");
  assert.equal(stateText({ ...HOST, state: "down" }, 0), "down for 5.0 s");
  assert.equal(stateText({ ...HOST, state: "stopped" }, 9000), "stopped since 14:02:10");
  assert.deepEqual(stateWords({ ...HOST, state: "unknown" }, 0), ["unknown", "not heard of yet"]);
});

test("the notice names offset, queue, doubles and what is wrong, and is empty when all is well", () => {
  assert.equal(noticeText(HOST), "");
  assert.match(noticeText({ ...HOST, offset_ms: -3_600_000 }), /clock is 1 h behind the server's/);
  assert.match(noticeText({ ...HOST, queue: { ...HOST.queue, count: 10 } }), /holds 10 records/);
  assert.match(noticeText({ ...HOST, note: "two collectors report this host" }), /^two collectors report this host\./);
  assert.match(noticeText({ ...HOST, state: "silent" }), /Nothing arrives/);
  assert.equal(noticeText({ id: "h", name: "", fleet: "", note: "", state: "unknown" }), "");
});

test("a host that may be heard elsewhere is what it was, and why is said", () => {
  const suspended = "the link to ingest-2 is broken since 14:02:10 UTC";
  assert.equal(stateText({ ...HOST, suspended }, 100), "was live · 5.1 s ago");
  assert.equal(stateText({ ...HOST, state: "silent", suspended }, 0), "was silent · 5.0 s ago");
  assert.equal(stateText({ id: "h", name: "", fleet: "", note: "", state: "unknown", suspended }, 0), "unknown · cannot be judged");
  for (const state of ["live", "silent", "down", "unknown"]) {
    assert.equal(noticeText({ ...HOST, state, suspended }), `Whether it still is so is not known: ${suspended}.`);
  }
});

test("the worst state is the most urgent", () => {
  const order = Object.entries(URGENCY).sort((a, b) => b[1] - a[1]).map(([state]) => state);
  assert.deepEqual(order, ["down", "silent", "stopped", "unknown", "live"]);
});
