import assert from "node:assert/strict";
import { test } from "node:test";

import { awaitHost } from "../../../assets/js/page/awaited.mjs";
import { PageView } from "../../../assets/js/page/view.mjs";

const told = (state) => ({
  id: "h", name: "", fleet: "", note: "", state, for_ms: 0, age_ms: 100, offset_ms: 0, now_ms: 1_700_000_000_000,
  period_ms: 1000, queue: { count: 0, from_ms: null, to_ms: null },
});

function loads(isAgain, ...states) {
  const view = new PageView("h", { search: "", pathname: "/hosts/h" }, { replaceState: () => {} });
  let count = 0;
  awaitHost(view, () => (count += 1), isAgain);
  states.forEach((state, i) => view.setPresence([told(state)], i * 1000));
  return count;
}

test("a host that becomes live has its page loaded, once", () => {
  assert.equal(loads(false, "unknown", "unknown", "live", "live"), 1);
  assert.equal(loads(true, "unknown", "live", "live"), 1);
});

test("a host that was live before the page heard of it has it loaded, but not again and again", () => {
  assert.equal(loads(false, "live", "live"), 1);
  assert.equal(loads(true, "live", "live"), 0);
});

test("a host that is not heard has it left alone", () => {
  assert.equal(loads(false, "unknown", "down", "stopped"), 0);
});
