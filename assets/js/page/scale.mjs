/**
 * The axes of a plot: grid lines and labels as elements that are kept and moved. Plotly's own would
 * cost half of every drawing.
 *
 * @import { Axis } from "../types.js"
 * @import { Margin } from "../core/picture.mjs"
 * @import { ValueAxis } from "../core/ticks.mjs"
 */

import { make, setText } from "./dom.mjs";

export class Scale {
  /** @param {HTMLElement} element over the whole plot */
  constructor(element) {
    this.lines = new Pool(element, "grid-line");
    this.values = new Pool(element, "value-tick");
    this.times = new Pool(element, "time-tick", " translateX(-50%)");
  }

  /**
   * @param {Axis} axis
   * @param {{ values: number[], texts: string[] }} times
   * @param {ValueAxis} values
   * @param {number} width of the plot area, px
   * @param {number} height of the plot area, px
   * @param {Margin} margin
   */
  show(axis, times, values, width, height, margin) {
    const [low, high] = values.range;
    const tops = values.values.map((value) => margin.t + ((high - value) / (high - low)) * height);
    this.lines.show(tops.map((y, i) => ({ x: margin.l, y, text: "", kind: values.values[i] === 0 ? "zero" : "" })));
    this.values.show(tops.map((y, i) => ({ x: 0, y, text: values.texts[i], kind: "" })));
    const pxPerMs = width / (axis.to - axis.from);
    const lefts = times.values.map((time) => margin.l + (time - axis.from) * pxPerMs);
    this.times.show(lefts.map((x, i) => ({ x, y: margin.t + height, text: times.texts[i], kind: "" })));
  }
}

/** Elements of one class, as many as were ever needed at once. */
class Pool {
  /** @type {HTMLElement[]} */ #elements = [];

  /** @param {HTMLElement} parent @param {string} className @param {string} [align] a transform of each */
  constructor(parent, className, align = "") {
    this.align = align;
    this.parent = parent;
    this.className = className;
  }

  /** @param {{ x: number, y: number, text: string, kind: string }[]} marks */
  show(marks) {
    while (this.#elements.length < marks.length) {
      const element = make("span", this.className, "");
      this.#elements.push(element);
      this.parent.append(element);
    }
    this.#elements.forEach((element, i) => {
      const mark = marks[i];
      element.hidden = !mark;
      if (!mark) return;
      element.style.transform = `translate(${mark.x.toFixed(1)}px, ${mark.y.toFixed(1)}px)${this.align}`;
      if (element.dataset.kind !== mark.kind) element.dataset.kind = mark.kind;
      setText(element, mark.text);
    });
  }
}
