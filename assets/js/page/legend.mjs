/**
 * A graph's legend: colour, name and value of each series. A click shows a series alone, with Shift,
 * Ctrl or Cmd it is hidden or shown. What has no room is counted; the tooltip has all.
 *
 * @import { Drawn } from "../core/drawn.mjs"
 * @import { Unit } from "../types.js"
 */

import { format } from "../core/numbers.mjs";
import { make, setText } from "./dom.mjs";

/** Room for the longest value of a unit, in digits: values change without moving their neighbours. */
const ROOM = {
  percent: 6, bytes: 9, "bytes/s": 10, "bits/s": 11, cores: 4, count: 5, per_second: 7, load: 4, seconds: 7, number: 7,
};

export class Legend {
  /** @type {{ item: HTMLButtonElement, value: HTMLElement, label: string }[]} */ #items = [];
  /** @type {Set<string>} labels of hidden series */ hidden = new Set();

  /** @param {HTMLElement} element @param {Unit} unit @param {() => void} changed */
  constructor(element, unit, changed) {
    this.element = element;
    this.unit = unit;
    this.changed = changed;
    this.more = make("span", "legend-more", "");
  }

  /** @param {Drawn[]} drawn */
  set(drawn) {
    this.#items = drawn.map((one) => this.#item(one));
    this.element.replaceChildren(...this.#items.map(({ item }) => item), this.more);
    this.#mark();
    this.fit();
  }

  /** Hides what does not fit into the lines that CSS gives. Reads layout: only when series or sizes change. */
  fit() {
    const { element, more } = this;
    for (const { item } of this.#items) item.hidden = false;
    more.hidden = true;
    const room = element.clientHeight;
    const overflows = () => element.scrollHeight > room + 2;
    for (let shown = this.#items.length - 1; shown > 0 && overflows(); shown -= 1) {
      this.#items[shown].item.hidden = true;
      more.hidden = false;
      setText(more, `+${this.#items.length - shown}`);
    }
  }

  /** @param {(number | null)[]} values in the order of the series */
  update(values) {
    this.#items.forEach(({ item, value }, i) => {
      if (!item.hidden) setText(value, format(values[i], this.unit));
    });
  }

  /** @param {Drawn} one */
  #item(one) {
    const item = make("button", "legend-item");
    item.type = "button";
    const swatch = make("i", "swatch");
    swatch.dataset.colour = String(one.colour);
    const value = make("b", "legend-value", "");
    value.style.minWidth = `${ROOM[this.unit]}ch`;
    item.append(swatch, make("span", "legend-name", one.label), value);
    item.addEventListener("click", (event) => this.#choose(one.label, event.shiftKey || event.ctrlKey || event.metaKey));
    return { item, value, label: one.label };
  }

  /** @param {string} label @param {boolean} toggle */
  #choose(label, toggle) {
    const others = this.#items.map((one) => one.label).filter((other) => other !== label);
    const alone = !this.hidden.has(label) && others.every((other) => this.hidden.has(other));
    if (!toggle) this.hidden = new Set(alone ? [] : others);
    else if (!this.hidden.delete(label) && others.some((other) => !this.hidden.has(other))) this.hidden.add(label);
    this.#mark();
    this.changed();
  }

  #mark() {
    for (const { item, label } of this.#items) item.setAttribute("aria-pressed", String(!this.hidden.has(label)));
  }
}
