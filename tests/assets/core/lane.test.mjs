import assert from "node:assert/strict";
import { test } from "node:test";

import { countText, Happenings, markAt, MOST, SHAPES, stepped, told, toldText, WIDTH } from "../../../assets/js/core/lane.mjs";

const SECOND = 1000;
let made = 0;
const event = (seconds, mark = "started", more = {}) => ({
  id: String((made += 1)), time_ms: seconds * SECOND, entity: "c", name: "shop", mark, text: mark, count: 1, ...more,
});
const laid = (events, msPerPx = SECOND) => {
  const all = new Happenings();
  all.load(events);
  return all.laid(msPerPx);
};

test("events lie at their times, one path a shape", () => {
  const { marks, base, lefts, paths } = laid([event(100), event(40, "crashed"), event(200)]);
  assert.deepEqual(marks.map(({ time, shape, count }) => [time, shape, count]), [[40_000, "crashed", 1], [100_000, "started", 1], [200_000, "started", 1]]);
  assert.deepEqual([base, lefts], [40_000, [0, 60, 160]]);
  assert.deepEqual([...paths.keys()], ["crashed", "started"]);
  assert.equal(paths.get("started"), `M60.0 8${SHAPES.started}M160.0 8${SHAPES.started}`);
});

test("events within a mark's width become one of the most urgent shape with a count", () => {
  const { marks } = laid([event(0, "stopped"), event(3, "crashed"), event(WIDTH - 1, "started", { count: 12 }), event(WIDTH, "started")]);
  assert.deepEqual(marks.map(({ shape, count }) => [shape, count]), [["crashed", 14], ["started", 1]]);
  assert.deepEqual(marks.map(countText), ["9+", ""]);
  assert.equal(countText({ count: 3 }), "3");
});

test("marks never stand nearer than their width, whatever the scale", () => {
  const all = new Happenings();
  all.load(Array.from({ length: 500 }, (_, i) => event(((i * 7919) % 3600), i % 2 ? "started" : "stopped")));
  for (const msPerPx of [10, 600, 6000, 100_000]) {
    const { lefts, marks } = all.laid(msPerPx);
    for (let i = 1; i < lefts.length; i += 1) assert.ok(lefts[i] - lefts[i - 1] >= WIDTH - 1e-6);
    assert.equal(marks.reduce((sum, { count }) => sum + count, 0), 500);
  }
});

test("what came again is not counted, what came late takes its place", () => {
  const all = new Happenings();
  const first = event(100);
  all.load([first]);
  all.add([first, event(10)]);
  assert.deepEqual(all.events.map(({ time_ms }) => time_ms), [10_000, 100_000]);
  all.load([]);
  assert.deepEqual(all.events, []);
});

test("nothing is reckoned anew until something happens or the scale changes", () => {
  const all = new Happenings();
  all.load([event(1)]);
  const before = all.laid(500);
  assert.equal(all.laid(500.000001), before);
  assert.notEqual(all.laid(501), before);
  const later = all.laid(500);
  all.add([event(2)]);
  assert.notEqual(all.laid(500), later);
});

test("after many that came alone the lane is full, and a whole one empties it", () => {
  const all = new Happenings();
  all.load([event(0)]);
  all.add(Array.from({ length: MOST + 1 }, (_, i) => event(i)));
  assert.equal(all.full, true);
  all.load([event(0)]);
  assert.equal(all.full, false);
});

test("the mark near a time is found, and none where none is near", () => {
  const all = laid([event(0), event(100)]);
  assert.equal(markAt(all, 95_000)?.time, 100_000);
  assert.equal(markAt(all, 5000)?.time, 0);
  assert.equal(markAt(all, 50_000), null);
  assert.equal(markAt(laid([]), 0), null);
});

test("keys go from mark to mark and stay at the ends", () => {
  const { marks } = laid([event(0), event(100), event(200)]);
  const go = (time, key) => stepped(marks, time, key)?.time;
  assert.deepEqual([go(null, "End"), go(200_000, "ArrowLeft"), go(0, "ArrowLeft"), go(0, "ArrowRight")], [200_000, 100_000, 0, 100_000]);
  assert.deepEqual([go(200_000, "ArrowRight"), go(200_000, "Home"), go(null, "ArrowLeft")], [200_000, 0, 200_000]);
  assert.equal(stepped([], null, "End"), undefined);
});

test("a mark says time, name and what happened, and how many more there are", () => {
  const many = laid(Array.from({ length: 9 }, (_, i) => event(i / 10, "crashed", { text: "crashed, exit code 137" })));
  const { lines, more } = told(many.marks[0]);
  assert.deepEqual([lines.length, more], [6, "3 more"]);
  const crash = laid([...many.marks[0].events.map((one) => ({ ...one, id: `${one.id}x`, mark: "started" })), event(1, "crashed")]).marks[0];
  assert.equal(told(crash).lines.at(-1)?.shape, "crashed");
  assert.match(toldText(many.marks[0]), /^\d\d:\d\d:\d\d shop crashed, exit code 137; .*; 3 more$/);
  const together = laid([event(0, "oom", { count: 5 })]).marks[0];
  assert.deepEqual([told(together).lines[0].text, told(together).more], ["oom (and 4 more)", ""]);
});

test("a shape that is not known yet is drawn as what is not known", () => {
  const { marks } = laid([event(0, "paused")]);
  assert.equal(marks[0].shape, "starting");
  assert.equal(told(marks[0]).lines[0].shape, "starting");
});
