import assert from "node:assert/strict";
import { test } from "node:test";

import { applied, changeOf, isEmpty, isKept, merged, nextTheme, NOTHING, placeOf, placeText } from "../../../assets/js/core/preferences.mjs";

const KEPT = { theme: "dark", pins: ["a", "b", "c"], last: "/hosts/a", count: 3 };

test("what is kept is known from what is not", () => {
  assert.ok([NOTHING, KEPT].every(isKept));
  const bad = [null, 1, "", [], {}, { ...KEPT, theme: "pink" }, { ...KEPT, pins: "a" }, { ...KEPT, pins: [1] },
    { ...KEPT, pins: Array(101).fill("a") }, { ...KEPT, last: null }, { ...KEPT, count: 0.5 }];
  assert.ok(!bad.some(isKept));
});

test("a change leaves alone what it does not name", () => {
  assert.deepEqual(applied(KEPT, {}), KEPT);
  assert.deepEqual(applied(KEPT, { theme: "light" }), { ...KEPT, theme: "light" });
  assert.deepEqual(applied(KEPT, { last: "/system" }), { ...KEPT, last: "/system" });
});

test("pins keep their order: new ones last, one that is unpinned and pinned goes to the end", () => {
  assert.deepEqual(applied(KEPT, { pin: ["d", "a"], unpin: ["b"] }).pins, ["a", "c", "d"]);
  assert.deepEqual(applied(KEPT, { pin: ["a"], unpin: ["a"] }).pins, ["b", "c", "a"]);
});

test("two changes merged do what they do one after the other", () => {
  const changes = [{}, { theme: "light" }, { pin: ["a"] }, { unpin: ["a"] }, { pin: ["d", "e"] }, { unpin: ["d", "b"] },
    { pin: ["b"], unpin: ["b"] }, { last: "/system", pin: ["x"] }];
  for (const first of changes) {
    for (const then of changes) {
      const both = applied(applied(KEPT, first), then);
      assert.deepEqual(applied(KEPT, merged(first, then)), both, JSON.stringify([first, then]));
    }
  }
  assert.ok(isEmpty(merged({}, {})));
  assert.ok(!isEmpty(merged({ pin: ["a"] }, { unpin: ["a"] })));
});

test("of a browser's own copy only what can be read counts", () => {
  for (const bad of [undefined, null, 3, "x", [], { pin: "a", theme: "pink", last: 3 }, { pin: [1], unpin: {} }]) {
    assert.ok(isEmpty(changeOf(bad)), JSON.stringify(bad));
  }
  assert.deepEqual(changeOf({ theme: "dark", pin: ["a", 1], unpin: ["b"], more: 1 }), { theme: "dark", pin: ["a"], unpin: ["b"] });
});

test("the theme goes to the other one first, then to the system's own by choice, then back to the system", () => {
  const round = (dark) => ["system", nextTheme("system", dark), nextTheme(nextTheme("system", dark), dark)];
  assert.deepEqual([round(true), round(false)], [["system", "light", "dark"], ["system", "dark", "light"]]);
  assert.deepEqual([nextTheme("dark", true), nextTheme("light", false)], ["system", "system"]);
});

test("the bare list of hosts is no place to come back to", () => {
  assert.deepEqual([placeOf("/", ""), placeOf("/", "?find=web"), placeOf("/hosts/a", "?from=now-1h")], ["", "/?find=web", "/hosts/a?from=now-1h"]);
});

test("a place is told in words", () => {
  const hosts = [{ id: "db 2", name: "db-2" }];
  const texts = {
    "/hosts/db%202?from=now-1h": "host db-2, last hour",
    "/hosts/db%202?from=now-15m&to=now": "host db-2, last 15 minutes",
    "/hosts/x?from=now-1d&to=now-1h": "host x, now-1d – now-1h",
    "/hosts/x?from=now/d": "host x, now/d – now",
    "/hosts/%ff": "host %ff",
    "/containers/0123456789abcdef?from=now-6h": "container 0123456789ab, last 6 hours",
    "/system": "system",
    "/?find=web%20prod": "hosts, “web prod”",
    "/?sort=cpu": "hosts",
  };
  for (const [place, text] of Object.entries(texts)) assert.equal(placeText(place, hosts), text);
  assert.match(placeText("/hosts/x?from=1700000000000&to=1700000600000", []), /^host x, \w+ \d+, \d\d:\d\d:\d\d – /);
});

test("a place of another site, or one that is no page, is nothing", () => {
  for (const bad of ["", "x", "//evil.example/", "/\\evil.example", "https://evil.example/", "/api/v1/query", "/hosts/a/b", "/nowhere"]) {
    assert.equal(placeText(bad, []), "", bad);
  }
});
