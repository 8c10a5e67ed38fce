import assert from "node:assert/strict";
import { test } from "node:test";

import { cadence, isDue } from "../../../assets/js/core/due.mjs";

const chart = (more) => ({ drawnAt: 0, cadenceMs: 1000, phase: 0, fresh: true, forced: false, moving: true, ...more });

test("a chart is drawn no sooner than a pixel of time has passed", () => {
  assert.equal(cadence(3_600_000, 600), 6000);
  assert.equal(cadence(300_000, 600), 1000);
});

test("narrow windows draw what is new at once, and move when nothing comes", () => {
  assert.equal(isDue(chart({}), 10), true);
  assert.equal(isDue(chart({ fresh: false }), 900), false);
  assert.equal(isDue(chart({ fresh: false }), 1200), true);
  assert.equal(isDue(chart({ fresh: false, moving: false }), 9000), false);
  assert.equal(isDue(chart({ fresh: false, moving: false, forced: true }), 1), true);
});

test("wide windows spread their charts over the cadence", () => {
  const count = 12;
  const perSecond = new Map();
  const charts = Array.from({ length: count }, (_, i) => chart({ cadenceMs: 6000, phase: i / count, drawnAt: 60_000 + i * 16 }));
  for (let at = 61_000; at < 121_000; at += 100) {
    for (const one of charts) {
      if (!isDue(one, at)) continue;
      one.drawnAt = at;
      const second = Math.floor(at / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
  }
  assert.ok(Math.max(...perSecond.values()) <= 3);
  const drawn = [...perSecond.values()].reduce((a, b) => a + b, 0);
  assert.ok(drawn >= count * 10 && drawn <= count * 11);
});
