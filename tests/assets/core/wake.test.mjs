import assert from "node:assert/strict";
import { test } from "node:test";

import { slept } from "../../../assets/js/core/wake.mjs";

test("a tick that either clock shows far too late tells of a sleep, a slow one does not", () => {
  const before = { monotonic: 1000, wall: 50_000 };
  const after = (monotonic, wall) => slept(before, { monotonic: 1000 + monotonic, wall: 50_000 + wall }, 500);
  assert.deepEqual([after(500, 500), after(3000, 3000), after(500, 60_000), after(60_000, 60_000), after(500, -60_000)], [false, false, true, true, false]);
});
