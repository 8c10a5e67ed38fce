/**
 * The lane under a graph: what happened, as marks at their times. Many events within the width of a mark become
 * one, of the most urgent shape, with a count.
 *
 * @import { Happening } from "../types.js"
 */

import { lowerBound } from "./search.mjs";
import { clock } from "./times.mjs";

/** Width of a mark with its count, px. */
export const WIDTH = 22;
/** How far from a mark the pointer still means it, px. */
export const REACH = 8;
const MIDDLE = 8;
const LINES = 6;

/** After so many that came one by one the lane is asked for anew: the server puts many together. */
export const MOST = 1000;

/** Each shape as a path around its middle, the least urgent first. */
/** @type {Record<string, string>} */
export const SHAPES = {
  healthy: "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
  starting: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0zm1.7 0a2.3 2.3 0 1 1 4.6 0a2.3 2.3 0 1 1-4.6 0z",
  "collector-started": "m-3.5-4.5l8 4.5l-8 4.5z",
  "collector-stopped": "m-3.8-3.8h7.6v7.6h-7.6z",
  started: "m-4.8 4l4.8-8.4l4.8 8.4z",
  stopped: "m-4.8-4l4.8 8.4l4.8-8.4z",
  unhealthy: "m-1.5-5h3l-.6 6.2h-1.8zm0 8.3a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z",
  oom: "m0-5l5 5l-5 5l-5-5z",
  crashed: "m-4.6-2.6l2-2l2.6 2.6l2.6-2.6l2 2l-2.6 2.6l2.6 2.6l-2 2l-2.6-2.6l-2.6 2.6l-2-2l2.6-2.6z",
};
const URGENCY = Object.keys(SHAPES);
const UNKNOWN = "starting";

/** time: of its first event. count: events it stands for. @typedef {{ time: number, shape: string, count: number, events: Happening[] }} Mark */
/** Marks at a scale; paths and lefts in px from the time `base`. @typedef {{ marks: Mark[], base: number, msPerPx: number, paths: Map<string, string>, lefts: number[] }} Laid */

/** The events of a page, by time, and where they lie: reckoned once for all lanes of one scale. */
export class Happenings {
  /** @type {Happening[]} */ events = [];
  #ids = new Set();
  #added = 0;
  /** @type {Laid | null} */ #laid = null;

  /** All of them, in place of those before. @param {Happening[]} events */
  load(events) {
    this.events = [];
    this.#ids.clear();
    this.add(events);
    this.#added = 0;
  }

  /** New ones, each once, wherever they belong. @param {Happening[]} events */
  add(events) {
    const fresh = events.filter(({ id }) => !this.#ids.has(id));
    for (const { id } of fresh) this.#ids.add(id);
    this.events = [...this.events, ...fresh].sort((a, b) => a.time_ms - b.time_ms);
    this.#added += fresh.length;
    this.#laid = null;
  }

  /** Whether so many were added that all are to be asked for anew. */
  get full() {
    return this.#added > MOST;
  }

  /** @param {number} msPerPx @returns {Laid} the same value as long as nothing has changed */
  laid(msPerPx) {
    const scale = Number(msPerPx.toPrecision(5));
    if (this.#laid?.msPerPx !== scale) this.#laid = laid(this.events, scale);
    return this.#laid;
  }
}

/** @param {Happening[]} events by time @param {number} msPerPx @returns {Laid} */
function laid(events, msPerPx) {
  const marks = joined(events, WIDTH * msPerPx);
  const base = marks.length > 0 ? marks[0].time : 0;
  const lefts = marks.map(({ time }) => (time - base) / msPerPx);
  /** @type {Map<string, string>} */ const paths = new Map();
  marks.forEach(({ shape }, i) => {
    paths.set(shape, `${paths.get(shape) ?? ""}M${lefts[i].toFixed(1)} ${MIDDLE}${SHAPES[shape]}`);
  });
  return { marks, base, msPerPx, paths, lefts };
}

/** @param {Happening[]} events by time @param {number} widthMs @returns {Mark[]} none nearer to another */
function joined(events, widthMs) {
  /** @type {Mark[]} */ const marks = [];
  for (const event of events) {
    const last = marks.at(-1);
    const shape = shapeOf(event);
    if (last && event.time_ms - last.time < widthMs) {
      last.count += event.count;
      last.events.push(event);
      if (urgency(event) > URGENCY.indexOf(last.shape)) last.shape = shape;
    } else {
      marks.push({ time: event.time_ms, shape, count: event.count, events: [event] });
    }
  }
  return marks;
}

/** @param {Happening} event */
function urgency({ mark }) {
  return URGENCY.indexOf(mark);
}

/** @param {Happening} event */
function shapeOf({ mark }) {
  return Object.hasOwn(SHAPES, mark) ? mark : UNKNOWN;
}

/** The number beside a mark; "" where it stands for one event. @param {Mark} mark */
export function countText({ count }) {
  return count < 2 ? "" : count > 9 ? "9+" : String(count);
}

/** The mark nearest to a time, if any is near. @param {Laid} all @param {number} time @returns {Mark | null} */
export function markAt({ marks, msPerPx }, time) {
  const times = marks.map((mark) => mark.time);
  const after = lowerBound(times, time);
  const near = [after - 1, after].filter((i) => i >= 0 && i < marks.length);
  near.sort((a, b) => Math.abs(times[a] - time) - Math.abs(times[b] - time));
  return near.length > 0 && Math.abs(times[near[0]] - time) <= REACH * msPerPx ? marks[near[0]] : null;
}

/** One step from a mark among those on the axis. @param {Mark[]} marks @param {number | null} time @param {string} key @returns {Mark | undefined} */
export function stepped(marks, time, key) {
  if (key === "Home") return marks[0];
  if (key === "End" || time === null) return marks.at(-1);
  if (key === "ArrowLeft") return marks.findLast((mark) => mark.time < time) ?? marks[0];
  return marks.find((mark) => mark.time > time) ?? marks.at(-1);
}

/**
 * What a mark says: a line each of the most urgent events, by time, and how many more there are.
 * @param {Mark} mark
 * @returns {{ lines: { shape: string, time: string, name: string, text: string }[], more: string }}
 */
export function told({ events, count }) {
  const ranked = [...events].sort((a, b) => urgency(b) - urgency(a));
  const shown = ranked.slice(0, LINES).sort((a, b) => a.time_ms - b.time_ms);
  const lines = shown.map((event) => ({
    shape: shapeOf(event),
    time: clock(event.time_ms),
    name: event.name,
    text: event.count > 1 ? `${event.text} (and ${event.count - 1} more)` : event.text,
  }));
  const left = count - shown.reduce((total, event) => total + event.count, 0);
  return { lines, more: left > 0 ? `${left} more` : "" };
}

/** The same as one text. @param {Mark} mark */
export function toldText(mark) {
  const { lines, more } = told(mark);
  return [...lines.map(({ time, name, text }) => `${time} ${name} ${text}`), more].filter(Boolean).join("; ");
}
