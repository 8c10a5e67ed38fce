/**
 * Which series of a store a graph draws, in which order, side and colour.
 *
 * @import { GraphSettings } from "../types.js"
 * @import { Series, SeriesStore } from "./series.mjs"
 */

import { colours } from "./palette.mjs";

/** @typedef {{ series: Series, below: boolean, colour: number, label: string }} Drawn */

const NATURAL = new Intl.Collator("en", { numeric: true });

/**
 * @param {GraphSettings} settings
 * @param {SeriesStore} store
 * @returns {Drawn[]} those above first, each side from the axis outwards
 */
export function drawnSeries(settings, store) {
  const order = [...settings.metrics, ...settings.below];
  const found = [...store.series.values()].filter(({ info }) => order.includes(info.metric));
  found.sort(
    (a, b) => order.indexOf(a.info.metric) - order.indexOf(b.info.metric) || NATURAL.compare(a.info.label, b.info.label),
  );
  const names = colourNames(found, order);
  const distinct = [...new Set(names)];
  const places = colours(distinct);
  const labels = new Map(found.map((series) => [series, labelOf(series, settings, order)]));
  return found.map((series, i) => ({
    series,
    below: settings.below.includes(series.info.metric),
    colour: places[distinct.indexOf(names[i])],
    label: labels.get(series) ?? "",
  }));
}

/** By entity where there are several, else by what is measured. @param {Series[]} found @param {string[]} drawn */
function colourNames(found, drawn) {
  const entities = new Set(found.map(({ info }) => info.entity || info.label));
  if (entities.size > 1) return found.map(({ info }) => info.entity || info.label);
  return found.map(({ info }) => ownWords(info.metric, drawn)[0]);
}

/** @param {string} metric */
export function suffixOf(metric) {
  return metric.slice(metric.lastIndexOf(".") + 1);
}

/**
 * A metric's name less the words that all of `metrics` begin with.
 * @param {string} metric
 * @param {string[]} metrics
 */
function shortMetric(metric, metrics) {
  const split = metrics.map((name) => name.split("."));
  let shared = 0;
  while (split.every((words) => words.length > shared + 1 && words[shared] === split[0][shared])) shared += 1;
  return metric.split(".").slice(shared);
}

/**
 * The same less the words that all end with, too.
 * @param {string} metric
 * @param {string[]} metrics
 */
function ownWords(metric, metrics) {
  const words = shortMetric(metric, metrics);
  const ending = suffixOf(metric);
  return words.length > 1 && metrics.every((name) => suffixOf(name) === ending) ? words.slice(0, -1) : words;
}

/**
 * The server's label tells a series from all others of the query, the headline's metric included.
 * Here it need only be told from those drawn: the entity's name, if it was needed, and the metric, or
 * the side where that says it.
 * @param {Series} series
 * @param {GraphSettings} settings
 * @param {string[]} drawn metrics
 */
function labelOf({ info }, settings, drawn) {
  const asked = (new URLSearchParams(settings.query).get("metrics") ?? "").split(",");
  if (asked.length < 2) return info.label;
  const ending = shortMetric(info.metric, asked).join(".");
  const name = info.label.endsWith(ending) ? info.label.slice(0, -ending.length).trim() : info.label;
  if (name && settings.metrics.length === 1 && settings.below.length === 1) return `${name} ${info.metric === settings.below[0] ? "▼" : "▲"}`;
  const words = drawn.length > 1 ? ownWords(info.metric, drawn).join(" ").replaceAll("_", " ") : "";
  return [name, words].filter(Boolean).join(" ") || suffixOf(info.metric);
}
