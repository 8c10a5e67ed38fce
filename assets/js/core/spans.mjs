/**
 * Spans of time on a plot: gaps with their names, what arrived late, and what is stale. Each is told
 * by hatching and words, not by colour alone.
 *
 * @import { Axis, Gap } from "../types.js"
 */

import { clock } from "./times.mjs";

const CHARACTER = 5.9;
const LABEL_PADDING = 14;
const LEAST_WIDTH = 2;
const LATE = "arrived late";

/**
 * left, width: px. side: which edge of the span the label begins at; "" where there is no room.
 * @typedef {{ kind: string, text: string, from: number, to: number, left: number, width: number, side: "left" | "right" | "" }} Band
 */

/**
 * The last hole of a stale graph goes on to the right edge; without one the stale end is a band of its own.
 * @param {Gap[]} gaps
 * @param {number | null} staleFrom where the stale end begins
 * @param {Axis} axis
 * @param {number} width px
 * @returns {Band[]}
 */
export function bands(gaps, staleFrom, axis, width) {
  const filled = gaps.filter((gap) => gap.state === "late");
  const holes = gaps.filter((gap) => gap.state !== "late");
  const tail = staleFrom === null ? undefined : holes.findLast((gap) => gap.to_ms > staleFrom);
  const spans = [
    ...holes.map((gap) => span(gap.state, gap.text, gap.from_ms, gap === tail ? axis.to : gap.to_ms)),
    ...filled.map((gap) => span("late", gap.text || LATE, gap.from_ms, gap.to_ms)),
    ...(staleFrom !== null && !tail ? [span("stale", `nothing since ${clock(staleFrom)}`, staleFrom, axis.to)] : []),
  ];
  return labelled(spans.flatMap((one) => placed(one, axis, width)), width);
}

/** @param {string} kind @param {string} text @param {number} from @param {number} to */
function span(kind, text, from, to) {
  return { kind, text, from, to };
}

/**
 * @param {{ kind: string, text: string, from: number, to: number }} one
 * @param {Axis} axis
 * @param {number} width
 * @returns {Band[]}
 */
function placed(one, axis, width) {
  if (one.to < axis.from || one.from > axis.to) return [];
  const scale = width / (axis.to - axis.from);
  const left = Math.max(0, (one.from - axis.from) * scale);
  const right = Math.min(width, (one.to - axis.from) * scale);
  return [{ ...one, left: Math.min(left, width - LEAST_WIDTH), width: Math.max(LEAST_WIDTH, right - left), side: "" }];
}

/**
 * Labels where one neither meets another nor leaves the plot: those of holes before all others, the newest first.
 * @param {Band[]} all
 * @param {number} width
 */
function labelled(all, width) {
  /** @type {[number, number][]} */ const taken = [];
  const free = (/** @type {number} */ from, /** @type {number} */ to) =>
    from >= 0 && to <= width && taken.every(([begin, end]) => to <= begin || from >= end);
  for (const late of [false, true]) {
    for (const band of all.toReversed()) {
      if (band.text === "" || (band.kind === "late") !== late) continue;
      const need = band.text.length * CHARACTER + LABEL_PADDING;
      const right = band.left + band.width;
      if (free(band.left, band.left + need)) band.side = "left";
      else if (free(right - need, right)) band.side = "right";
      if (band.side !== "") taken.push(band.side === "left" ? [band.left, band.left + need] : [right - need, right]);
    }
  }
  return all;
}
