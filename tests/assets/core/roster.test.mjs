import assert from "node:assert/strict";
import { test } from "node:test";

import { countText, found, ordered, stateOf, texts } from "../../../assets/js/core/roster.mjs";

const one = (name, more = {}) => ({ id: name, name, project: "", service: "", image: "", runtime: "docker", health: "", ...more });
const ALL = [
  one("web-10", { project: "shop", image: "registry.example/shop/web:1" }),
  one("web-9", { project: "shop", health: "healthy" }),
  one("db", { project: "shop", service: "db", image: "postgres:16", health: "unhealthy" }),
  one("cron"),
];

test("health is a word and a mark; without a check it runs, without rows it does not", () => {
  const states = ["unhealthy", "starting", "healthy", "", "toString"].map((health) => stateOf(one("a", { health })));
  assert.deepEqual(states.map(([state]) => state), ["down", "unknown", "live", "running", "running"]);
  assert.deepEqual(states.map(([, word]) => word), ["unhealthy", "starting", "healthy", "running", "running"]);
  assert.deepEqual(stateOf(undefined), ["stopped", "not running"]);
});

test("what is not known is a dash", () => {
  assert.deepEqual(texts(one("a")), { name: "a", project: "–", service: "–", image: "–", runtime: "docker" });
});

test("each word must be in name, project, service, image or health", () => {
  const names = (text) => found(ALL, text).map(({ name }) => name);
  assert.equal(found(ALL, "  ").length, 4);
  assert.deepEqual(names("SHOP web"), ["web-10", "web-9"]);
  assert.deepEqual(names("postgres"), ["db"]);
  assert.deepEqual(names("unhealthy"), ["db"]);
  assert.deepEqual(names("nothing"), []);
});

test("what is not well comes first, then by project and name", () => {
  assert.deepEqual(ordered(ALL).map(({ name }) => name), ["db", "cron", "web-9", "web-10"]);
});

test("the count says how many are shown and not well", () => {
  assert.equal(countText(ALL, 4), "4 running · 1 unhealthy");
  assert.equal(countText(ALL, 2), "2 of 4 · 1 unhealthy");
  assert.equal(countText([one("a")], 1), "1 running");
});
