/**
 * What a page looks at: its range (the URL's), its host's clock, presence and gaps, or the system. Parts of the
 * page listen to it and never to each other.
 *
 * @import { Axis, ContainerInfo, FoundMessage, Gap, HostPresence, KnownPresence, LinksMessage, Range, SystemMessage } from "../types.js"
 */

import { HostClock } from "../core/freshness.mjs";
import { Happenings } from "../core/lane.mjs";
import { asked, axisAt, AUTO, between, fromSearch, isLive, isSame, toSearch } from "../core/range.mjs";

/** @typedef {{ rowMs: number, sentMs: number, arrivedAt: number }} Arrived sentMs: the host's now when it was sent */
/** @typedef {"range" | "presence" | "gaps" | "events" | "containers" | "find" | "found" | "link" | "row" | "error" | "system" | "kept"} Topic */

export class PageView {
  /** @type {Map<Topic, Set<() => void>>} */ #listeners = new Map();
  #firstMs = Infinity;

  /**
   * @param {string | null} host whose presence and gaps are watched; null: all hosts' presence
   * @param {Pick<Location, "search" | "pathname">} location
   * @param {Pick<History, "replaceState">} history
   */
  constructor(host, location, history) {
    this.host = host;
    this.location = location;
    this.history = history;
    this.clock = new HostClock();
    this.range = fromSearch(location.search);
    /** @type {{ from_ms: number, to_ms: number, now_ms: number } | null} */ this.resolved = resolvedOf(this.range);
    /** @type {HostPresence[]} */ this.hosts = [];
    /** @type {string[]} */ this.retired = [];
    this.presenceAt = 0;
    /** @type {SystemMessage | null} */ this.system = null;
    this.systemAt = 0;
    /** @type {Gap[]} */ this.gaps = [];
    this.happenings = new Happenings();
    this.find = new URLSearchParams(location.search).get("find") ?? "";
    /** @type {FoundMessage | null} */ this.found = null;
    /** @type {ContainerInfo[] | null} those that run; null: not told yet */ this.containers = null;
    /** @type {"connecting" | "open" | "lost"} */ this.link = "connecting";
    this.heardAt = 0;
    /** @type {number | null} the next try; null: there is a connection */ this.retryAt = null;
    /** Why the web node let this browser not in, if it said so. */ this.refusal = "";
    /** @type {LinksMessage | null} */ this.links = null;
    this.linksAt = 0;
    this.container = "";
    this.node = "";
    this.version = "";
    this.newRows = 0;
    this.newestRow = -Infinity;
    /** @type {Map<string, string>} what is wrong, by graph */ this.errors = new Map();
    /** @type {Arrived | null} the host's newest row */ this.row = null;
  }

  /** @param {Topic} topic @param {() => void} act */
  on(topic, act) {
    const known = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, known.add(act));
  }

  /** @param {Topic} topic */
  tell(topic) {
    for (const act of this.#listeners.get(topic) ?? []) act();
  }

  /** The watched host as it was last told of, if anything is known. @returns {KnownPresence | null} */
  get presence() {
    const host = this.hosts.find(({ id }) => id === this.host);
    return host && host.state !== "unknown" ? host : null;
  }

  /** What is wrong with the graphs, in a sentence, or "". */
  get error() {
    return this.errors.values().next().value ?? "";
  }

  /** @param {string} graph @param {string} error "" : all is well */
  setError(graph, error) {
    if (error) this.errors.set(graph, error);
    else if (!this.errors.delete(graph)) return;
    this.tell("error");
  }

  get live() {
    return isLive(this.range);
  }

  /** @param {Range} range */
  setRange(range) {
    if (isSame(range, this.range)) return;
    this.range = range;
    this.resolved = resolvedOf(range);
    this.newRows = 0;
    this.errors.clear();
    const search = toSearch(this.location.search, range);
    this.history.replaceState(null, "", `${this.location.pathname}${search}`);
    this.tell("range");
  }

  /** What a person looks for; the URL has it. @param {string} text */
  setFind(text) {
    const params = new URLSearchParams(this.location.search);
    if (text) params.set("find", text);
    else params.delete("find");
    const search = params.toString();
    this.find = text;
    this.history.replaceState(null, "", `${this.location.pathname}${search ? `?${search}` : ""}`);
    this.tell("find");
  }

  /** The range as it is asked for. */
  get asked() {
    return asked(this.range);
  }

  /** What is on the time axis; null: not known yet. @param {number} at @returns {Axis | null} */
  axis(at) {
    const now = this.clock.now(at);
    if (Number.isNaN(now) && this.live) return null;
    return axisAt(this.range, this.resolved, now, this.#firstMs);
  }

  /** @param {number} at */
  pause(at) {
    const axis = this.axis(at);
    if (axis && this.live) this.setRange(between(axis.from, axis.to));
  }

  resume() {
    this.setRange(AUTO);
  }

  /** A view has told what the range is, and from when on there is data. @param {import("./feed.mjs").Subscription} subscription */
  learn({ view, store }) {
    if (!view) return;
    if (!resolvedOf(this.range)) this.resolved = view;
    this.#firstMs = Math.min(this.#firstMs, store.first);
  }

  /** @param {HostPresence[]} hosts @param {number} at @param {string[]} retired ids of hosts that no list shows */
  setPresence(hosts, at, retired = []) {
    this.hosts = hosts;
    this.retired = retired;
    this.presenceAt = at;
    this.#freshen();
    const { presence } = this;
    if (presence) this.#see(presence, at);
    this.tell("presence");
  }

  /** A row of the host came, which may be its newest. @param {Arrived} row */
  arrived(row) {
    if (this.row && row.rowMs <= this.row.rowMs) return;
    this.row = row;
    this.#freshen();
    this.tell("row");
  }

  /** Presence is told once a second: the host is as fresh as the rows that are here. */
  #freshen() {
    const { presence, presenceAt, row } = this;
    if (!presence || !row) return;
    const ageMs = Math.max(0, row.sentMs - row.rowMs) + presenceAt - row.arrivedAt;
    presence.age_ms = Math.min(presence.age_ms, ageMs);
  }

  /** @param {SystemMessage} system @param {number} at */
  setSystem(system, at) {
    this.system = system;
    this.systemAt = at;
    this.tell("system");
  }

  /** @param {KnownPresence} presence @param {number} at */
  #see(presence, at) {
    this.clock.set(presence.now_ms, at);
    const newest = presence.now_ms - presence.age_ms;
    if (newest > this.newestRow + presence.period_ms / 2) {
      this.newRows += this.newestRow === -Infinity ? 0 : 1;
      this.newestRow = newest;
    }
  }

  /** The age of the host's newest row. @param {number} at */
  hostAge(at) {
    const { presence } = this;
    return presence ? presence.age_ms + at - this.presenceAt : Infinity;
  }
}

/** A range of two times needs nobody to resolve it. @param {Range} range */
function resolvedOf(range) {
  const [from, to] = [range.from, range.to].map((text) => (/^\d{1,15}$/.test(text) ? Number(text) : NaN));
  return to > from ? { from_ms: from, to_ms: to, now_ms: to } : null;
}
