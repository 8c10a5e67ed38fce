/**
 * Spans of time over a graph (gaps, late, stale) and its limit, as elements that are kept and moved.
 *
 * @import { Band } from "../core/spans.mjs"
 */

import { make, setData, setText } from "./dom.mjs";

export class Bands {
  /** @type {{ band: HTMLElement, label: HTMLElement }[]} */ #pool = [];
  /** @type {HTMLElement | null} */ #limit = null;
  /** @type {Band[]} what is shown now */ shown = [];

  /** @param {HTMLElement} element over the plot area */
  constructor(element) {
    this.element = element;
  }

  /** @param {Band[]} bands */
  show(bands) {
    this.shown = bands;
    while (this.#pool.length < bands.length) this.#grow();
    this.#pool.forEach(({ band, label }, i) => {
      const one = bands[i];
      band.hidden = !one;
      if (!one) return;
      setData(band, "kind", one.kind);
      setData(band, "side", one.side);
      band.style.transform = `translateX(${one.left.toFixed(1)}px)`;
      band.style.width = `${one.width.toFixed(1)}px`;
      setText(label, one.side ? one.text : "");
    });
  }

  /**
   * @param {number | null} share of the height, from below; null: no line
   * @param {string} text
   */
  showLimit(share, text) {
    if (share === null) {
      this.#limit?.remove();
      this.#limit = null;
      return;
    }
    if (!this.#limit) {
      this.#limit = make("div", "limit");
      this.#limit.append(make("span", "limit-label"));
      this.element.append(this.#limit);
    }
    this.#limit.style.bottom = `${(100 * share).toFixed(2)}%`;
    setText(/** @type {Element} */ (this.#limit.firstElementChild), text);
  }

  #grow() {
    const band = make("div", "band");
    const label = make("span", "band-label", "");
    band.append(label);
    this.element.append(band);
    this.#pool.push({ band, label });
  }
}
