import assert from "node:assert/strict";
import { test } from "node:test";

import { greatest, headline, newestValue, sum, valueAt } from "../../../assets/js/core/values.mjs";
import { NONE } from "../../../assets/js/core/numbers.mjs";

const series = (t, v, metric = "m") => ({ t, v, j: t.map(() => 1), info: { metric } });
const storeOf = (all, stepMs = 0) => ({
  series: new Map(all.map((one, i) => [i, one])), stepMs, periodMs: 1000, newest: Math.max(...all.map(({ t }) => t.at(-1) ?? -Infinity)),
});

test("a series that ended before the others has no newest value", () => {
  const [going, ended] = [series([0, 9000], [1, 2]), series([0, 5000], [3, 4])];
  const store = storeOf([going, ended]);
  assert.equal(newestValue(going, store), 2);
  assert.equal(newestValue(ended, store), null);
  assert.equal(newestValue(series([], []), store), null);
});

test("the value at a time is that of the row or of the bucket there", () => {
  const one = series([0, 1000, 9000], [1, 2, 3]);
  assert.equal(valueAt(one, storeOf([one]), 1400), 2);
  assert.equal(valueAt(one, storeOf([one]), 5000), null);
  const buckets = series([0, 10_000], [1, 2]);
  assert.equal(valueAt(buckets, storeOf([buckets], 10_000), 9900), 1);
  assert.equal(valueAt(buckets, storeOf([buckets], 10_000), 10_100), 2);
});

test("sums and greatest leave out what is unknown", () => {
  assert.deepEqual([sum([1, null, 2]), sum([null]), sum([])], [3, null, null]);
  assert.deepEqual([greatest([1, null, 2]), greatest([null])], [2, null]);
});

test("a headline is a total, both sides, the greatest or a metric of its own", () => {
  const [a, b] = [series([0], [0.25], "a"), series([0], [0.5], "b")];
  const store = storeOf([a, b]);
  const drawn = [{ series: a, below: false }, { series: b, below: false }];
  const of = (settings, shown = drawn) => headline({ unit: "cores", below: [], ...settings }, store, shown, (one) => one.v[0]);
  assert.equal(of({ headline: "total" }), "0.75");
  assert.equal(of({ headline: "greatest" }), "0.50");
  assert.equal(of({ headline: "a" }), "0.25");
  assert.equal(of({ headline: "c" }), NONE);
  assert.match(of({ headline: "total", below: ["b"] }, [drawn[0], { series: b, below: true }]), /▲.0\.25 {2}▼.0\.50/);
});
