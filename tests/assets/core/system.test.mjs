import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "UTC";
const { facts, problemLines, tables, toldText, verdict } = await import("../../../assets/js/core/system.mjs");

const NOW = Date.UTC(2026, 0, 31, 14, 2, 15);
const NODE = {
  node: "ingest-1", version: "0.1.0", state: "live", link: "", age_ms: 300, up_ms: 3_600_000, store: "", commit_ms: 12, waiting: 0,
  waiting_bytes: 0, records: 12_345, retried: 0, readers: 2,
  url: "http://i1:1", latency_ms: 2.345, link_ms: 60_000,
};
const SYSTEM = {
  type: "system", level: "ok", problems: [],
  store: {
    url: "http://es:9200", level: "ok", text: "answers", detail: "", hint: "", waited_ms: 0, refresh_ms: 1000,
    write_ms: 12, bytes: 3 * 2 ** 30, samples: 1_234_567,
  },
  web: {
    name: "web-1", version: "0.1.0", up_ms: 60_000, window_rows: 4321,
    tiles: { bytes: 2 ** 20, max_bytes: 2 ** 28, entries: 99, hit_ratio: 0.975 },
  },
  nodes: [NODE], webs: [], backlog: { hosts: 0, records: 0, unheard: 0, shown: [] }, collectors: { hosts: 0, shown: [] },
  ailing: { hosts: 0, shown: [] }, clocks: { hosts: 0, shown: [] }, aside: { retired: 0, revoked: 0 },
};
const BACKLOG = {
  hosts: 1, records: 1300, shown: [{ host: "h1", name: "web", state: "live", count: 1200, from_ms: NOW, held_ms: 60_000, left_ms: 90_500 }],
};
const plain = (text) => text.replaceAll("\u00a0", " ");

test("the verdict counts what is wrong and is not known without a connection or news", () => {
  const bad = { ...SYSTEM, level: "bad", problems: [{ level: "bad", text: "a", hint: "" }, { level: "warn", text: "b", hint: "" }] };
  assert.deepEqual(verdict(SYSTEM, "open", 900), ["live", "all is well"]);
  assert.deepEqual(verdict({ ...bad, problems: [bad.problems[0]] }, "open", 0), ["down", "something is wrong"]);
  assert.deepEqual(verdict(bad, "open", 0), ["down", "2 things are wrong"]);
  assert.deepEqual(verdict(SYSTEM, "lost", 0), ["unknown", "not known: no connection"]);
  assert.deepEqual(verdict(SYSTEM, "open", 3100), ["unknown", "not known: the web node says nothing"]);
  assert.equal(toldText(12_000), "told 12 s ago");
});

test("what is wrong says what to do, and its mark how bad it is", () => {
  const told = { ...SYSTEM, problems: [{ level: "bad", text: "The store is down.", hint: "Start it." }, { level: "warn", text: "b", hint: "" }] };
  assert.deepEqual(problemLines(told).map(({ mark }) => mark), [["down", "The store is down. Start it."], ["silent", "b"]]);
});

test("store and web node are numbers with units, a dash where nothing is known", () => {
  const { store, web } = facts(SYSTEM, 500, true);
  assert.deepEqual(Object.values(store.texts).map(plain), ["12 ms", "1.0 s", "3.00 GiB", "1,234,567"]);
  assert.deepEqual(Object.values(web.texts).map(plain), ["4,321", "1.00 MiB of 256.0 MiB", "97.5 %", "99"]);
  assert.deepEqual([web.mark, web.note], [["live", "up 1 min 1 s"], "web-1 · 0.1.0"]);
  assert.deepEqual(facts(SYSTEM, 6000, false).web.mark, ["unknown", "not heard for 6.0 s"]);
  const down = { ...SYSTEM.store, level: "bad", text: "does not work", hint: "Start it.", detail: "refused", write_ms: null, bytes: null, samples: null };
  const { mark, detail, texts } = facts({ ...SYSTEM, store: down }, 0, true).store;
  assert.deepEqual([mark, detail], [["down", "does not work"], "refused. Start it."]);
  assert.deepEqual([texts.write, texts.bytes, texts.samples], ["–", "–", "–"]);
  const hung = { ...SYSTEM.store, level: "bad", text: "does not answer", waited_ms: 11_500 };
  assert.deepEqual(facts({ ...SYSTEM, store: hung }, 500, true).store.mark, ["down", "does not answer for 12 s"]);
});

test("an ingest node says since when it is heard or silent, and ages go on", () => {
  const silent = { ...NODE, node: "ingest-2", state: "silent", age_ms: 11_500, store: "refused", waiting: 1, waiting_bytes: 2048 };
  const { lines } = tables({ ...SYSTEM, nodes: [NODE, silent] }, 500).nodes;
  assert.deepEqual(lines.map(({ mark }) => mark), [["live", "heard 0.8 s ago"], ["silent", "silent for 12 s"]]);
  assert.deepEqual(lines.map(({ texts }) => plain(texts.waiting)), ["0", "1 request, 2.00 KiB"]);
  assert.deepEqual(lines.map(({ texts }) => texts.store), ["keeps all", "refused"]);
  assert.equal(tables({ ...SYSTEM, nodes: [{ ...silent, store: "" }] }, 0).nodes.lines[0].texts.store, "–");
  assert.deepEqual([lines[0].texts.up, lines[0].texts.records], ["1 h", "12,345"]);
});

test("a node to which there is no link says why, and a dash for what it never told", () => {
  const unheard = {
    ...NODE, node: "http://b:2", version: "", state: "down", link: "refused", age_ms: 5000, up_ms: null, commit_ms: null,
    waiting: null, waiting_bytes: null, records: null,
  };
  const [{ mark, texts }] = tables({ ...SYSTEM, nodes: [unheard] }, 0).nodes.lines;
  assert.deepEqual([mark, texts.store], [["down", "no link for 5.0 s"], "refused"]);
  assert.deepEqual([texts.version, texts.up, texts.commit, texts.waiting, texts.records], ["–", "–", "–", "–", "–"]);
});

test("a backlog says how many, how far back and since when; none is said too", () => {
  const { backlog } = tables({ ...SYSTEM, backlog: BACKLOG }, 1000);
  assert.equal(plain(backlog.note), "1,300 records at 1 host");
  assert.deepEqual(backlog.lines, [
    { key: "h1", mark: ["live", "live"], host: "h1", texts: { name: "web", count: "1,200", held: "1 min 1 s", oldest: "Jan 31, 14:02:15", left: "about 1 min 30 s" } },
  ]);
  const unsure = { ...BACKLOG, hosts: 150, shown: [{ ...BACKLOG.shown[0], from_ms: null, left_ms: null }] };
  const some = tables({ ...SYSTEM, backlog: unsure }, 0).backlog;
  assert.equal(plain(some.note), "1,300 records at 150 hosts, 1 listed");
  assert.deepEqual([some.lines[0].texts.oldest, some.lines[0].texts.left], ["–", "unknown"]);
  const none = tables(SYSTEM, 0).backlog;
  assert.deepEqual([none.note, none.empty, none.lines], ["", "No collector holds anything back.", []]);
  const { backlog: unheard, ailing } = tables({ ...SYSTEM, backlog: { ...SYSTEM.backlog, unheard: 2 } }, 0);
  assert.equal(ailing.empty, "No disk of a collector that is heard refuses records, and none holds dead letters.");
  assert.deepEqual([plain(unheard.note), unheard.empty], ["not known of 2 hosts, silent or down", "No collector that is heard holds anything back."]);
  const both = tables({ ...SYSTEM, backlog: { ...BACKLOG, unheard: 1 } }, 0).backlog;
  assert.equal(plain(both.note), "1,300 records at 1 host · not known of 1 host, silent or down");
});

test("doubtful collectors are told one by one", () => {
  const one = { host: "h1", name: "web", offset_ms: -14_000 };
  const shown = [
    { ...one, level: "warn", about: "clock", text: "" }, { ...one, level: "bad", about: "refused", text: "a day off" },
  ];
  const { lines, note } = tables({ ...SYSTEM, collectors: { hosts: 1, shown } }, 0).collectors;
  assert.equal(plain(note), "1 host");
  assert.deepEqual(lines.map(({ texts }) => texts.text), ["14 s behind the server's clock", "a day off"]);
  assert.equal(new Set(lines.map(({ key }) => key)).size, 2);
  assert.deepEqual(lines.map(({ mark, host }) => [...mark, host]), [["silent", "clock", "h1"], ["down", "refused", "h1"]]);
});

test("a link is told by its latency and since when it is, or is not", () => {
  const latency = (fields) => tables({ ...SYSTEM, nodes: [{ ...NODE, ...fields }] }, 1000).nodes.lines[0].texts.latency;
  assert.deepEqual(
    [latency({}), latency({ latency_ms: 12.3 }), latency({ latency_ms: null }), latency({ link: "refused" }), latency({ link_ms: null })],
    ["2.3\u00a0ms, for 1 min 1 s", "12\u00a0ms, for 1 min 1 s", "for 1 min 1 s", "none for 1 min 1 s", "–"],
  );
});

test("a web node is told by whom it reads, and whom it lacks", () => {
  const peer = (fields) => ({ name: "w2", url: "", version: "", reads: ["i1", "i2"], lacks: [], differs: 0, ...fields });
  const webs = [peer({}), peer({ name: SYSTEM.web.name, url: "http://w1:1" }), peer({ reads: [], lacks: ["i1"], differs: 2 }), peer({ differs: 2 })];
  const lines = tables({ ...SYSTEM, webs }, 0).webs.lines.map(({ mark, texts }) => [...mark, texts.reads, texts.url]);
  assert.deepEqual(lines, [
    ["live", "reads all", "i1, i2", "–"],
    ["live", "this node", "i1, i2", "http://w1:1"],
    ["down", "lacks i1", "–", "–"],
    ["silent", "differs on 2\u00a0hosts or more", "i1, i2", "–"],
  ]);
});

test("clocks are told by how far they are off, disks and dead letters by their counts", () => {
  const clock = (offset_ms) => ({ host: `h${offset_ms}`, name: "web", state: "live", offset_ms });
  const clocks = { hosts: 9, shown: [clock(-14_000), clock(1500), clock(49)] };
  const ailing = {
    hosts: 1, shown: [
      { host: "h1", name: "web", level: "bad", about: "disk", count: 3 }, { host: "h1", name: "web", level: "warn", about: "letters", count: 1 },
    ],
  };
  const told = tables({ ...SYSTEM, clocks, ailing }, 0);
  assert.deepEqual(told.clocks.lines.map(({ texts }) => texts.offset), ["14 s behind", "1.5 s ahead"]);
  assert.equal(plain(told.clocks.note), "9 hosts, the furthest off first");
  assert.equal(plain(told.clocks.empty), "All are right to 50 ms.");
  assert.deepEqual(told.ailing.lines.map(({ mark, texts }) => [...mark, plain(texts.text)]), [
    ["down", "disk", "3 errors within two minutes"], ["silent", "letters", "1 dead letter"],
  ]);
  assert.equal(plain(told.ailing.note), "1 host");
  assert.deepEqual([tables(SYSTEM, 0).clocks.note, tables(SYSTEM, 0).ailing.note], ["", ""]);
});

test("what was retired or revoked is counted, with what to do where there is any", () => {
  const { mark, detail, texts } = facts({ ...SYSTEM, aside: { retired: 2, revoked: 0 } }, 0, true).aside;
  assert.deepEqual([mark, texts], [["live", "as people decided"], { retired: "2", revoked: "0" }]);
  assert.match(detail, /^Hosts come back .* tidegauge host restore ID\.$/u);
  assert.match(facts({ ...SYSTEM, aside: { retired: 0, revoked: 1 } }, 0, true).aside.detail, /tidegauge token create/u);
  assert.deepEqual([facts(SYSTEM, 0, true).aside.mark, facts(SYSTEM, 0, true).aside.detail], [["live", "none"], ""]);
});
