/**
 * The range a page shows. The URL alone owns it: `?from=…&to=…`, expressions that the server
 * resolves; without them "auto": from the first point, at least 1 minute, until it is 5 minutes wide.
 *
 * @import { Range, Axis } from "../types.js"
 */

const AUTO_LEAST_MS = 60_000;
const AUTO_MOST_MS = 300_000;
const LEAST_MS = 10_000;
const MOST_MS = 90 * 86_400_000;

/** @type {Range} */
export const AUTO = { from: "auto", to: "now" };

/** @param {string} search of a URL @returns {Range} */
export function fromSearch(search) {
  const params = new URLSearchParams(search);
  const from = params.get("from");
  return from ? { from, to: params.get("to") || "now" } : AUTO;
}

/** The search text of a URL with another range; other parameters stay. @param {string} search @param {Range} range */
export function toSearch(search, range) {
  const params = new URLSearchParams(search);
  params.delete("from");
  params.delete("to");
  if (range.from !== "auto") params.set("from", range.from);
  if (range.to !== "now") params.set("to", range.to);
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** What the server is asked for. @param {Range} range @returns {Range} */
export function asked(range) {
  return range.from === "auto" ? { from: "now-5m", to: range.to } : range;
}

/** Whether the right edge moves with now. @param {Range} range */
export function isLive(range) {
  return range.to === "now";
}

/** @param {Range} a @param {Range} b */
export function isSame(a, b) {
  return a.from === b.from && a.to === b.to;
}

/** Whether an expression moves with now at its pace (`now/d` does not). @param {string} text */
export function moves(text) {
  return text.startsWith("now") && !text.includes("/");
}

/**
 * What is on the axis at `nowMs`.
 * @param {Range} range
 * @param {{ from_ms: number, to_ms: number, now_ms: number } | null} resolved by the server, for this range
 * @param {number} nowMs the host's now
 * @param {number} firstMs time of the first point of the page; Infinity: none
 * @returns {Axis | null} null: not known yet
 */
export function axisAt(range, resolved, nowMs, firstMs) {
  if (range.from === "auto") {
    const width = Math.min(AUTO_MOST_MS, Math.max(AUTO_LEAST_MS, nowMs - firstMs));
    return { from: nowMs - width, to: nowMs };
  }
  if (resolved === null) return null;
  const passed = nowMs - resolved.now_ms;
  const from = resolved.from_ms + (moves(range.from) ? passed : 0);
  const to = resolved.to_ms + (moves(range.to) ? passed : 0);
  return to > from ? { from, to } : null;
}

/** A range between two times, not too narrow. @param {number} a @param {number} b @returns {Range} */
export function between(a, b) {
  const middle = (a + b) / 2;
  const half = Math.min(MOST_MS, Math.max(LEAST_MS, Math.abs(b - a))) / 2;
  return { from: String(Math.round(middle - half)), to: String(Math.round(middle + half)) };
}

/** Twice as wide; live again where it reaches now. @param {Axis} axis @param {number} nowMs @returns {Range} */
export function zoomedOut(axis, nowMs) {
  const width = Math.min(MOST_MS, 2 * (axis.to - axis.from));
  const to = (axis.from + axis.to + width) / 2;
  return to >= nowMs ? last(width) : between(to - width, to);
}

/**
 * Moved by half its width; live again where it reaches now.
 * @param {Axis} axis
 * @param {-1 | 1} direction
 * @param {number} nowMs
 * @returns {Range}
 */
export function shifted(axis, direction, nowMs) {
  const width = axis.to - axis.from;
  const to = axis.to + (direction * width) / 2;
  return to >= nowMs ? last(width) : between(to - width, to);
}

/** The last so many ms, live. @param {number} width @returns {Range} */
function last(width) {
  return { from: `now-${Math.max(1, Math.min(999_999, Math.round(width / 1000)))}s`, to: "now" };
}
