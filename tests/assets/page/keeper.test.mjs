import assert from "node:assert/strict";
import { test } from "node:test";

import { Keeper } from "../../../assets/js/page/keeper.mjs";

const NOTHING = { theme: "system", pins: [], last: "", count: 0 };

/** A browser with a copy of its own, a server that is answered for by hand, and time that is moved by hand. */
function rig(copy = new Map()) {
  const sent = [];
  const said = [];
  const waiting = new Map();
  let at = 0;
  let next = 1;
  const timers = {
    later: (act, ms) => {
      waiting.set(next, { act, at: at + ms });
      return next++;
    },
    forget: (timer) => waiting.delete(timer),
    now: () => at,
  };
  const send = (body, leaving) =>
    new Promise((resolve, reject) => {
      sent.push({ at, change: JSON.parse(body), leaving, resolve, reject });
    });
  const storage = { getItem: (key) => copy.get(key) ?? null, setItem: (key, text) => copy.set(key, text) };
  const keeper = new Keeper(send, () => storage, (words) => said.push(words), timers);
  const pass = (ms) => {
    at += ms;
    for (const [timer, one] of [...waiting]) {
      if (one.at > at) continue;
      waiting.delete(timer);
      one.act();
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const answer = async (kept, status = 200, told = { kept }) => {
    sent.at(-1).resolve({ ok: status === 200, status, json: async () => told });
    await settled();
  };
  const fail = async () => {
    sent.at(-1).reject(new Error("no network"));
    await settled();
  };
  const told = (kept, person = "ann") => keeper.told({ type: "preferences", person, kept });
  return { keeper, sent, said, copy, pass, answer, fail, told };
}

test("a change shows at once, is sent a second later with those that came meanwhile, and is kept", async () => {
  const { keeper, sent, said, pass, answer, told } = rig();
  told(NOTHING);
  keeper.togglePin("a");
  pass(500);
  keeper.setTheme("dark");
  keeper.togglePin("b");
  keeper.togglePin("b");
  assert.deepEqual([keeper.set.theme, keeper.set.pins, sent.length], ["dark", ["a"], 0]);
  pass(500);
  assert.deepEqual(sent.map(({ change }) => change), [{ pin: ["a"], theme: "dark", unpin: ["b"] }]);
  await answer({ ...NOTHING, theme: "dark", pins: ["x", "a"], count: 2 });
  assert.deepEqual([keeper.set.pins, said], [["x", "a"], []]);
  pass(60_000);
  assert.equal(sent.length, 1);
});

test("what another browser changes is shown, beside what this one has not sent", () => {
  const { keeper, told } = rig();
  let heard = 0;
  keeper.on(() => (heard += 1));
  told(NOTHING);
  keeper.togglePin("a");
  told({ ...NOTHING, theme: "light", pins: ["z"], count: 4 });
  assert.deepEqual([keeper.set.theme, keeper.set.pins, heard], ["light", ["z", "a"], 3]);
});

test("nothing is sent before the server said who this is", () => {
  const { keeper, sent, pass, told } = rig();
  keeper.togglePin("a");
  pass(20_000);
  assert.equal(sent.length, 0);
  told(NOTHING);
  pass(1_000);
  assert.equal(sent.length, 1);
});

test("while the store is down a change is said once, waits, and is tried again", async () => {
  const { keeper, sent, said, pass, answer, told } = rig();
  told(NOTHING);
  keeper.togglePin("a");
  for (const at of [1_000, 5_000, 10_000]) {
    pass(at);
    await answer(null, 503, { error: "store" });
  }
  keeper.togglePin("b");
  assert.deepEqual(said, ["Not kept yet: the store does not answer. This browser remembers it and tries again."]);
  pass(5_000);
  assert.deepEqual(sent.at(-1).change, { pin: ["a", "b"] });
  await answer({ ...NOTHING, pins: ["a", "b"], count: 1 });
  assert.deepEqual([keeper.set.pins, said.length, said[1]], [["a", "b"], 2, "Kept."]);
});

test("while the server says that the store does not answer nothing is sent; a change is said, a page is not", async () => {
  const { keeper, sent, said, pass, answer, told } = rig();
  told(NOTHING);
  keeper.setReadOnly(true);
  keeper.look("/hosts/a");
  pass(10_000);
  keeper.leave();
  assert.deepEqual([sent.length, said.length], [0, 0]);
  keeper.togglePin("a");
  pass(60_000);
  assert.deepEqual([sent.length, said.length, keeper.set.pins], [0, 1, ["a"]]);
  keeper.setReadOnly(false);
  pass(1_000);
  assert.deepEqual(sent.map(({ change }) => change), [{ last: "/hosts/a", pin: ["a"] }]);
  await answer({ ...NOTHING, pins: ["a"], last: "/hosts/a", count: 1 });
  assert.equal(said[1], "Kept.");
});

test("another connection is another chance", () => {
  const { keeper, sent, pass, told } = rig();
  told(NOTHING);
  keeper.setReadOnly(true);
  keeper.togglePin("a");
  told(NOTHING);
  pass(1_000);
  assert.equal(sent.length, 1);
});

test("a node that is gone is told apart from its store", async () => {
  const { keeper, said, pass, fail, told } = rig();
  told(NOTHING);
  keeper.setTheme("dark");
  pass(1_000);
  await fail();
  assert.match(said[0], /^Not kept yet: the web node does not answer\./);
  assert.equal(keeper.set.theme, "dark");
});

test("what can never be kept is given up with the reason", async () => {
  const { keeper, sent, said, pass, answer, told } = rig();
  told(NOTHING);
  keeper.togglePin("a");
  pass(1_000);
  await answer(null, 400, { error: "preferences", reason: "100 hosts can be pinned; unpin one first" });
  pass(60_000);
  assert.deepEqual([keeper.set.pins, sent.length, said], [[], 1, ["Not kept: 100 hosts can be pinned; unpin one first"]]);
});

test("the page is kept at most once in ten seconds, and at once when it goes", () => {
  const { keeper, sent, pass, told } = rig();
  told(NOTHING);
  for (const from of ["now-5m", "now-15m", "now-1h"]) {
    keeper.look(`/hosts/a?from=${from}`);
    keeper.look(`/hosts/a?from=${from}`);
    pass(3_000);
  }
  assert.equal(sent.length, 0);
  pass(1_000);
  assert.deepEqual(sent.map(({ change }) => change), [{ last: "/hosts/a?from=now-1h" }]);
  keeper.look("/system");
  keeper.leave();
  assert.deepEqual([sent[1].change, sent[1].leaving], [{ last: "/system" }, true]);
  keeper.leave();
  keeper.look("");
  assert.equal(sent.length, 2);
});

test("the next page of this browser begins with its copy, and with what was not kept", async () => {
  const before = rig();
  before.told({ ...NOTHING, pins: ["z"], count: 7 });
  before.keeper.togglePin("a");
  before.keeper.look("/hosts/a");
  const after = rig(before.copy);
  assert.deepEqual(after.keeper.set.pins, ["z", "a"]);
  after.told(null);
  after.pass(1_000);
  assert.deepEqual(after.sent[0].change, { pin: ["a"] });
});

test("another person's copy is not shown nor sent", () => {
  const before = rig();
  before.told({ ...NOTHING, pins: ["z"], count: 7 });
  before.keeper.togglePin("a");
  const after = rig(before.copy);
  after.told({ ...NOTHING, theme: "dark" }, "bob");
  after.pass(60_000);
  assert.deepEqual([after.keeper.set.pins, after.keeper.set.theme, after.sent.length], [[], "dark", 0]);
});

test("a node that is behind changes nothing; if nothing newer comes the store lost it", async () => {
  const { keeper, pass, told } = rig();
  told({ ...NOTHING, pins: ["a", "b"], count: 5 });
  told({ ...NOTHING, pins: ["a"], count: 4 });
  pass(3_000);
  assert.deepEqual(keeper.set.pins, ["a", "b"]);
  told({ ...NOTHING, pins: ["a", "b"], count: 5 });
  pass(20_000);
  assert.deepEqual(keeper.set.pins, ["a", "b"]);
  told(NOTHING);
  pass(10_000);
  assert.deepEqual(keeper.set.pins, []);
});

test("a copy that cannot be read or written is no reason to fail", (t) => {
  const warned = t.mock.method(console, "warn", () => {});
  for (const text of ["{", "null", "[]", '{"kept":{"theme":"pink"}}', '{"kept":{"theme":"dark","pins":[],"last":"","count":0},"waiting":{"pin":3}}']) {
    const { keeper } = rig(new Map([["tidegauge.preferences", text]]));
    keeper.togglePin("a");
    assert.deepEqual(keeper.set.pins, ["a"]);
  }
  const blocked = () => {
    throw new Error("blocked");
  };
  new Keeper(() => new Promise(() => {}), blocked, () => {}).setTheme("dark");
  assert.ok(warned.mock.callCount() >= 3);
});
