/**
 * The Plotly graph of a card: Dash mounts it with a skeleton figure, this draws into it.
 *
 * @import { Margin } from "../core/picture.mjs"
 * @import { Trace } from "../types.js"
 */

const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };

/** @typedef {HTMLElement & { layout?: Skeleton }} GraphDiv */
/** @typedef {{ margin: Margin, xaxis: object, yaxis: object }} Skeleton */

export class Plot {
  /** @type {GraphDiv | null} */ #gd = null;
  /** @type {Skeleton | null} */ #skeleton = null;

  /** @param {HTMLElement} frame the element that holds dcc.Graph */
  constructor(frame) {
    this.frame = frame;
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

  /** @param {Trace[]} data @param {object} layout */
  draw(data, layout) {
    if (this.#gd) window.Plotly?.react(this.#gd, data, layout, CONFIG);
  }
}
