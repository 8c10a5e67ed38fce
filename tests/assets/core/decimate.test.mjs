import assert from "node:assert/strict";
import { test } from "node:test";

import { kept, line } from "../../../assets/js/core/decimate.mjs";

const COUNT = 3600;
const t = Array.from({ length: COUNT }, (_, i) => i * 1000);
const v = t.map((_, i) => Math.sin(i / 50) + (i % 97 === 0 ? 5 : 0));
const j = t.map((_, i) => (i === 0 ? 0 : 1));

test("each column keeps its least and its greatest, in order", () => {
  const columnMs = 6000;
  const places = kept(t, [v], 0, COUNT, columnMs);
  assert.ok(places.length <= 2 * Math.ceil((COUNT * 1000) / columnMs) + 2);
  assert.ok(places.every((place, i) => i === 0 || place > places[i - 1]));
  for (let column = 0; column < COUNT / 6; column += 1) {
    const inside = v.slice(column * 6, column * 6 + 6);
    const chosen = places.filter((place) => Math.floor(t[place] / columnMs) === column).map((place) => v[place]);
    assert.equal(Math.max(...chosen), Math.max(...inside));
    assert.equal(Math.min(...chosen), Math.min(...inside));
  }
});

test("first and last points are always drawn, and few points are drawn as they are", () => {
  const places = kept(t, [v], 10, 500, 60_000);
  assert.equal(places[0], 10);
  assert.equal(places.at(-1), 499);
  assert.deepEqual(kept(t, [v], 0, 5, 100), [0, 1, 2, 3, 4]);
});

test("a moving edge does not change which points of the middle are drawn", () => {
  const inside = (from) => line({ t, v, j }, from, from + 1_800_000, 6000, 1).x.filter((x) => x > 600_000 && x < 1_700_000);
  assert.deepEqual(inside(0), inside(1500));
});

test("a line enters from beyond the left edge and leaves beyond the right one", () => {
  const { x } = line({ t, v, j }, 10_500, 20_500, 100, 1);
  assert.deepEqual([x[0], x.at(-1)], [10_000, 21_000]);
});

test("a line breaks where nothing is joined and where a value is unknown", () => {
  const broken = { t: [0, 1, 2, 3, 4, 5], v: [1, 2, 3, null, 5, 6], j: [0, 1, 0, 1, 1, 1] };
  const { x, y } = line(broken, 0, 5, 0.5, 1);
  assert.deepEqual(x, [0, 1, null, 1.625, 2.375, null, 4, 5]);
  assert.deepEqual(y, [1, 2, null, 3, 3, null, 5, 6]);
});

test("values below the axis are drawn with their sign turned", () => {
  assert.deepEqual(line({ t: [0, 1], v: [1, 2], j: [0, 1] }, 0, 1, 0.1, -1).y, [-1, -2]);
});
