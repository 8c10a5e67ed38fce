/**
 * A graph as Plotly's traces and axes: what `Plotly.react` gets, made of nothing but arguments.
 *
 * @import { Axis, GraphSettings, Trace } from "../types.js"
 * @import { Drawn } from "./drawn.mjs"
 * @import { SeriesStore } from "./series.mjs"
 * @import { ValueAxis } from "./ticks.mjs"
 */

import { line } from "./decimate.mjs";
import { stack } from "./stack.mjs";
import { valueAxis } from "./ticks.mjs";

/**
 * Colours of the theme by place: lines, areas of stacks (opaque), areas under lines; the last place
 * of each is the neutral one.
 * @typedef {{ line: string[], fill: string[], soft: string[] }} Inks
 */

/** @typedef {{ l: number, r: number, t: number, b: number }} Margin */

/** Plotly notes its own choices in the layout it drew; they must not outlive ours. */
const FIXED = { type: "linear", autorange: false };

/**
 * @param {GraphSettings} settings
 * @param {SeriesStore} store
 * @param {Drawn[]} drawn
 * @param {Axis} axis
 * @param {number} width of the plot area, px
 * @param {Inks} inks
 * @returns {Trace[]}
 */
export function traces(settings, store, drawn, axis, width, inks) {
  const columnMs = (axis.to - axis.from) / Math.max(1, width);
  const sides = [drawn.filter((one) => !one.below), drawn.filter((one) => one.below)];
  const tolerance = Math.max(store.stepMs, store.periodMs) / 2;
  return sides.flatMap((side, i) => {
    const sign = i === 0 ? 1 : -1;
    if (settings.draw === "stacked") return stackTraces(side, axis, columnMs, tolerance, sign, inks);
    return lineTraces(side, axis, columnMs, tolerance, sign, inks);
  });
}

/**
 * @param {Drawn[]} side @param {Axis} axis @param {number} columnMs @param {number} tolerance
 * @param {number} sign @param {Inks} inks
 * @returns {Trace[]}
 */
function stackTraces(side, axis, columnMs, tolerance, sign, inks) {
  const { x, ys } = stack(side.map(({ series }) => series), axis.from, axis.to, columnMs, tolerance, sign);
  return side
    .map((one, s) => trace(one.label, x, ys[s], ink(inks.line, one), 1, ink(inks.fill, one)))
    .reverse();
}

/**
 * A single line has a soft area below it.
 * @param {Drawn[]} side @param {Axis} axis @param {number} columnMs @param {number} tolerance
 * @param {number} sign @param {Inks} inks
 * @returns {Trace[]}
 */
function lineTraces(side, axis, columnMs, tolerance, sign, inks) {
  const lines = side.map((one) => {
    const { x, y } = line(one.series, axis.from, axis.to, columnMs, sign);
    return trace(one.label, x, y, ink(inks.line, one), 1.5);
  });
  if (side.length !== 1) return lines;
  const { x, ys } = stack([side[0].series], axis.from, axis.to, columnMs, tolerance, sign);
  return [trace(side[0].label, x, ys[0], ink(inks.line, side[0]), 0, ink(inks.soft, side[0])), ...lines];
}

/** @param {string[]} colours @param {Drawn} one */
function ink(colours, one) {
  return one.colour < 0 ? colours[colours.length - 1] : colours[one.colour];
}

/**
 * @param {string} name @param {(number | null)[]} x @param {(number | null)[]} y @param {string} color
 * @param {number} width @param {string} [fill]
 * @returns {Trace}
 */
function trace(name, x, y, color, width, fill) {
  /** @type {Trace} */
  const made = { type: "scatter", mode: "lines", name, x, y, hoverinfo: "skip", line: { width, color, simplify: false } };
  return fill === undefined ? made : { ...made, fill: "tozeroy", fillcolor: fill };
}

/**
 * The value axis that holds all traces.
 * @param {GraphSettings} settings
 * @param {Trace[]} drawn
 * @param {number} height of the plot area, px
 */
export function verticalAxis(settings, drawn, height) {
  let low = 0;
  let high = 0;
  for (const { y } of drawn) {
    for (const value of y) {
      if (value === null) continue;
      if (value > high) high = value;
      if (value < low) low = value;
    }
  }
  return valueAxis(settings.unit, low, high, settings.limit, settings.below.length > 0, height);
}

/**
 * The layout of a skeleton figure (layouts/figures.py) at a size, on two axes. Plotly only places
 * lines by them: grid and labels are drawn by page/scale.mjs.
 * @param {{ margin: Margin, xaxis: object, yaxis: object }} skeleton
 * @param {number} width of the whole figure, px
 * @param {number} height
 * @param {Axis} axis
 * @param {ValueAxis} values
 */
export function layout(skeleton, width, height, axis, values) {
  return {
    ...skeleton,
    width,
    height,
    autosize: false,
    xaxis: { ...skeleton.xaxis, ...FIXED, range: [axis.from, axis.to] },
    yaxis: { ...skeleton.yaxis, ...FIXED, range: values.range },
  };
}
