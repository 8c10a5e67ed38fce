import assert from "node:assert/strict";
import { test } from "node:test";

import { areaPath, linePath } from "../../../assets/js/core/path.mjs";

const PLACE = { axis: { from: 0, to: 100 }, range: [-10, 10], width: 200, height: 40 };
const trace = (x, y) => ({ x, y });

test("a line goes through its points and breaks at nulls", () => {
  assert.equal(linePath(trace([0, 50, null, 100], [10, 0, null, -10]), PLACE), "M0,0L100,20M200,40");
});

test("an area is closed along zero, each piece by itself", () => {
  const path = areaPath(trace([0, 50, null, 75, 100], [10, 10, null, -10, -10]), PLACE);
  assert.equal(path, "M0,0L100,0L100,20L0,20ZM150,40L200,40L200,20L150,20Z");
});

test("no points, no path", () => {
  assert.equal(linePath(trace([], []), PLACE), "");
  assert.equal(areaPath(trace([null], [null]), PLACE), "");
});
