import assert from "node:assert/strict";
import { test } from "node:test";

import { Scheduler } from "../../../assets/js/page/scheduler.mjs";

function rig() {
  const frames = [];
  const scheduler = new Scheduler((frame) => frames.push(frame), () => 1000);
  const run = () => frames.splice(0).forEach((frame) => frame());
  return { frames, scheduler, run };
}

function part(drawnAt, due = true) {
  return {
    drawnAt, textual: true, texts: 0, draws: 0,
    text() {
      this.texts += 1;
    },
    due() {
      return due && this.draws === 0;
    },
    draw() {
      this.draws += 1;
    },
  };
}

test("texts are all written in one frame, charts are drawn one a frame, the oldest first", () => {
  const { frames, scheduler, run } = rig();
  const parts = [part(300), part(100), part(200)];
  for (const one of parts) scheduler.add(one);
  assert.equal(frames.length, 1);
  run();
  assert.deepEqual(parts.map(({ texts, draws }) => [texts, draws]), [[1, 0], [1, 1], [1, 0]]);
  run();
  assert.deepEqual(parts.map(({ draws }) => draws), [0, 1, 1]);
  run();
  assert.deepEqual(parts.map(({ draws }) => draws), [1, 1, 1]);
  assert.equal(frames.length, 0);
});

test("what is not due is not drawn, and what was taken out is left alone", () => {
  const { scheduler, run } = rig();
  const [idle, gone] = [part(0, false), part(0)];
  scheduler.add(idle);
  scheduler.add(gone);
  scheduler.remove(gone);
  run();
  assert.deepEqual([idle.draws, gone.draws, gone.texts], [0, 0, 0]);
});
