import assert from "node:assert/strict";
import { test } from "node:test";

class FakeElement {
  constructor(...inside) {
    this.inside = inside;
  }

  closest(selector) {
    return selector.split(", ").some((one) => this.inside.includes(one)) ? this : null;
  }
}
globalThis.Element = FakeElement;
const { keyboard } = await import("../../../assets/js/page/keyboard.mjs");

function rig() {
  const done = [];
  let now = 0;
  const act = (name) => () => done.push(name);
  const press = keyboard({ Space: act("pause"), l: act("live"), "t z": act("out"), Escape: act("close") }, () => now);
  const key = (name, more = {}) => press({ key: name, target: new FakeElement(), preventDefault() {}, ...more });
  return { done, key, wait: (ms) => (now += ms) };
}

test("keys and pairs of keys act", () => {
  const { done, key } = rig();
  for (const name of [" ", "L", "t", "z", "Escape", "q"]) key(name);
  assert.deepEqual(done, ["pause", "live", "out", "close"]);
});

test("a pair that takes too long is none", () => {
  const { done, key, wait } = rig();
  key("t");
  wait(2000);
  key("z");
  assert.deepEqual(done, []);
});

test("who types or holds Ctrl is left alone, and space belongs to the button", () => {
  const { done, key } = rig();
  key("l", { target: new FakeElement("input") });
  key("l", { ctrlKey: true });
  key(" ", { target: new FakeElement("button") });
  assert.deepEqual(done, []);
  key("Escape", { target: new FakeElement("input") });
  key("l", { target: new FakeElement("button") });
  assert.deepEqual(done, ["close", "live"]);
});
