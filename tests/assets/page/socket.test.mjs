import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveSocket } from "../../../assets/js/page/socket.mjs";

function rig() {
  const wires = [];
  const told = [];
  const refusals = [];
  const waiting = new Map();
  let next = 1;
  const timers = {
    later: (act, ms) => {
      waiting.set(next, { act, ms });
      return next++;
    },
    forget: (timer) => waiting.delete(timer),
    random: () => 0.5,
  };
  const connect = () => {
    const wire = { readyState: 0, sent: [], send: (text) => wire.sent.push(text), close: () => {} };
    wires.push(wire);
    return wire;
  };
  const handlers = {
    opened: () => told.push("opened"),
    received: ({ type }) => told.push(type),
    quiet: () => told.push("quiet"),
    closed: (ms, refused) => {
      told.push(`closed ${ms}`);
      refusals.push(refused);
    },
    ended: () => told.push("ended"),
  };
  const socket = new LiveSocket(connect, handlers, timers);
  const run = () => {
    const [[timer, { act }]] = waiting;
    waiting.delete(timer);
    act();
  };
  const open = () => {
    const wire = wires.at(-1);
    wire.readyState = 1;
    wire.onopen();
    return wire;
  };
  return { socket, wires, told, refusals, waiting, run, open };
}

const HELLO = JSON.stringify({ type: "hello", node: "n", w_ms: 1, version: "1" });

test("it tells of messages and sends while it is open", () => {
  const { socket, told, open } = rig();
  socket.start();
  socket.send("too early");
  const wire = open();
  wire.onmessage({ data: HELLO });
  socket.send("now");
  assert.deepEqual([told, wire.sent], [["opened", "hello"], ["now"]]);
});

test("what cannot be read is dropped and the connection stays", (t) => {
  const warned = t.mock.method(console, "warn", () => {});
  const { socket, told, open } = rig();
  socket.start();
  const wire = open();
  wire.onmessage({ data: "{" });
  wire.onmessage({ data: HELLO });
  assert.deepEqual(told, ["opened", "hello"]);
  assert.equal(warned.mock.callCount(), 1);
});

test("it comes again after ever longer waits, until a node says hello", () => {
  const { socket, wires, told, run, open } = rig();
  socket.start();
  for (let i = 0; i < 3; i += 1) {
    wires.at(-1).onclose();
    run();
  }
  open().onmessage({ data: HELLO });
  wires.at(-1).onclose();
  assert.deepEqual(told, ["closed 500", "closed 1000", "closed 2000", "opened", "hello", "closed 500"]);
});

test("a silence is told within two seconds, a longer one gives the connection up, once", () => {
  const { socket, wires, told, waiting, run, open } = rig();
  socket.start();
  const silent = open();
  const [[, { ms }]] = waiting;
  assert.ok(ms < 2000);
  run();
  assert.deepEqual([told, waiting.size], [["opened", "quiet"], 1]);
  run();
  silent.onclose();
  silent.onmessage({ data: HELLO });
  assert.deepEqual(told, ["opened", "quiet", "closed 500"]);
  run();
  assert.equal(wires.length, 2);
});

test("who is heard again after a silence goes on", () => {
  const { socket, wires, told, run, open } = rig();
  socket.start();
  const wire = open();
  run();
  wire.onmessage({ data: HELLO });
  run();
  assert.deepEqual([told, wires.length], [["opened", "quiet", "hello", "quiet"], 1]);
});

test("after a sleep it begins anew at once, and what the old connection brings is dropped", () => {
  const { socket, wires, told, waiting, open } = rig();
  socket.start();
  const old = open();
  socket.renew();
  open();
  old.onmessage({ data: HELLO });
  old.onclose();
  socket.renew();
  assert.deepEqual([told, wires.length, waiting.size], [["opened", "opened"], 3, 1]);
});

test("when the network is back it does not wait", () => {
  const { socket, wires, waiting } = rig();
  socket.start();
  socket.hurry();
  assert.equal(wires.length, 1);
  wires[0].onclose();
  socket.hurry();
  assert.equal(wires.length, 2);
  assert.equal(waiting.size, 1);
});

test("when the session is over it says so and does not come again", () => {
  const { socket, wires, told, waiting, open } = rig();
  socket.start();
  open();
  wires[0].onclose({ code: 4401 });
  assert.deepEqual([told, waiting.size], [["opened", "ended"], 0]);
});

test("a connection that never opened was refused, perhaps for want of a session", () => {
  const { socket, wires, run, open, refusals } = rig();
  socket.start();
  wires[0].onclose({ code: 1006 });
  run();
  open();
  wires[1].onclose({ code: 1006 });
  assert.deepEqual(refusals, [true, false]);
});
