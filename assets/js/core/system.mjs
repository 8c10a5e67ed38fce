/**
 * What the system page says, in words: a text for each field that layouts/system.py made room for.
 * Ages are those of the message, carried on by `passedMs` since it arrived.
 *
 * @import { Ailing, Doubt, IngestNode, SystemMessage, WebPeer } from "../types.js"
 */

import { STALE_PERIODS } from "./freshness.mjs";
import { format, NONE } from "./numbers.mjs";
import { duration, moment } from "./times.mjs";

/** A web node tells once in so many ms. */
const PERIOD_MS = 1000;

/** How a mark is drawn, and the words beside it. @typedef {[state: string, words: string]} Mark */
/** @typedef {{ mark: Mark, note: string, detail: string, texts: Record<string, string> }} Facts */
/** A row of a table. key: of its element; host: whose page its name links to. @typedef {{ key: string, mark: Mark, host: string | null, texts: Record<string, string> }} Line */
/** @typedef {{ note: string, empty: string, lines: Line[] }} Table */

/** A clock that is off by less is right: that is what a record's way takes. */
const RIGHT_MS = 50;

const RETIRED = "Hosts come back when their collector sends, or by: tidegauge host restore ID.";
const REVOKED = "A collector that is still to send gets a new one by: tidegauge token create ID.";

/** @type {Record<SystemMessage["level"], string>} */
const MARKS = { ok: "live", warn: "silent", bad: "down" };

/**
 * How all is; not known when the cable is cut or the web node tells nothing more.
 * @param {SystemMessage} system
 * @param {"connecting" | "open" | "lost"} link
 * @param {number} passedMs
 * @returns {Mark}
 */
export function verdict({ level, problems }, link, passedMs) {
  if (link !== "open") return ["unknown", "not known: no connection"];
  if (passedMs > STALE_PERIODS * PERIOD_MS) return ["unknown", "not known: the web node says nothing"];
  if (problems.length === 0) return [MARKS[level], "all is well"];
  return [MARKS[level], problems.length === 1 ? "something is wrong" : `${problems.length} things are wrong`];
}

/** @param {number} passedMs */
export function toldText(passedMs) {
  return `told ${duration(passedMs)} ago`;
}

/** What is wrong, and what to do about it. @param {SystemMessage} system @returns {Line[]} */
export function problemLines({ problems }) {
  return problems.map(({ level, text, hint }, i) => ({
    key: String(i), mark: [MARKS[level], hint ? `${text} ${hint}` : text], host: null, texts: {},
  }));
}

/**
 * @param {SystemMessage} system
 * @param {number} passedMs
 * @param {boolean} heard whether the web node still tells
 * @returns {Record<"store" | "web" | "aside", Facts>}
 */
export function facts({ store, web, aside }, passedMs, heard) {
  return {
    store: {
      mark: [MARKS[store.level], storeText(store, passedMs)],
      note: store.url,
      detail: [store.detail, store.hint].filter(Boolean).join(". "),
      texts: {
        write: lag(store.write_ms),
        refresh: lag(store.refresh_ms),
        bytes: format(store.bytes, "bytes"),
        samples: format(store.samples, "count"),
      },
    },
    web: {
      mark: heard ? ["live", `up ${duration(web.up_ms + passedMs)}`] : ["unknown", `not heard for ${duration(passedMs)}`],
      note: [web.name, web.version].filter(Boolean).join(" · "),
      detail: "",
      texts: {
        rows: format(web.window_rows, "count"),
        tiles: `${format(web.tiles.bytes, "bytes")} of ${format(web.tiles.max_bytes, "bytes")}`,
        hits: format(web.tiles.hit_ratio, "percent"),
        entries: format(web.tiles.entries, "count"),
      },
    },
    aside: {
      mark: aside.retired + aside.revoked > 0 ? ["live", "as people decided"] : ["live", "none"],
      note: "",
      detail: [aside.retired > 0 ? RETIRED : "", aside.revoked > 0 ? REVOKED : ""].filter(Boolean).join(" "),
      texts: { retired: format(aside.retired, "count"), revoked: format(aside.revoked, "count") },
    },
  };
}

/** @param {SystemMessage} system @param {number} passedMs @returns {Record<"nodes" | "webs" | "backlog" | "collectors" | "ailing" | "clocks", Table>} */
export function tables({ web, nodes, webs, backlog, collectors, ailing, clocks }, passedMs) {
  return {
    nodes: {
      note: "",
      empty: "No ingest node has been heard.",
      lines: nodes.map((node) => nodeLine(node, passedMs)),
    },
    webs: {
      note: "",
      empty: "No web node is known.",
      lines: webs.map((one) => webLine(one, web.name)),
    },
    backlog: {
      note: backlogNote(backlog),
      empty: `No ${collectorText(backlog)} holds anything back.`,
      lines: backlog.shown.map((one) => ({
        key: one.host,
        mark: [one.state, one.state],
        host: one.host,
        texts: {
          name: one.name,
          count: format(one.count, "count"),
          held: duration(one.held_ms + passedMs),
          oldest: one.from_ms === null ? NONE : moment(one.from_ms),
          left: one.left_ms === null ? "unknown" : `about ${duration(Math.max(0, one.left_ms - passedMs))}`,
        },
      })),
    },
    collectors: {
      note: collectors.hosts > 0 ? hosts(collectors) : "",
      empty: "No clock is off by more than 10 s, and no host is reported twice.",
      lines: collectors.shown.map((one) => ({
        key: `${one.host} ${one.about}`,
        mark: [MARKS[one.level], one.about],
        host: one.host,
        texts: { name: one.name, text: doubtText(one) },
      })),
    },
    ailing: {
      note: ailing.hosts > 0 ? hosts(ailing) : "",
      empty: `No disk of a ${collectorText(backlog)} refuses records, and none holds dead letters.`,
      lines: ailing.shown.map((one) => ({
        key: `${one.host} ${one.about}`,
        mark: [MARKS[one.level], one.about],
        host: one.host,
        texts: { name: one.name, text: ailingText(one) },
      })),
    },
    clocks: {
      note: clocks.hosts > 0 ? `${counted(clocks.hosts, "host")}, the furthest off first` : "",
      empty: clocks.hosts > 0 ? `All are right to ${RIGHT_MS}\u00a0ms.` : "No collector is heard.",
      lines: clocks.shown.filter(({ offset_ms }) => Math.abs(offset_ms) >= RIGHT_MS).map((one) => ({
        key: one.host,
        mark: [one.state, one.state],
        host: one.host,
        texts: { name: one.name, offset: offsetText(one.offset_ms) },
      })),
    },
  };
}

/** @param {IngestNode} node @param {number} passedMs @returns {Line} */
function nodeLine(node, passedMs) {
  const age = duration(node.age_ms + passedMs);
  return {
    key: node.node,
    mark: [node.state, node.link ? `no link for ${age}` : node.state === "live" ? `heard ${age} ago` : `${node.state} for ${age}`],
    host: null,
    texts: {
      name: node.node,
      version: node.version || NONE,
      url: node.url || NONE,
      latency: linkText(node, passedMs),
      up: node.up_ms === null ? NONE : duration(node.up_ms + (node.state === "live" ? node.age_ms + passedMs : 0)),
      store: node.link || node.store || (node.state === "live" ? "keeps all" : NONE),
      commit: lag(node.commit_ms),
      waiting: node.waiting ? `${counted(node.waiting, "request")}, ${format(node.waiting_bytes, "bytes")}` : format(node.waiting, "count"),
      records: format(node.records, "count"),
      retried: format(node.retried, "count"),
      readers: format(node.readers, "count"),
    },
  };
}

/** @param {IngestNode} node @param {number} passedMs */
function linkText({ link, latency_ms, link_ms }, passedMs) {
  if (link_ms === null) return NONE;
  const since = `for ${duration(link_ms + passedMs)}`;
  if (link) return `none ${since}`;
  return latency_ms === null ? since : `${latency_ms < 10 ? latency_ms.toFixed(1) : Math.round(latency_ms)}\u00a0ms, ${since}`;
}

/** @param {WebPeer} peer @param {string} own the name of the node that tells @returns {Line} */
function webLine({ name, url, version, reads, lacks, differs }, own) {
  return {
    key: `${name} ${url}`,
    mark: peerMark(lacks, differs, name === own ? "this node" : "reads all"),
    host: null,
    texts: { name, version: version || NONE, url: url || NONE, reads: reads.join(", ") || NONE },
  };
}

/** @param {string[]} lacks @param {number} differs @param {string} well @returns {Mark} */
function peerMark(lacks, differs, well) {
  if (lacks.length > 0) return ["down", `lacks ${lacks.join(", ")}`];
  return differs > 0 ? ["silent", `differs on ${counted(differs, "host")} or more`] : ["live", well];
}

/** Of whom it is known that there is nothing. @param {SystemMessage["backlog"]} backlog */
function collectorText({ unheard }) {
  return unheard > 0 ? "collector that is heard" : "collector";
}

/** @param {SystemMessage["backlog"]} backlog */
function backlogNote(backlog) {
  const held = backlog.hosts > 0 ? `${counted(backlog.records, "record")} at ${hosts(backlog)}` : "";
  const unheard = backlog.unheard > 0 ? `not known of ${counted(backlog.unheard, "host")}, silent or down` : "";
  return [held, unheard].filter(Boolean).join(" · ");
}

/** @param {Ailing} one */
function ailingText({ about, count }) {
  return about === "disk" ? `${counted(count, "error")} within two minutes` : counted(count, "dead letter");
}

/** @param {SystemMessage["store"]} store @param {number} passedMs */
function storeText({ text, waited_ms }, passedMs) {
  return waited_ms > 0 ? `${text} for ${duration(waited_ms + passedMs)}` : text;
}

/** @param {Doubt} doubt */
function doubtText({ about, text, offset_ms }) {
  if (about !== "clock") return text;
  return `${duration(Math.abs(offset_ms))} ${offset_ms > 0 ? "ahead of" : "behind"} the server's clock`;
}

/** @param {number} ms */
function offsetText(ms) {
  return `${duration(Math.abs(ms))} ${ms > 0 ? "ahead" : "behind"}`;
}

/** How many, and how many of them are shown. @param {{ hosts: number, shown: { host: string }[] }} told */
function hosts({ hosts: count, shown }) {
  const listed = new Set(shown.map(({ host }) => host)).size;
  return listed < count ? `${counted(count, "host")}, ${listed} listed` : counted(count, "host");
}

/** @param {number | null} ms */
function lag(ms) {
  if (ms === null) return NONE;
  return ms < 1000 ? `${Math.round(ms)}\u00a0ms` : duration(ms);
}

/** @param {number} count @param {string} one */
function counted(count, one) {
  return `${format(count, "count")}\u00a0${one}${count === 1 ? "" : "s"}`;
}
