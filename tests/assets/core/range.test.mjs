import assert from "node:assert/strict";
import { test } from "node:test";

import {
  asked, AUTO, axisAt, between, fromSearch, isLive, moves, shifted, toSearch, zoomedOut,
} from "../../../assets/js/core/range.mjs";

const NOW = 1_700_000_000_000;

test("a range goes to the URL and back, and other parameters stay", () => {
  const range = { from: "now-1d/d+8h", to: "now-1h" };
  assert.deepEqual(fromSearch(toSearch("?sort=cpu", range)), range);
  assert.ok(toSearch("?sort=cpu", range).includes("sort=cpu"));
  assert.deepEqual(fromSearch(""), AUTO);
  assert.equal(toSearch("?from=now-1h&to=now", AUTO), "");
  assert.equal(toSearch("", { from: "now-6h", to: "now" }), "?from=now-6h");
});

test("auto asks for 5 minutes and grows from 1 minute to them", () => {
  assert.deepEqual(asked(AUTO), { from: "now-5m", to: "now" });
  const width = (first) => {
    const axis = axisAt(AUTO, null, NOW, first);
    assert.equal(axis.to, NOW);
    return axis.to - axis.from;
  };
  assert.deepEqual([Infinity, NOW - 5000, NOW - 150_000, NOW - 900_000].map(width), [60_000, 60_000, 150_000, 300_000]);
});

test("a relative range moves with now, a rounded edge and a fixed one stay", () => {
  const resolved = { from_ms: NOW - 60_000, to_ms: NOW, now_ms: NOW };
  assert.deepEqual(axisAt({ from: "now-1m", to: "now" }, resolved, NOW + 5000, Infinity), { from: NOW - 55_000, to: NOW + 5000 });
  assert.deepEqual(axisAt({ from: "now/d", to: "now" }, resolved, NOW + 5000, Infinity), { from: NOW - 60_000, to: NOW + 5000 });
  assert.deepEqual(axisAt({ from: "1", to: "2" }, resolved, NOW + 5000, Infinity), { from: NOW - 60_000, to: NOW });
  assert.equal(axisAt({ from: "now-1m", to: "now" }, null, NOW, Infinity), null);
});

test("only a range that ends now is live, and only unrounded expressions move", () => {
  assert.deepEqual([AUTO, { from: "now-1h", to: "now" }, { from: "1", to: "2" }, { from: "now-2h", to: "now-1h" }].map(isLive), [true, true, false, false]);
  assert.deepEqual(["now", "now-5m", "now/d", "1700000000000"].map(moves), [true, true, false, false]);
});

test("a zoom has at least ten seconds, whichever way it was dragged", () => {
  assert.deepEqual(between(NOW + 20_000, NOW), { from: String(NOW), to: String(NOW + 20_000) });
  assert.deepEqual(between(NOW, NOW + 10), { from: String(NOW - 4995), to: String(NOW + 5005) });
});

test("zooming out doubles, and is live again where it reaches now", () => {
  const past = { from: NOW - 400_000, to: NOW - 300_000 };
  assert.deepEqual(zoomedOut(past, NOW), { from: String(NOW - 450_000), to: String(NOW - 250_000) });
  assert.deepEqual(zoomedOut({ from: NOW - 60_000, to: NOW }, NOW), { from: "now-120s", to: "now" });
});

test("shifting moves by half, and past now is live again at the same width", () => {
  const axis = { from: NOW - 400_000, to: NOW - 300_000 };
  assert.deepEqual(shifted(axis, -1, NOW), { from: String(NOW - 450_000), to: String(NOW - 350_000) });
  assert.deepEqual(shifted({ from: NOW - 100_000, to: NOW - 10 }, 1, NOW), { from: "now-100s", to: "now" });
});
