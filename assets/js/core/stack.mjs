/**
 * Series on top of each other. Adding up what is drawn is drawing: each edge of the stack is a line
 * of sums over common times, filled down to zero, the topmost first.
 *
 * Where only some of the series go on from one time to the next, the edges step straight down and
 * up again; where none does, the stack ends at zero and begins anew.
 *
 * @import { Series } from "./series.mjs"
 */

import { kept } from "./decimate.mjs";
import { lowerBound } from "./search.mjs";

/**
 * Common times and, for each series, its place at each of them (-1: none). Times closer than the
 * tolerance are one.
 * @param {Series[]} series
 * @param {number} from
 * @param {number} to
 * @param {number} tolerance
 */
export function slots(series, from, to, tolerance) {
  const at = series.map(({ t }) => Math.max(0, lowerBound(t, from) - 1));
  const end = series.map(({ t }) => Math.min(t.length, lowerBound(t, to) + 1));
  /** @type {number[]} */ const times = [];
  /** @type {number[][]} */ const places = series.map(() => []);
  for (;;) {
    let next = Infinity;
    for (let s = 0; s < series.length; s += 1) if (at[s] < end[s]) next = Math.min(next, series[s].t[at[s]]);
    if (next === Infinity) return { times, places };
    times.push(next);
    for (let s = 0; s < series.length; s += 1) {
      const here = at[s] < end[s] && series[s].t[at[s]] - next <= tolerance;
      places[s].push(here && series[s].v[at[s]] !== null ? at[s] : -1);
      if (here) at[s] += 1;
    }
  }
}

/**
 * The edges of a stack from the bottom up.
 * @param {Series[]} series from the bottom up
 * @param {number} from
 * @param {number} to
 * @param {number} columnMs
 * @param {number} tolerance times closer than this are one
 * @param {number} scale factor of the values; negative: the stack hangs down
 * @returns {{ x: (number | null)[], ys: (number | null)[][] }}
 */
export function stack(series, from, to, columnMs, tolerance, scale) {
  const { times, places } = slots(series, from, to, tolerance);
  const out = new Edges(series, places, times, scale, columnMs);
  let begin = 0;
  for (let i = 1; i <= times.length; i += 1) {
    const going = i < times.length ? continuing(series, places, i) : [];
    if (i < times.length && isWhole(going, places, i)) continue;
    out.add(begin, i);
    if (i < times.length) out.step(i, going);
    begin = i;
  }
  return { x: out.x, ys: out.ys };
}

/** Which series go on from slot i - 1 to slot i. @param {Series[]} series @param {number[][]} places @param {number} i */
function continuing(series, places, i) {
  return series.map(({ j }, s) => places[s][i] >= 0 && places[s][i - 1] >= 0 && j[places[s][i]] === 1);
}

/** Whether all that are on either side go on. @param {boolean[]} going @param {number[][]} places @param {number} i */
function isWhole(going, places, i) {
  return going.some(Boolean) && going.every((yes, s) => yes || (places[s][i] < 0 && places[s][i - 1] < 0));
}

/** The lines of a stack as they grow. */
class Edges {
  /** @param {Series[]} series @param {number[][]} places @param {number[]} times @param {number} scale @param {number} columnMs */
  constructor(series, places, times, scale, columnMs) {
    this.series = series;
    this.places = places;
    this.times = times;
    this.scale = scale;
    this.columnMs = columnMs;
    this.top = Float64Array.from(times, (_, i) => this.#top(i));
    this.open = false;
    /** @type {(number | null)[]} */ this.x = [];
    /** @type {(number | null)[][]} */ this.ys = series.map(() => []);
  }

  /**
   * Slots [begin, end) as far as they show; one by itself is drawn a pixel and a half wide.
   * @param {number} begin @param {number} end
   */
  add(begin, end) {
    const alone = !this.open && end - begin === 1;
    const half = alone ? 0.75 * this.columnMs : 0;
    if (!this.open && this.x.length > 0) this.#push(this.times[begin] - half, () => 0);
    this.open = true;
    if (alone) this.#point(this.times[begin] - half, begin);
    for (const i of kept(this.times, [this.top], begin, end, this.columnMs)) this.#point(this.times[i] + half, i);
  }

  /**
   * Between slots i - 1 and i, where not all series go on.
   * @param {number} i @param {boolean[]} going
   */
  step(i, going) {
    if (going.some(Boolean)) {
      this.#point(this.times[i - 1], i - 1, going);
      this.#point(this.times[i], i, going);
      return;
    }
    this.#push(this.x[this.x.length - 1], () => 0);
    this.#push(null, () => null);
    this.open = false;
  }

  /** @param {number} x @param {number} i @param {boolean[]} [going] */
  #point(x, i, going) {
    let sum = 0;
    this.#push(x, (s) => {
      if (going === undefined || going[s]) sum += this.#value(s, i);
      return sum;
    });
  }

  /** @param {number} s @param {number} i */
  #value(s, i) {
    const place = this.places[s][i];
    return place < 0 ? 0 : Number(this.series[s].v[place]) * this.scale;
  }

  /** @param {number} i */
  #top(i) {
    let sum = 0;
    for (let s = 0; s < this.places.length; s += 1) sum += this.#value(s, i);
    return sum;
  }

  /** @param {number | null} x @param {(s: number) => number | null} y */
  #push(x, y) {
    this.x.push(x);
    for (let s = 0; s < this.ys.length; s += 1) this.ys[s].push(y(s));
  }
}
