/**
 * The browser stream's messages: text in, checked values out. What cannot be read becomes an
 * "invalid" message and never an exception.
 *
 * @import { Column, Message, Range } from "../types.js"
 */

import { isKept } from "./preferences.mjs";

/** @typedef {Record<string, unknown>} Fields */

const STATES = ["live", "silent", "down", "stopped", "unknown"];
const LEVELS = ["ok", "warn", "bad"];

/** @type {Record<string, (m: Fields) => boolean>} */
const CHECKS = {
  hello: (m) => isText(m.node) && isText(m.version),
  view: isView,
  points: (m) =>
    isNumber(m.id) && isNumber(m.now_ms) && isListOf(m.series, isSeries) &&
    isListOf(m.points, isPoint) && isListOf(m.remove, isKeyed),
  presence: (m) => isListOf(m.hosts, isHost) && (m.retired === undefined || isListOf(m.retired, isText)),
  system: isSystem,
  beat: () => true,
  links: (m) => isListOf(m.links, isLink) && isRecord(m.store) && isText(m.store.text) && isNumber(m.store.for_ms),
  gaps: (m) => isText(m.host) && isListOf(m.gaps, isGap),
  events: (m) => isText(m.host) && isText(m.container) && typeof m.whole === "boolean" && isListOf(m.events, isHappening),
  found: (m) => isText(m.find) && isRecord(m.hosts) && Object.values(m.hosts).every(isFound),
  containers: (m) => isText(m.host) && isText(m.container) && isListOf(m.containers, isContainer),
  preferences: (m) => isText(m.person) && (m.kept === null || isKept(m.kept)),
  store: (m) => typeof m.read_only === "boolean",
  error: (m) => isText(m.error) && isText(m.reason) && (m.hint === undefined || isText(m.hint)),
};

/**
 * @param {string} text
 * @returns {Message}
 */
export function decode(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return invalid("not JSON");
  }
  if (!isRecord(message) || !isText(message.type)) return invalid("no type");
  const check = Object.hasOwn(CHECKS, message.type) ? CHECKS[message.type] : undefined;
  if (!check) return invalid(`unknown type ${message.type.slice(0, 40)}`);
  return check(message) ? /** @type {Message} */ (/** @type {unknown} */ (message)) : invalid(`malformed ${message.type}`);
}

/**
 * @param {number} id
 * @param {string} query a Query in URL form
 */
export function subscribe(id, query) {
  return JSON.stringify({ op: "subscribe", id, query });
}

/** @param {number} id */
export function unsubscribe(id) {
  return JSON.stringify({ op: "unsubscribe", id });
}

/**
 * @param {string} host
 * @param {Range} range of gaps and events
 * @param {string} [container] whose events alone are wanted
 */
export function watch(host, range, container = "") {
  return JSON.stringify({ op: "watch", host, ...(container && { container }), ...range });
}

/** Presence of all hosts, and which have containers that a text finds. @param {string} find */
export function watchAll(find) {
  return JSON.stringify({ op: "watch", host: null, ...(find && { find }) });
}

/** Store, nodes and collectors, in place of any watch before. */
export function watchSystem() {
  return JSON.stringify({ op: "watch", system: true });
}

/** @param {string} reason @returns {Message} */
function invalid(reason) {
  return { type: "invalid", reason };
}

/** @param {Fields} m */
function isView(m) {
  const numbers = [m.id, m.step_ms, m.from_ms, m.to_ms, m.now_ms, m.period_ms];
  return (
    numbers.every(isNumber) && typeof m.live === "boolean" && isListOf(m.series, isSeries) &&
    isRecord(m.columns) && Object.values(m.columns).every(isColumn) &&
    (m.error === null || m.error === undefined || isText(m.error))
  );
}

/** @param {unknown} value @returns {value is Fields} */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === "string";
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** @param {unknown} value */
function isValue(value) {
  return value === null || isNumber(value);
}

/** @param {unknown} value @param {(item: any) => boolean} check */
function isListOf(value, check) {
  return Array.isArray(value) && value.every(check);
}

/** @param {any} s */
function isSeries(s) {
  return isRecord(s) && isText(s.key) && isText(s.entity) && isText(s.metric) && isText(s.label);
}

/** @param {any} c */
function isColumn(c) {
  return (
    isRecord(c) && isListOf(c.t, isNumber) && isListOf(c.v, isValue) && isListOf(c.j, isJoined) &&
    /** @type {Column} */ (/** @type {unknown} */ (c)).t.length === /** @type {any[]} */ (c.v).length &&
    /** @type {any[]} */ (c.v).length === /** @type {any[]} */ (c.j).length
  );
}

/** @param {unknown} value */
function isJoined(value) {
  return value === 0 || value === 1 || typeof value === "boolean";
}

/** @param {any} p */
function isPoint(p) {
  return isKeyed(p) && isValue(p[2]) && isJoined(p[3]);
}

/** @param {any} p */
function isKeyed(p) {
  return Array.isArray(p) && isText(p[0]) && isNumber(p[1]);
}

/** @param {any} l */
function isLink(l) {
  return isRecord(l) && [l.name, l.failure].every(isText) && typeof l.dead === "boolean" && isNumber(l.for_ms);
}

/** @param {any} g */
function isGap(g) {
  return isRecord(g) && isNumber(g.from_ms) && isNumber(g.to_ms) && isText(g.state) && isText(g.text);
}

/** @param {any} e */
function isHappening(e) {
  return isRecord(e) && [e.id, e.entity, e.name, e.mark, e.text].every(isText) && [e.time_ms, e.count].every(isNumber);
}

/** @param {any} f */
function isFound(f) {
  return isRecord(f) && isListOf(f.names, isText) && isNumber(f.count);
}

/** @param {any} c */
function isContainer(c) {
  return isRecord(c) && [c.id, c.name, c.project, c.service, c.image, c.runtime, c.health].every(isText);
}

/** Of a host whose state is unknown nothing else is. @param {any} h */
function isHost(h) {
  if (!isRecord(h) || ![h.id, h.name, h.fleet, h.state, h.note].every(isText)) return false;
  if (h.state === "unknown") return true;
  return (
    STATES.includes(/** @type {string} */ (h.state)) && isRecord(h.queue) && isNumber(h.queue.count) &&
    [h.for_ms, h.age_ms, h.offset_ms, h.now_ms, h.period_ms].every(isNumber)
  );
}

/** @param {Fields} m */
function isSystem(m) {
  return (
    isLevel(m.level) && isListOf(m.problems, isProblem) && isRecord(m.store) && isStore(m.store) &&
    isRecord(m.web) && isWeb(m.web) && isListOf(m.nodes, isNode) && isListOf(m.webs, isPeer) && isBacklog(m.backlog) &&
    isRecord(m.collectors) && isNumber(m.collectors.hosts) && isListOf(m.collectors.shown, isDoubt)
  );
}

/** @param {unknown} value */
function isLevel(value) {
  return LEVELS.includes(/** @type {string} */ (value));
}

/** @param {any} p */
function isProblem(p) {
  return isRecord(p) && isLevel(p.level) && isText(p.text) && isText(p.hint);
}

/** @param {Fields} s */
function isStore(s) {
  return (
    isLevel(s.level) && [s.url, s.text, s.detail, s.hint].every(isText) &&
    [s.waited_ms, s.refresh_ms].every(isNumber) && [s.write_ms, s.bytes, s.samples].every(isValue)
  );
}

/** @param {Fields} w */
function isWeb(w) {
  const { tiles } = w;
  return (
    [w.name, w.version].every(isText) && [w.up_ms, w.window_rows].every(isNumber) && isRecord(tiles) &&
    [tiles.bytes, tiles.max_bytes, tiles.entries].every(isNumber) && isValue(tiles.hit_ratio)
  );
}

/** @param {any} n */
function isNode(n) {
  return (
    isRecord(n) && [n.node, n.version, n.state, n.link, n.store, n.url].every(isText) && isNumber(n.age_ms) &&
    [n.up_ms, n.commit_ms, n.waiting, n.waiting_bytes, n.records, n.retried, n.readers, n.latency_ms, n.link_ms].every(isValue)
  );
}

/** @param {any} w */
function isPeer(w) {
  return isRecord(w) && [w.name, w.url, w.version].every(isText) && [w.reads, w.lacks].every((names) => isListOf(names, isText));
}

/** @param {unknown} b */
function isBacklog(b) {
  return isRecord(b) && isNumber(b.hosts) && isNumber(b.records) && isListOf(b.shown, isWaiting);
}

/** @param {any} w */
function isWaiting(w) {
  return (
    isRecord(w) && [w.host, w.name, w.state].every(isText) && [w.count, w.held_ms].every(isNumber) && isValue(w.from_ms)
  );
}

/** @param {any} d */
function isDoubt(d) {
  return isRecord(d) && isLevel(d.level) && [d.host, d.name, d.about, d.text].every(isText) && isNumber(d.offset_ms);
}
