/**
 * Fewer points, the same picture: of each pixel column the least and the greatest, in their order.
 * Columns lie on multiples of their width in time, so that a moving axis does not make a line shimmer.
 */

import { lowerBound } from "./search.mjs";

/**
 * The places of [begin, end) to draw: first and last, and of each column the least and the greatest
 * of every guide.
 * @param {ArrayLike<number>} t ascending
 * @param {ArrayLike<number>[]} guides of the length of t, without holes in [begin, end)
 * @param {number} begin
 * @param {number} end
 * @param {number} columnMs
 * @returns {number[]}
 */
export function kept(t, guides, begin, end, columnMs) {
  const places = [];
  let at = begin;
  while (at < end) {
    const column = Math.floor(t[at] / columnMs);
    let next = at + 1;
    while (next < end && Math.floor(t[next] / columnMs) === column) next += 1;
    const chosen = next - at <= 2 ? span(at, next) : extremes(guides, at, next);
    if (at === begin) chosen.push(begin);
    if (next === end) chosen.push(end - 1);
    places.push(...distinct(chosen));
    at = next;
  }
  return places;
}

/** @param {number} begin @param {number} end */
function span(begin, end) {
  return end - begin === 1 ? [begin] : [begin, end - 1];
}

/** @param {ArrayLike<number>[]} guides @param {number} begin @param {number} end */
function extremes(guides, begin, end) {
  const places = [];
  for (const guide of guides) {
    let least = begin;
    let greatest = begin;
    for (let i = begin + 1; i < end; i += 1) {
      if (guide[i] < guide[least]) least = i;
      if (guide[i] > guide[greatest]) greatest = i;
    }
    places.push(least, greatest);
  }
  return places;
}

/** @param {number[]} places */
function distinct(places) {
  if (places.length < 2) return places;
  places.sort((a, b) => a - b);
  return places.filter((place, i) => i === 0 || place !== places[i - 1]);
}

/**
 * A line within [from, to] and one point beyond each edge: broken by nulls where a value is unknown
 * or the server joined nothing; a point between two breaks is drawn a pixel and a half wide.
 * @param {{ t: number[], v: (number | null)[], j: number[] }} series
 * @param {number} from
 * @param {number} to
 * @param {number} columnMs
 * @param {number} scale factor of the values
 * @returns {{ x: (number | null)[], y: (number | null)[] }}
 */
export function line({ t, v, j }, from, to, columnMs, scale) {
  /** @type {(number | null)[]} */ const x = [];
  /** @type {(number | null)[]} */ const y = [];
  const end = Math.min(t.length, lowerBound(t, to) + 1);
  let at = Math.max(0, lowerBound(t, from) - 1);
  while (at < end) {
    let next = at + 1;
    while (next < end && j[next] === 1 && v[next] !== null && v[at] !== null) next += 1;
    if (v[at] !== null) addRun(x, y, t, /** @type {number[]} */ (v), at, next, columnMs, scale);
    at = next;
  }
  return { x, y };
}

/**
 * @param {(number | null)[]} x @param {(number | null)[]} y @param {number[]} t @param {number[]} v
 * @param {number} begin @param {number} end @param {number} columnMs @param {number} scale
 */
function addRun(x, y, t, v, begin, end, columnMs, scale) {
  if (x.length > 0) {
    x.push(null);
    y.push(null);
  }
  if (end - begin === 1) {
    x.push(t[begin] - 0.75 * columnMs, t[begin] + 0.75 * columnMs);
    y.push(v[begin] * scale, v[begin] * scale);
    return;
  }
  for (const place of kept(t, [v], begin, end, columnMs)) {
    x.push(t[place]);
    y.push(v[place] * scale);
  }
}
