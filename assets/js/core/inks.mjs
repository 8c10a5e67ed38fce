/** Colours for Plotly, from computed CSS colours. */

import { COLOURS } from "./palette.mjs";

const FILL = 0.58;
const SOFT = 0.13;
const FREE = 0.07;

/** @typedef {[number, number, number]} Rgb */

/**
 * Red, green and blue of a computed colour; black if it cannot be read.
 * @param {string} text `rgb(…)` or `rgba(…)`
 * @returns {Rgb}
 */
export function parseRgb(text) {
  const found = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : [0, 0, 0];
}

/** @param {Rgb} top @param {Rgb} ground @param {number} share of the first @returns {Rgb} */
export function mix(top, ground, share) {
  return /** @type {Rgb} */ (top.map((value, i) => Math.round(value * share + ground[i] * (1 - share))));
}

/** @param {Rgb} rgb */
function css([r, g, b]) {
  return `rgb(${r},${g},${b})`;
}

/**
 * What graphs are drawn with: areas of stacks are opaque, as they lie over each other.
 * @param {string[]} series computed colours
 * @param {string} neutral
 * @param {string} ground behind the graph
 */
export function inksOf(series, neutral, ground) {
  const back = parseRgb(ground);
  const lines = series.slice(0, COLOURS).map(parseRgb);
  const free = parseRgb(neutral);
  return {
    line: [...lines.map(css), css(mix(free, back, 0.35))],
    fill: [...lines.map((rgb) => css(mix(rgb, back, FILL))), css(mix(free, back, FREE))],
    soft: [...lines.map(([r, g, b]) => `rgba(${r},${g},${b},${SOFT})`), `rgba(0,0,0,0)`],
  };
}
