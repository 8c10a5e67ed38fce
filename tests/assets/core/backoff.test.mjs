import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../../../assets/js/core/backoff.mjs";

test("waits grow, are spread by half either way, and have a bound", () => {
  assert.equal(backoff(0, 0.5), 500);
  assert.equal(backoff(2, 0.5), 2000);
  assert.deepEqual([backoff(0, 0), backoff(0, 1)], [250, 750]);
  assert.equal(backoff(1000, 0.5), 10_000);
});
