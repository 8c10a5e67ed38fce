/**
 * The Plotly graph of a card: Dash mounts it with a skeleton figure, this draws into it.
 *
 * Plotly takes 10 ms and more for a drawing, so that where only points and axes have moved the paths
 * it made are moved by us (the fast lane), and Plotly follows every 10 s. Whatever else changes, and a
 * graph whose paths are not found as expected, goes through Plotly.
 *
 * @import { Frame } from "../core/path.mjs"
 * @import { Margin } from "../core/picture.mjs"
 * @import { Trace } from "../types.js"
 */

import { areaPath, linePath } from "../core/path.mjs";

const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };
const FOLLOW_MS = 10_000;

/** @typedef {HTMLElement & { layout?: Skeleton }} GraphDiv */
/** @typedef {{ margin: Margin, xaxis: object, yaxis: object }} Skeleton */
/** A trace's paths: one for each unbroken piece of its line, one for its area. @typedef {{ lines: Element[], area: Element | null }} Lane */

export class Plot {
  /** @type {GraphDiv | null} */ #gd = null;
  /** @type {Skeleton | null} */ #skeleton = null;
  /** @type {Lane[] | null} */ #lanes = null;
  #look = "";
  #turn = -1;

  /** @param {HTMLElement} frame the element that holds dcc.Graph @param {number} phase in [0, 1), when Plotly follows */
  constructor(frame, phase) {
    this.frame = frame;
    this.phase = phase;
    this.width = frame.clientWidth;
    this.height = frame.clientHeight;
  }

  /** The figure as Dash drew it; null until it has. @returns {Skeleton | null} */
  get skeleton() {
    if (this.#skeleton) return this.#skeleton;
    /** @type {GraphDiv | null} */ const gd = this.frame.querySelector(".js-plotly-plot");
    if (!gd?.layout || !window.Plotly || gd.classList.contains("dash-graph--pending")) return null;
    this.#gd = gd;
    const { margin, ...rest } = gd.layout;
    this.#skeleton = { ...rest, margin: { ...margin } };
    return this.#skeleton;
  }

  /** Width of the plot area, px. @param {Skeleton} skeleton */
  innerWidth({ margin }) {
    return Math.max(1, this.width - margin.l - margin.r);
  }

  /** Height of the plot area, px. @param {Skeleton} skeleton */
  innerHeight({ margin }) {
    return Math.max(1, this.height - margin.t - margin.b);
  }

  /**
   * @param {Trace[]} data
   * @param {() => object} layout for Plotly
   * @param {Frame} place where values lie, the same as in the layout
   * @param {number} at
   */
  draw(data, layout, place, at) {
    if (!this.#gd) return;
    const turn = Math.floor(at / FOLLOW_MS - this.phase);
    const look = `${this.width} ${this.height} ${data.map(lookOf).join(" ")}`;
    if (this.#lanes && turn === this.#turn && look === this.#look) {
      move(this.#lanes, data, place);
      return;
    }
    window.Plotly?.react(this.#gd, data, layout(), CONFIG);
    this.#lanes = lanesOf(this.#gd, data);
    this.#turn = turn;
    this.#look = look;
  }
}

/** All of a trace but its points. @param {Trace} trace */
function lookOf({ name, line, fill, fillcolor, x }) {
  return `${name} ${line.color} ${line.width} ${fill} ${fillcolor} ${x.length === 0}`;
}

/**
 * The paths of each trace; null if Plotly made others than those expected.
 * @param {HTMLElement} gd
 * @param {Trace[]} data
 * @returns {Lane[] | null}
 */
function lanesOf(gd, data) {
  const groups = gd.querySelectorAll(".scatterlayer > .trace");
  if (groups.length !== data.length) return null;
  const lanes = [...groups].map((group) => ({
    lines: [...group.querySelectorAll("path.js-line")],
    area: group.querySelector("path.js-fill"),
  }));
  return data.every((trace, i) => isExpected(trace, lanes[i])) ? lanes : null;
}

/** @param {Trace} trace @param {Lane} lane */
function isExpected({ x, line, fill }, { lines, area }) {
  if (x.length === 0) return true;
  return (lines.length > 0 || line.width === 0) && (area !== null || fill === undefined);
}

/** All pieces of a line into its first path. @param {Lane[]} lanes @param {Trace[]} data @param {Frame} place */
function move(lanes, data, place) {
  data.forEach((trace, i) => {
    const { lines, area } = lanes[i];
    lines.forEach((line, piece) => line.setAttribute("d", piece === 0 && trace.line.width > 0 ? linePath(trace, place) : ""));
    area?.setAttribute("d", areaPath(trace, place));
  });
}
