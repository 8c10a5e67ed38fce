import assert from "node:assert/strict";
import { test } from "node:test";

import { COLOURS, colours, hash, NEUTRAL } from "../../../assets/js/core/palette.mjs";

test("a name keeps its colour whatever stands beside it, if none claims it before", () => {
  const [alone] = colours(["postgres"]);
  assert.equal(colours(["postgres", "api"])[0], alone);
  assert.equal(alone, hash("postgres") % COLOURS);
});

test("two names of a graph share no colour as long as there are enough", () => {
  const names = Array.from({ length: COLOURS }, (_, i) => `name-${i}`);
  assert.equal(new Set(colours(names)).size, COLOURS);
  assert.equal(colours([...names, "one", "more"]).length, COLOURS + 2);
});

test("known names mean the same everywhere, and what is free is neutral", () => {
  assert.deepEqual(colours(["user", "system"]), [0, 1]);
  assert.deepEqual(colours(["used", "free"]), [0, NEUTRAL]);
  assert.equal(colours(["toString"])[0], hash("toString") % COLOURS);
});
