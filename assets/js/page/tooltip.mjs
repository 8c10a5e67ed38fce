/**
 * The tooltip: what happened at a time, all values of a graph there, the greatest first, and what its gaps are called.
 *
 * @import { Card } from "./card.mjs"
 * @import { Mark } from "../core/lane.mjs"
 */

import { told } from "../core/lane.mjs";
import { format } from "../core/numbers.mjs";
import { moment } from "../core/times.mjs";
import { sum, valueAt } from "../core/values.mjs";
import { make } from "./dom.mjs";
import { glyph } from "./lane.mjs";

const ROWS = 10;
const AIR = 14;

export class Tooltip {
  constructor() {
    this.element = make("div", "tooltip");
    this.element.hidden = true;
    document.body.append(this.element);
  }

  hide() {
    this.element.hidden = true;
  }

  /** @param {Card} card @param {number} time @param {number} x of the pointer, px @param {number} y @param {Mark | null} mark that is there */
  show(card, time, x, y, mark) {
    const head = make("div", "tooltip-time", moment(time));
    this.element.replaceChildren(head, ...happened(mark), ...rows(card, time), ...names(card, time));
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const left = x + AIR + offsetWidth > innerWidth ? x - AIR - offsetWidth : x + AIR;
    const top = y + AIR + offsetHeight > innerHeight - 8 ? y - AIR - offsetHeight : y + AIR;
    this.element.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }
}

/** @param {Mark | null} mark */
function happened(mark) {
  if (!mark) return [];
  const { lines, more } = told(mark);
  const list = make("ul", "tooltip-events");
  for (const { shape, time, name, text } of lines) {
    const line = make("li", "");
    const words = make("span", "");
    words.append(make("span", "tooltip-clock", time), " ", make("b", "", name), ` ${text}`);
    line.append(glyph(shape), words);
    list.append(line);
  }
  if (more) list.append(make("li", "tooltip-more", more));
  return [list];
}

/** @param {Card} card @param {number} time */
function rows({ drawn, store, settings, legend }, time) {
  const shown = drawn.filter(({ label }) => !legend.hidden.has(label));
  const known = shown.flatMap((one) => {
    const value = valueAt(one.series, store, time);
    return value === null ? [] : [{ one, value }];
  });
  known.sort((a, b) => b.value - a.value);
  const lines = known.slice(0, ROWS).map(({ one, value }) => row(one.label, format(value, settings.unit), one.colour));
  if (known.length > ROWS) lines.push(make("div", "tooltip-more", `${known.length - ROWS} more`));
  if (settings.draw === "stacked" && settings.below.length === 0 && known.length > 1) {
    lines.push(row("total", format(sum(known.map(({ value }) => value)), settings.unit), null));
  }
  return lines.length > 0 ? lines : [make("div", "tooltip-more", "no value here")];
}

/** @param {string} name @param {string} value @param {number | null} colour */
function row(name, value, colour) {
  const line = make("div", colour === null ? "tooltip-row tooltip-total" : "tooltip-row");
  const swatch = make("i", "swatch");
  if (colour !== null) swatch.dataset.colour = String(colour);
  line.append(swatch, make("span", "", name), make("b", "", value));
  return line;
}

/** @param {Card} card @param {number} time */
function names({ bands }, time) {
  return bands.shown
    .filter(({ from, to, text }) => text && from <= time && time <= to)
    .map(({ text, kind }) => {
      const line = make("div", "tooltip-band", text);
      line.dataset.kind = kind;
      return line;
    });
}
