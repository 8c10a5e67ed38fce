/**
 * The lane of one graph: a path a shape, moved as the axis moves and made anew when something happened. One
 * stop of the Tab key; the arrows go from mark to mark.
 *
 * @import { Axis } from "../types.js"
 * @import { Happenings, Laid, Mark } from "../core/lane.mjs"
 */

import { countText, markAt, SHAPES, stepped, toldText } from "../core/lane.mjs";
import { make, setText } from "./dom.mjs";

const SVG = "http://www.w3.org/2000/svg";
/** How far marks may reach beyond the axis, px; plot.css has the same. */
const EDGE = 6;
const KEYS = ["ArrowLeft", "ArrowRight", "Home", "End"];

export class Lane {
  stale = true;
  /** Called with the time of the mark that a key went to; null: none. @type {(time: number | null) => void} */ pointed = () => {};
  /** @type {Laid | null} */ #laid = null;
  /** @type {Axis | null} */ #axis = null;
  /** @type {number | null} */ #at = null;
  /** @type {Map<string, { path: Element, d: string }>} */ #paths = new Map();
  /** @type {{ element: HTMLElement, left: string }[]} */ #counts = [];

  /** @param {HTMLElement} element @param {Happenings} happenings */
  constructor(element, happenings) {
    this.element = element;
    this.happenings = happenings;
    this.track = make("div", "lane-track");
    this.picture = document.createElementNS(SVG, "svg");
    this.track.append(this.picture);
    element.append(this.track);
    element.addEventListener("focus", () => this.#go(null, "End"));
    element.addEventListener("blur", () => this.#point(null));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Where nothing happened nothing is done. @param {Axis} axis @param {number} width of it, px */
  show(axis, width) {
    this.stale = false;
    if (this.happenings.events.length === 0 && this.#laid === null) return;
    const all = this.happenings.laid((axis.to - axis.from) / width);
    if (all !== this.#laid) this.#build(all);
    this.#axis = axis;
    this.track.style.transform = `translateX(${(EDGE + (all.base - axis.from) / all.msPerPx).toFixed(1)}px)`;
  }

  /** The mark at a time, if there is one. @param {number} time */
  at(time) {
    return this.#laid ? markAt(this.#laid, time) : null;
  }

  /** Only what came out differently is written. @param {Laid} all */
  #build(all) {
    this.#laid = all;
    for (const shape of Object.keys(SHAPES)) this.#draw(shape, all.paths.get(shape) ?? "");
    const counted = all.marks.map((mark, i) => ({ text: countText(mark), left: `${all.lefts[i].toFixed(1)}px` }));
    this.#number(counted.filter(({ text }) => text));
    this.#describe(this.#at === null ? null : this.at(this.#at));
  }

  /** @param {string} shape @param {string} d */
  #draw(shape, d) {
    let known = this.#paths.get(shape);
    if (!known && d) {
      known = { path: pathOf(shape), d: "" };
      this.#paths.set(shape, known);
      this.picture.append(known.path);
    }
    if (!known || known.d === d) return;
    known.d = d;
    known.path.setAttribute("d", d);
  }

  /** @param {{ text: string, left: string }[]} counts */
  #number(counts) {
    while (this.#counts.length < counts.length) {
      const element = make("span", "mark-count", "");
      this.#counts.push({ element, left: "" });
      this.track.append(element);
    }
    this.#counts.forEach((known, i) => {
      const { text, left } = counts[i] ?? { text: "", left: known.left };
      setText(known.element, text);
      if (left !== known.left) known.element.style.left = known.left = left;
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!KEYS.includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#go(this.#at, event.key);
  }

  /** @param {number | null} time @param {string} key */
  #go(time, key) {
    const mark = stepped(this.#shown(), time, key);
    if (mark) this.#point(mark);
  }

  /** @param {Mark | null} mark */
  #point(mark) {
    this.#at = mark?.time ?? null;
    this.#describe(mark);
    this.pointed(this.#at);
  }

  /** The marks that are on the axis. */
  #shown() {
    const axis = this.#axis;
    return axis && this.#laid ? this.#laid.marks.filter(({ time }) => time >= axis.from && time <= axis.to) : [];
  }

  /** What a screen reader says: a slider over the marks. @param {Mark | null} mark */
  #describe(mark) {
    const marks = this.#laid?.marks ?? [];
    if (marks.length === 0) {
      for (const name of ["role", "tabindex"]) this.element.removeAttribute(name);
      return;
    }
    const newest = marks[marks.length - 1];
    const words = {
      role: "slider", tabindex: "0", "aria-valuemin": "1", "aria-valuemax": String(marks.length),
      "aria-valuenow": String(marks.indexOf(mark ?? newest) + 1), "aria-valuetext": toldText(mark ?? newest),
    };
    for (const [name, value] of Object.entries(words)) {
      if (this.element.getAttribute(name) !== value) this.element.setAttribute(name, value);
    }
  }
}

/** @param {string} shape */
function pathOf(shape) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", "mark");
  path.setAttribute("data-shape", shape);
  return path;
}

/** A shape by itself, for texts. @param {string} shape */
export function glyph(shape) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "glyph");
  picture.setAttribute("viewBox", "-6 -6 12 12");
  const path = pathOf(shape);
  path.setAttribute("d", `M0 0${SHAPES[shape]}`);
  picture.append(path);
  return picture;
}
