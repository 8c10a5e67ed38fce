/**
 * The fleet table: a row a host, filled from live views. Rows are made once and their texts changed;
 * they change places when a state does, else at most every 5 s, and never under the pointer.
 *
 * @import { FleetSettings } from "../types.js"
 * @import { Row } from "../core/fleet.mjs"
 * @import { Feed } from "./feed.mjs"
 * @import { Keeper } from "./keeper.mjs"
 * @import { SeriesStore } from "../core/series.mjs"
 * @import { PageView } from "./view.mjs"
 */

import { foundRows, foundText, orderOf, orderText, rows, sorted, summary, untoldText, withPinned } from "../core/fleet.mjs";
import { format, NONE } from "../core/numbers.mjs";
import { stateWords } from "../core/presence.mjs";
import { sparkline } from "../core/sparkline.mjs";
import { duration } from "../core/times.mjs";
import { make, role, setData, setText, settingsOf } from "./dom.mjs";
import { finder } from "./finder.mjs";
import { label, mark, star } from "./pin.mjs";
import { offer } from "./resume.mjs";
import { Spark } from "./spark.mjs";

const REORDER_MS = 5000;

/** Thresholds from which on a value is marked. @type {Record<string, [number, number]>} */
const LEVELS = { cpu: [0.85, 0.95], memory: [0.8, 0.9], swap: [0.1, 0.25], disk: [0.8, 0.9] };

/** @typedef {{ tr: HTMLTableRowElement, texts: Record<string, HTMLElement>, meters: Record<string, HTMLElement>, spark: Spark, state: HTMLElement, pin: HTMLElement }} Line */

export class Fleet {
  textual = true;
  drawnAt = 0;
  #orderedAt = -Infinity;
  #told = "";
  /** @type {Set<string>} */ #listed;
  /** @type {Map<string, Line>} */ #lines = new Map();
  /** @type {Record<string, SeriesStore>} */ #stores = {};

  /** @param {HTMLElement} root @param {PageView} view @param {Feed} feed @param {() => void} wake @param {Keeper} keeper */
  constructor(root, view, feed, wake, keeper) {
    this.view = view;
    this.keeper = keeper;
    /** @type {FleetSettings} */ this.settings = settingsOf(root, "fleet");
    this.#listed = new Set(this.settings.hosts.map(({ id }) => id));
    this.body = role(root, "rows");
    this.summary = role(root, "summary");
    this.order = orderOf(new URLSearchParams(location.search).get("sort"));
    this.heads = [...root.querySelectorAll("[data-sort]")].filter((head) => head instanceof HTMLElement);
    const changed = () => {
      this.textual = true;
      wake();
    };
    for (const [name, query] of Object.entries(this.settings.queries)) {
      feed.join(query, (change, { store }) => {
        if (change === "view") this.#orderedAt = -Infinity;
        this.#stores[name] = store;
        changed();
      });
    }
    finder(role(root, "find"), view, "Find hosts; containers by name, project, image");
    offer(role(root, "resume"), view, keeper, this.settings.hosts);
    view.on("presence", changed);
    for (const topic of /** @type {const} */ (["find", "found", "kept"])) {
      view.on(topic, () => {
        this.#orderedAt = -Infinity;
        changed();
      });
    }
    for (const head of this.heads) head.addEventListener("click", () => this.#sort(head.dataset.sort ?? "state"));
    this.#markHeads();
  }

  due() {
    return false;
  }

  draw() {}

  /** @param {number} at */
  text(at) {
    const { view } = this;
    const hosts = view.find && view.found?.find === view.find ? view.found.hosts : {};
    const { pins } = this.keeper.set;
    const known = withPinned(this.settings.hosts, pins).filter(({ id }) => !view.retired.includes(id));
    const all = foundRows(rows(known, view.hosts, this.#stores), view.find, hosts);
    for (const row of all) this.#fill(this.#lines.get(row.id) ?? this.#line(row), row, at - view.presenceAt, foundText(hosts[row.id]));
    const gone = new Set(this.#lines.keys());
    for (const { id } of all) gone.delete(id);
    for (const id of gone) this.#remove(id);
    const told = summary(all);
    if (told !== this.#told) this.#orderedAt = -Infinity;
    this.#told = told;
    setText(this.summary, view.link === "lost" ? `not known: no connection; last ${told}` : told);
    if (at - this.#orderedAt >= REORDER_MS && !this.body.matches(":hover")) this.#place(sorted(all, this.order, pins), at);
  }

  /** @param {Row[]} all in order @param {number} at */
  #place(all, at) {
    this.#orderedAt = at;
    const wanted = all.map(({ id }) => /** @type {Line} */ (this.#lines.get(id)).tr);
    if (!wanted.some((tr, i) => this.body.children[i] !== tr)) return;
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.body.replaceChildren(...wanted);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** @param {string} id */
  #remove(id) {
    this.#lines.get(id)?.tr.remove();
    this.#lines.delete(id);
  }

  /** @param {string} key */
  #sort(key) {
    this.order = { key, reversed: this.order.key === key && !this.order.reversed };
    const params = new URLSearchParams(location.search);
    params.set("sort", orderText(this.order));
    history.replaceState(null, "", `${location.pathname}?${params}`);
    this.#orderedAt = -Infinity;
    this.textual = true;
    this.#markHeads();
  }

  #markHeads() {
    for (const head of this.heads) {
      const own = head.dataset.sort === this.order.key;
      head.parentElement?.setAttribute("aria-sort", own ? (this.order.reversed ? "ascending" : "descending") : "none");
    }
  }

  /** A row's elements. @param {Row} row @returns {Line} */
  #line({ id }) {
    const tr = make("tr", "");
    /** @type {Record<string, HTMLElement>} */ const texts = {};
    /** @type {Record<string, HTMLElement>} */ const meters = {};
    for (const key of this.heads.map((head) => head.dataset.sort ?? "")) {
      const td = make("td", `column-${key}`);
      if (key === "state" || key === "name") {
        tr.append(td);
        texts[key] = td;
        continue;
      }
      texts[key] = make("span", "cell-value", NONE);
      td.append(texts[key]);
      if (key in LEVELS) td.prepend(meters[key] = meter());
      tr.append(td);
    }
    const state = make("span", "state");
    const since = make("span", "since");
    texts.state.append(state, since);
    const link = make("a", "host-link");
    link.href = `/hosts/${encodeURIComponent(id)}`;
    const fleet = make("span", "host-fleet");
    const pin = star(id);
    texts.name.append(pin, link, fleet);
    const unhealthy = make("span", "state unhealthy");
    unhealthy.dataset.state = "down";
    texts.containers.parentElement?.append(unhealthy);
    const spark = new Spark(texts.cpu.parentElement ?? tr);
    const line = { tr, texts: { ...texts, name: link, fleet, since, unhealthy }, meters, spark, state, pin };
    this.#lines.set(id, line);
    this.body.append(tr);
    return line;
  }

  /** What was so when something was heard last. @param {string} word */
  #lately(word) {
    return this.view.link === "lost" && word === "live" ? "was live" : word;
  }

  /** @param {Line} line @param {Row} row @param {number} passedMs since presence was told @param {string} found containers */
  #fill(line, row, passedMs, found) {
    const { values, presence } = row;
    const [known, since] = presence ? stateWords(presence, passedMs) : ["unknown", untoldText(row, this.#listed.has(row.id))];
    setText(line.state, this.#lately(known));
    setText(line.texts.since, since);
    setData(line.state, "state", presence?.state ?? "unknown");
    setData(line.tr, "state", presence?.state ?? "unknown");
    const pinned = this.keeper.isPinned(row.id);
    label(line.pin, row.name);
    mark(line.pin, pinned);
    setData(line.tr, "pinned", pinned ? "yes" : "");
    setText(line.texts.name, row.name);
    setText(line.texts.fleet, found || row.fleet);
    setData(line.texts.fleet, "found", found ? "yes" : "");
    for (const key of ["cpu", "memory", "swap", "disk"]) {
      setText(line.texts[key], format(values[key], "percent"));
      fillMeter(line.meters[key], values[key] ?? null, LEVELS[key]);
    }
    setText(line.texts.load, format(values.load, "load"));
    setText(line.texts.receive, format(values.receive, "bits/s"));
    setText(line.texts.transmit, format(values.transmit, "bits/s"));
    setText(line.texts.containers, format(row.containers, "count"));
    line.texts.unhealthy.hidden = row.unhealthy === 0;
    setText(line.texts.unhealthy, `${row.unhealthy} unhealthy`);
    setText(line.texts.uptime, values.uptime === null || values.uptime === undefined ? NONE : duration(values.uptime * 1000));
    line.spark.draw(row.cpu ? sparkline(row.cpu, line.spark.width, line.spark.height, 0.1) : "");
  }
}

function meter() {
  const frame = make("span", "meter");
  frame.append(make("span", "meter-fill"));
  return frame;
}

/** @param {HTMLElement} frame @param {number | null} value @param {[number, number]} levels */
function fillMeter(frame, value, [warn, alarm]) {
  const fill = /** @type {HTMLElement} */ (frame.firstElementChild);
  fill.style.transform = `scaleX(${Math.min(1, Math.max(0, value ?? 0)).toFixed(4)})`;
  setData(frame, "level", value === null || value < warn ? "" : value < alarm ? "high" : "very high");
}
