/**
 * The points of one subscription, as the server computed them: replaced by (series, bucket),
 * inserted in order, removed, trimmed. Nothing is computed here (rule 8).
 *
 * @import { SeriesInfo, ViewMessage, PointsMessage } from "../types.js"
 */

import { lowerBound } from "./search.mjs";

const TRIM_SLACK = 64;

/** A series: t ascending; j 1 where a line may be drawn to the point before. */
export class Series {
  /** @param {SeriesInfo} info */
  constructor(info) {
    this.info = info;
    /** @type {number[]} */ this.t = [];
    /** @type {(number | null)[]} */ this.v = [];
    /** @type {number[]} */ this.j = [];
  }

  /**
   * Replaces the point of its bucket, or inserts it in order.
   * @param {number} t
   * @param {number | null} v
   * @param {number} j
   */
  set(t, v, j) {
    const n = this.t.length;
    const at = n > 0 && t > this.t[n - 1] ? n : lowerBound(this.t, t);
    const replaced = at < n && this.t[at] === t ? 1 : 0;
    if (at === n) {
      this.t.push(t);
      this.v.push(v);
      this.j.push(j);
    } else {
      this.t.splice(at, replaced, t);
      this.v.splice(at, replaced, v);
      this.j.splice(at, replaced, j);
    }
  }

  /** @param {number} t */
  remove(t) {
    const at = lowerBound(this.t, t);
    if (this.t[at] === t) this.#cut(at, 1);
  }

  /**
   * Gives up points before `from`, but one: the line enters from the left edge. Lazily, as cutting
   * moves all that stays.
   * @param {number} from
   */
  trim(from) {
    const surplus = lowerBound(this.t, from) - 1;
    if (surplus > TRIM_SLACK) this.#cut(0, surplus);
  }

  /** @param {number} at @param {number} count */
  #cut(at, count) {
    this.t.splice(at, count);
    this.v.splice(at, count);
    this.j.splice(at, count);
  }
}

/** All series of one subscription. */
export class SeriesStore {
  /** @type {Map<string, Series>} */ series = new Map();
  stepMs = 0;
  periodMs = 1000;
  loaded = false;

  /**
   * The whole view: replaces all that was held.
   * @param {ViewMessage} view
   */
  load(view) {
    this.series = new Map();
    for (const info of view.series) {
      const series = new Series(info);
      const column = view.columns[info.key];
      if (column) Object.assign(series, { t: column.t, v: column.v, j: column.j.map(Number) });
      this.series.set(info.key, series);
    }
    this.stepMs = view.step_ms;
    this.periodMs = view.period_ms;
    this.loaded = true;
  }

  /**
   * @param {PointsMessage} message
   * @returns {boolean} whether there were new series
   */
  apply(message) {
    const fresh = message.series.filter((info) => !this.series.has(info.key));
    for (const info of fresh) this.series.set(info.key, new Series(info));
    for (const [key, t, v, j] of message.points) this.series.get(key)?.set(t, v, Number(j));
    for (const [key, t] of message.remove) this.series.get(key)?.remove(t);
    return fresh.length > 0;
  }

  /** @param {number} from */
  trim(from) {
    for (const series of this.series.values()) series.trim(from);
  }

  /** The time of the first point, or Infinity. */
  get first() {
    let first = Infinity;
    for (const { t } of this.series.values()) if (t.length > 0 && t[0] < first) first = t[0];
    return first;
  }

  /** The time of the newest point, or -Infinity. */
  get newest() {
    let newest = -Infinity;
    for (const { t } of this.series.values()) if (t.length > 0 && t[t.length - 1] > newest) newest = t[t.length - 1];
    return newest;
  }
}
