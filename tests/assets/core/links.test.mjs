import assert from "node:assert/strict";
import { test } from "node:test";

import { broken, endOf } from "../../../assets/js/core/links.mjs";
import { clock } from "../../../assets/js/core/times.mjs";

const host = (fields) => ({
  id: "h2", name: "db-2", fleet: "", note: "", state: "live", for_ms: 1000, age_ms: 1000, offset_ms: 0, now_ms: 100_000,
  period_ms: 1000, queue: { count: 0, from_ms: null, to_ms: null }, ...fields,
});
const link = (name, fields) => ({ name, failure: "", dead: false, for_ms: 10_000, ...fields });
const links = (...told) => ({ type: "links", links: told, store: { text: "", detail: "", for_ms: 0 } });
const WELL = links(link("ingest-1"), link("ingest-2"));
const known = (fields) => ({
  link: "open", quietMs: 500, retryMs: null, told: WELL, toldMs: 2000, hosts: [host()], hostsMs: 0, ended: null, ...fields,
});
const texts = (fields) => broken(known(fields)).map(({ text }) => text);
const CUT = link("ingest-2", { failure: "refused" });
const DOWN = { ...WELL, store: { text: "does not answer", detail: "", for_ms: 58_000 } };

test("nothing is broken where all is well, nor before anything is known", () => {
  assert.deepEqual(texts({}), []);
  assert.deepEqual(texts({ told: null, hosts: [] }), []);
  assert.deepEqual(texts({ told: links() }), []);
  assert.deepEqual(texts({ link: "connecting", told: DOWN }), []);
  assert.deepEqual(texts({ hosts: [host({ state: "unknown" })] }), []);
});

test("without the web node nothing else is said, whatever was last known", () => {
  const all = { link: "lost", quietMs: 12_000, told: DOWN, hosts: [host({ state: "down" })] };
  assert.deepEqual(texts({ ...all, retryMs: 2400 }), ["No connection to the web node for 12 s; next try in 3 s"]);
  assert.deepEqual(texts({ ...all, retryMs: -1 }), ["No connection to the web node for 12 s; trying now"]);
  assert.deepEqual(texts({ ...all, retryMs: 2400, refusal: "it is full" }), [
    "No connection to the web node for 12 s: it is full; next try in 3 s",
  ]);
  assert.deepEqual(texts({ ...all, retryMs: null, quietMs: 1900 }), ["Nothing from the web node for 1.9 s"]);
});

test("a link that the web node lacks, a node that is down and no node at all read differently", () => {
  assert.deepEqual(texts({ told: links(link("ingest-1"), CUT) }), [
    "The web node lacks ingest-2 for 12 s: what its collectors send does not arrive",
  ]);
  assert.deepEqual(texts({ told: links(link("ingest-1"), { ...CUT, dead: true }) }), [
    "Ingest node ingest-2 is down for 12 s: collectors send to the others",
  ]);
  assert.deepEqual(texts({ told: links({ ...CUT, for_ms: 30_000 }, CUT) }), [
    "The web node hears no ingest node for 12 s: nothing live arrives",
  ]);
});

test("a cut link comes before a node that is known to be down", () => {
  const told = links(link("ingest-1"), { ...CUT, name: "ingest-3", dead: true }, CUT);
  assert.deepEqual(broken(known({ told })).map(({ key }) => key), ["link ingest-2", "dead ingest-3"]);
});

test("a collector that is not heard is named with what it held", () => {
  const silent = host({ state: "silent", for_ms: 9000, queue: { count: 3, from_ms: null, to_ms: null } });
  assert.deepEqual(texts({ hosts: [silent], hostsMs: 1000 }), ["Nothing from the collector of db-2 for 10 s; it held 3 records"]);
  const stopped = host({ state: "stopped", for_ms: 4000 });
  assert.deepEqual(texts({ hosts: [stopped] }), [`The collector of db-2 was stopped at ${clock(96_000)}`]);
});

test("of many hosts one sentence says how many, the names of a few, and the last", () => {
  const quiet = ["a", "b", "c", "d"].map((name, i) => host({ id: name, name, state: "down", for_ms: 10_000 * (i + 1) }));
  assert.deepEqual(texts({ hosts: [...quiet, host({ state: "stopped" })] }), [
    "Nothing from the collectors of 4 hosts: a, b, c and 1 more; a last, 10 s ago",
  ]);
});

test("suspended verdicts are told once: by the link, else in words of their own", () => {
  const suspended = host({ suspended: "the link to ingest-2 is broken since 14:02:10 UTC" });
  assert.equal(texts({ hosts: [suspended], told: links(link("ingest-1"), CUT) }).length, 1);
  assert.deepEqual(texts({ hosts: [suspended] }), [
    "Whether db-2 still sends is not known: the link to ingest-2 is broken since 14:02:10 UTC",
  ]);
  assert.match(texts({ hosts: [suspended, { ...suspended, state: "unknown" }] })[0], /^Whether 2 hosts/);
});

test("each has its sentence, links before collectors before the container before the store", () => {
  const ended = { id: "e", time_ms: 95_000, entity: "c1", name: "api", mark: "crashed", text: "crashed, exit code 137", count: 1 };
  const told = { ...links(link("ingest-1"), CUT), store: DOWN.store };
  assert.deepEqual(texts({ told, ended, hosts: [host({ state: "down", for_ms: 9000 })] }), [
    "The web node lacks ingest-2 for 12 s: what its collectors send does not arrive",
    "Nothing from the collector of db-2 for 9.0 s",
    `Container api crashed, exit code 137, at ${clock(95_000)}`,
    "The store does not answer for 1 min: live goes on, history waits",
  ]);
});

test("a key stays while time passes and changes with what is broken", () => {
  const keys = (fields) => broken(known(fields)).map(({ key }) => key).join();
  const silent = host({ state: "silent" });
  assert.equal(keys({ hosts: [silent] }), keys({ hosts: [host({ state: "silent", for_ms: 9000 })], hostsMs: 700 }));
  assert.notEqual(keys({ hosts: [silent] }), keys({ hosts: [host({ state: "down" })] }));
});

test("the last end of a container is told while it does not run", () => {
  const event = (id, entity, mark) => ({ id, time_ms: 1, entity, name: "api", mark, text: "", count: 1 });
  const events = [event("1", "c1", "stopped"), event("2", "c1", "crashed"), event("3", "c2", "stopped"), event("4", "c1", "started")];
  assert.equal(endOf(events, "c1", false)?.id, "2");
  assert.deepEqual([endOf(events, "c1", true), endOf(events, "", false), endOf([], "c1", false)], [null, null, null]);
});
