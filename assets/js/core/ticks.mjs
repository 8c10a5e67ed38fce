/**
 * The value axis: where it ends, and its ticks at round numbers of the unit.
 *
 * @import { Unit } from "../types.js"
 */

import { formatTick } from "./numbers.mjs";

/** The least an axis spans, so that noise does not fill the box. */
const LEAST = {
  percent: 0.01, bytes: 1024, "bytes/s": 1024, "bits/s": 125, cores: 0.1, count: 4, per_second: 1, load: 0.5,
  seconds: 0.005, number: 1,
};

/** The parts of a whole add up to it, but for their rounding. */
const ROUNDING = 0.002;

/** Lines stay a little below the top. */
const AIR = 1.02;

/** @typedef {{ range: [number, number], values: number[], texts: string[] }} ValueAxis */

/**
 * @param {Unit} unit
 * @param {number} low the least value drawn; below 0 the axis reaches down to it
 * @param {number} high the greatest value drawn
 * @param {number | null} limit where the axis reaches at least
 * @param {boolean} mirrored
 * @param {number} height of the plot area, px
 * @returns {ValueAxis}
 */
export function valueAxis(unit, low, high, limit, mirrored, height) {
  const count = Math.max(2, Math.min(5, Math.floor(height / 30)));
  const least = limit ?? LEAST[unit];
  const within = !mirrored && limit !== null && high <= limit * (1 + ROUNDING);
  const up = within ? limit : Math.max(high * AIR, mirrored ? 0 : least);
  const down = Math.max(0, -low * AIR);
  const step = tickStep(unit, Math.max(up + down, mirrored ? 2 * least : least) / count);
  const top = within ? Math.max(limit, high) : roof(mirrored ? Math.max(up, step) : up, step);
  const bottom = mirrored || down > 0 ? roof(Math.max(down, step), step) : 0;
  /** @type {number[]} */ const values = [];
  for (let k = 0 - Math.round(bottom / step); k * step <= top * 1.0001; k += 1) values.push(k * step);
  return { range: [0 - bottom, top], values, texts: values.map((value) => formatTick(value, unit)) };
}

/** The next multiple of the step. @param {number} value @param {number} step */
function roof(value, step) {
  return Math.ceil(value / step - 1e-9) * step;
}

/**
 * A round step of the unit, not below `least`.
 * @param {Unit} unit
 * @param {number} least
 */
export function tickStep(unit, least) {
  if (unit === "bytes" || unit === "bytes/s") return 2 ** Math.ceil(Math.log2(Math.max(1, least)));
  const scale = unit === "bits/s" ? 8 : 1;
  const whole = unit === "count" ? 1 : 0;
  return Math.max(whole, decimalStep(least * scale) / scale);
}

/** @param {number} least */
function decimalStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * power >= least * 0.9999) ?? 10;
  return factor * power;
}
