/**
 * A graph card: asks for its query while it is near the screen, draws it, and keeps its texts.
 *
 * @import { Axis, GraphSettings } from "../types.js"
 * @import { Drawn } from "../core/drawn.mjs"
 * @import { Feed, Subscription } from "./feed.mjs"
 * @import { PageView } from "./view.mjs"
 * @import { Theme } from "./theme.mjs"
 */

import { drawnSeries } from "../core/drawn.mjs";
import { cadence, isDue } from "../core/due.mjs";
import { ageOf, ageText, isStale } from "../core/freshness.mjs";
import { formatTick } from "../core/numbers.mjs";
import { layout, traces, verticalAxis } from "../core/picture.mjs";
import { SeriesStore } from "../core/series.mjs";
import { bands } from "../core/spans.mjs";
import { clock, timeTicks } from "../core/times.mjs";
import { headline, newestValue, valueAt } from "../core/values.mjs";
import { Bands } from "./bands.mjs";
import { role, setData, setText, settingsOf } from "./dom.mjs";
import { Lane } from "./lane.mjs";
import { Legend } from "./legend.mjs";
import { Plot } from "./plot.mjs";
import { Scale } from "./scale.mjs";

const POINTS = "600";

export class Card {
  textual = true;
  drawnAt = -Infinity;
  visible = false;
  /** @type {Axis | null} what was drawn last */ axis = null;
  /** @type {number | null} the time the pointer is at */ pointed = null;
  /** @type {Drawn[]} */ drawn = [];
  /** @type {Subscription | null} */ subscription = null;
  store = new SeriesStore();
  #fresh = false;
  #forced = true;

  /**
   * @param {HTMLElement} element
   * @param {{ view: PageView, feed: Feed, theme: Theme, wake: () => void, phase: number }} page
   */
  constructor(element, page) {
    this.element = element;
    this.page = page;
    /** @type {GraphSettings} */ this.settings = settingsOf(element, "graph");
    this.value = role(element, "value");
    this.age = role(element, "age");
    this.overlay = role(element, "overlay");
    this.lane = new Lane(role(element, "lane"), page.view.happenings);
    this.bands = new Bands(role(element, "bands"));
    this.scale = new Scale(role(element, "scale"));
    this.plot = new Plot(/** @type {HTMLElement} */ (this.overlay.parentElement), page.phase);
    this.legend = new Legend(role(element, "legend"), this.settings.unit, () => this.force());
  }

  /** Near the screen, or not: asks, or stops asking. @param {boolean} visible */
  setVisible(visible) {
    this.visible = visible;
    if (visible) this.ask();
    else this.#leave();
  }

  /** Asks for the page's range; what was drawn stays until the answer is there. */
  ask() {
    if (!this.visible) return;
    const { from, to } = this.page.view.asked;
    const params = new URLSearchParams(this.settings.query);
    params.set("from", from);
    if (to !== "now") params.set("to", to);
    if (!params.has("points")) params.set("points", POINTS);
    const query = params.toString();
    if (this.subscription?.query === query) return;
    const before = this.subscription;
    this.subscription = this.page.feed.join(query, this.#listener);
    if (before) this.page.feed.leave(before, this.#listener);
    if (this.subscription.store.loaded) this.#listener("view", this.subscription);
  }

  #leave() {
    if (this.subscription) this.page.feed.leave(this.subscription, this.#listener);
    this.subscription = null;
  }

  /** @type {import("./feed.mjs").Listener} */
  #listener = (change, subscription) => {
    if (subscription !== this.subscription) return;
    const { view } = this.page;
    view.setError(this.settings.id, subscription.error);
    if (change === "error") return;
    this.store = subscription.store;
    view.learn(subscription);
    if (change !== "points") this.#list();
    if (change === "view") this.#forced = true;
    this.#fresh = true;
    this.textual = true;
    this.page.wake();
  };

  /** Which series there are has changed. */
  #list() {
    const before = this.drawn.map(keyOf).join("\n");
    this.drawn = drawnSeries(this.settings, this.store);
    if (this.drawn.map(keyOf).join("\n") !== before) this.legend.set(this.drawn);
  }

  /** Draws anew whatever the cadence: theme, size, gaps or choice have changed. */
  force() {
    this.#forced = true;
    this.textual = true;
    this.page.wake();
  }

  /** Something happened: the lane shows it with the next texts, whatever the cadence. */
  happened() {
    this.lane.stale = true;
    this.textual = true;
    this.page.wake();
  }

  resize() {
    const { frame } = this.plot;
    if (frame.clientWidth === this.plot.width && frame.clientHeight === this.plot.height) return;
    this.plot.width = frame.clientWidth;
    this.plot.height = frame.clientHeight;
    this.legend.fit();
    this.force();
  }

  /** @param {number} at */
  text(at) {
    if (!this.visible) return;
    if (this.lane.stale && this.axis && this.plot.skeleton) this.lane.show(this.axis, this.plot.innerWidth(this.plot.skeleton));
    const { store, pointed } = this;
    /** @param {import("../core/series.mjs").Series} series */
    const valueOf = (series) => (pointed === null ? newestValue(series, store) : valueAt(series, store, pointed));
    setText(this.value, headline(this.settings, store, this.drawn, valueOf));
    this.legend.update(this.drawn.map(({ series }) => valueOf(series)));
    this.#textAge(at);
  }

  /** @param {number} at */
  #textAge(at) {
    if (this.pointed !== null) {
      setData(this.age, "stale", "");
      setText(this.age, `at ${clock(this.pointed)}`);
      return;
    }
    const { view } = this.page;
    const { store } = this;
    if (!view.live) {
      setData(this.age, "stale", "");
      setText(this.age, store.newest === -Infinity ? "no data" : `at ${clock(store.newest)}`);
      return;
    }
    const stale = this.#isStale(at);
    if ((this.age.dataset.stale === "yes") !== stale) this.#forced = true;
    setData(this.age, "stale", stale ? "yes" : "");
    setText(this.age, store.loaded ? ageText(this.#age(at)) : "");
  }

  /** @param {number} at */
  #age(at) {
    const { view } = this.page;
    return ageOf(this.store.newest, this.store.stepMs, view.clock.now(at), view.hostAge(at));
  }

  /** Whether what is drawn is not what is so now: nothing came for a while, or nothing can. @param {number} at */
  #isStale(at) {
    const { view } = this.page;
    return view.link === "lost" || isStale(this.#age(at), this.store.periodMs, this.store.stepMs);
  }

  /** @param {number} at */
  due(at) {
    if (!this.visible || !this.store.loaded || !this.plot.skeleton) return false;
    const axis = this.page.view.axis(at);
    if (!axis) return false;
    const cadenceMs = cadence(axis.to - axis.from, this.plot.innerWidth(this.plot.skeleton));
    const { drawnAt } = this;
    const { phase, view } = this.page;
    return isDue({ drawnAt, cadenceMs, phase, fresh: this.#fresh, forced: this.#forced, moving: view.live }, at);
  }

  /** @param {number} at */
  draw(at) {
    const { plot, settings, store } = this;
    const { skeleton } = plot;
    const axis = this.page.view.axis(at);
    if (!skeleton || !axis) return;
    const [width, height] = [plot.innerWidth(skeleton), plot.innerHeight(skeleton)];
    const shown = this.drawn.filter(({ label }) => !this.legend.hidden.has(label));
    const data = traces(settings, store, shown, axis, width, this.page.theme.inks);
    const values = verticalAxis(settings, data, height);
    const place = { axis, range: values.range, width, height };
    plot.draw(data, () => layout(skeleton, plot.width, plot.height, axis, values), place, at);
    this.scale.show(axis, timeTicks(axis.from, axis.to, width, skeleton.margin.r), values, width, height, skeleton.margin);
    this.lane.show(axis, width);
    this.axis = axis;
    this.drawnAt = at;
    this.#fresh = false;
    this.#forced = false;
    setData(this.element, "empty", this.drawn.length === 0 ? "yes" : "");
    this.#drawBands(axis, at, width);
    this.#drawLimit(values.range);
  }

  /** @param {Axis} axis @param {number} at @param {number} width */
  #drawBands(axis, at, width) {
    const { view } = this.page;
    const stale = view.live && this.store.newest > -Infinity && this.#isStale(at);
    this.bands.show(bands(view.gaps, stale ? this.store.newest : null, axis, width));
  }

  /** The limit is labelled where it lies clear of the top. @param {[number, number]} range */
  #drawLimit([low, high]) {
    const { limit, line, unit } = this.settings;
    const share = limit !== null && line ? (limit - low) / (high - low) : null;
    this.bands.showLimit(share !== null && share < 0.9 ? share : null, formatTick(limit ?? 0, unit));
  }
}

/** @param {Drawn} one */
function keyOf({ series, label }) {
  return `${series.info.key} ${label}`;
}
