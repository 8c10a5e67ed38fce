/**
 * A tile: one newest number, its last minute, and a meter that says in words when it is high.
 *
 * @import { TileSettings } from "../types.js"
 * @import { Feed } from "./feed.mjs"
 */

import { format, NONE } from "../core/numbers.mjs";
import { SeriesStore } from "../core/series.mjs";
import { sparkline } from "../core/sparkline.mjs";
import { greatest, newestValue } from "../core/values.mjs";
import { role, setData, setText, settingsOf } from "./dom.mjs";
import { Spark } from "./spark.mjs";

export class Tile {
  textual = true;
  drawnAt = 0;
  store = new SeriesStore();

  /** @param {HTMLElement} element @param {Feed} feed @param {() => void} wake */
  constructor(element, feed, wake) {
    this.element = element;
    /** @type {TileSettings} */ this.settings = settingsOf(element, "tile");
    this.value = role(element, "value");
    this.note = role(element, "note");
    this.meter = role(element, "meter");
    this.spark = new Spark(role(element, "spark"));
    this.subscription = feed.join(this.settings.query, (change, { store }) => {
      if (change === "error") return;
      this.store = store;
      this.textual = true;
      wake();
    });
  }

  due() {
    return false;
  }

  draw() {}

  text() {
    const { settings, store } = this;
    const shown = [...store.series.values()].filter(({ info }) => !settings.metric || info.metric === settings.metric);
    const newest = greatest(shown.map((series) => newestValue(series, store)));
    const value = newest === null ? null : newest * (settings.scale ?? 1);
    setText(this.value, value === null ? NONE : format(value, settings.unit));
    const level = levelOf(value, settings);
    setData(this.element, "level", level);
    const holder = shown.length > 1 ? shown.find((series) => newestValue(series, store) === newest)?.info.label : "";
    setText(this.note, [level, holder].filter(Boolean).join(", ") || (settings.note ?? ""));
    // without a limit nobody knows how full it is
    const share = settings.warn === undefined ? 0 : Math.min(1, Math.max(0, value ?? 0));
    this.meter.style.transform = `scaleX(${share.toFixed(4)})`;
    this.spark.draw(shown.length === 1 ? sparkline(shown[0], this.spark.width, this.spark.height, 0.1 / (settings.scale ?? 1)) : "");
  }
}

/** @param {number | null} value @param {TileSettings} settings */
function levelOf(value, { warn = Infinity, alarm = Infinity }) {
  if (value === null || value < warn) return "";
  return value < alarm ? "high" : "very high";
}
