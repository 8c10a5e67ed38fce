/**
 * The newest values, and those at a time: what stands in text beside a graph.
 *
 * @import { GraphSettings } from "../types.js"
 * @import { Series, SeriesStore } from "./series.mjs"
 * @import { Drawn } from "./drawn.mjs"
 */

import { STALE_PERIODS } from "./freshness.mjs";
import { format, NONE } from "./numbers.mjs";
import { nearest } from "./search.mjs";

/**
 * A series' newest value; null if it ended before the others did.
 * @param {Series} series
 * @param {SeriesStore} store
 */
export function newestValue(series, store) {
  const last = series.t.length - 1;
  if (last < 0 || store.newest - series.t[last] > STALE_PERIODS * reachOf(store)) return null;
  return series.v[last];
}

/**
 * A series' value at a time: of the row or bucket there, null where there is none.
 * @param {Series} series
 * @param {SeriesStore} store
 * @param {number} time
 */
export function valueAt(series, store, time) {
  const place = nearest(series.t, store.stepMs > 0 ? time - store.stepMs / 2 : time, 0.75 * reachOf(store));
  return place < 0 ? null : series.v[place];
}

/** @param {SeriesStore} store */
function reachOf(store) {
  return Math.max(store.stepMs, store.periodMs);
}

/**
 * The value beside the title.
 * @param {GraphSettings} settings
 * @param {SeriesStore} store
 * @param {Drawn[]} drawn
 * @param {(series: Series) => number | null} valueOf
 */
export function headline(settings, store, drawn, valueOf) {
  const { unit } = settings;
  if (settings.headline === "greatest") return format(greatest(drawn.map(({ series }) => valueOf(series))), unit);
  if (settings.headline !== "total") {
    const named = [...store.series.values()].filter(({ info }) => info.metric === settings.headline);
    return format(sum(named.map(valueOf)), unit);
  }
  const above = sum(drawn.filter((one) => !one.below).map(({ series }) => valueOf(series)));
  if (settings.below.length === 0) return format(above, unit);
  const below = sum(drawn.filter((one) => one.below).map(({ series }) => valueOf(series)));
  return above === null && below === null ? NONE : `▲\u00a0${format(above, unit)}  ▼\u00a0${format(below, unit)}`;
}

/** @param {(number | null)[]} values */
export function sum(values) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

/** @param {(number | null)[]} values */
export function greatest(values) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.max(...known) : null;
}
