/**
 * The rows of the fleet table: hosts with their newest values, and the order they stand in.
 *
 * @import { FleetSettings, HostPresence } from "../types.js"
 * @import { Series, SeriesStore } from "./series.mjs"
 */

import { suffixOf } from "./drawn.mjs";
import { URGENCY } from "./presence.mjs";
import { newestValue } from "./values.mjs";

/** What a row shows. @typedef {Record<string, number | null>} Values */
/** @typedef {{ id: string, name: string, fleet: string, presence: HostPresence | null, cores: number | null, containers: number | null, unhealthy: number, values: Values, cpu: Series | null }} Row */
/** @typedef {{ key: string, reversed: boolean }} Order */

/** Which metric of which query fills a column. @type {Record<string, [query: string, metric: string]>} */
const COLUMNS = {
  cpu: ["host", "system.cpu.utilization"],
  load: ["host", "system.cpu.load_average.1m"],
  memory: ["host", "system.memory.utilization"],
  swap: ["host", "system.paging.utilization"],
  uptime: ["host", "system.uptime"],
  disk: ["filesystem", "system.filesystem.utilization"],
  receive: ["network", "system.network.io.receive"],
  transmit: ["network", "system.network.io.transmit"],
};

const NATURAL = new Intl.Collator("en", { numeric: true });

/**
 * @param {FleetSettings["hosts"]} known when the page was opened
 * @param {HostPresence[]} hosts as presence tells
 * @param {Record<string, SeriesStore>} stores by query
 * @returns {Row[]} of all hosts that either names
 */
export function rows(known, hosts, stores) {
  /** @type {Map<string, Row>} */ const found = new Map();
  for (const host of known) found.set(host.id, { ...empty(host), cores: host.cores, containers: host.containers });
  for (const host of hosts) {
    const row = found.get(host.id) ?? empty(host);
    found.set(host.id, { ...row, name: host.name || row.name, fleet: host.fleet || row.fleet, presence: host, ...running(host, row) });
  }
  for (const [column, [query, metric]] of Object.entries(COLUMNS)) {
    const store = stores[query];
    for (const series of store?.series.values() ?? []) {
      const row = series.info.metric === metric ? found.get(hostOf(series)) : undefined;
      if (!row) continue;
      row.values[column] = newestValue(series, store);
      if (column === "cpu") row.cpu = series;
    }
  }
  return [...found.values()];
}

/** @param {{ id: string, name: string, fleet: string }} host @returns {Row} */
function empty({ id, name, fleet }) {
  return { id, name: name || id, fleet, presence: null, cores: null, containers: null, unhealthy: 0, values: {}, cpu: null };
}

/** @param {HostPresence} host @param {Row} row */
function running({ containers, unhealthy = 0 }, row) {
  return { containers: containers ?? row.containers, unhealthy };
}

/** The host of a series: its entity, or the group of a query by host. @param {Series} series */
function hostOf({ info }) {
  if (info.entity) return info.entity;
  const ending = ` ${suffixOf(info.metric)}`;
  return info.label.endsWith(ending) ? info.label.slice(0, -ending.length) : info.label;
}

/**
 * The hosts that have each word of a text in name or fleet, or a container that it finds.
 * @param {Row[]} all
 * @param {string} text
 * @param {Record<string, unknown>} hosts with such containers
 */
export function foundRows(all, text, hosts) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ id, name, fleet }) => {
    const told = `${name}\n${fleet}`.toLowerCase();
    return Object.hasOwn(hosts, id) || words.every((word) => told.includes(word));
  });
}

/** The containers of a host that a text finds, in words. @param {{ names: string[], count: number } | undefined} found */
export function foundText(found) {
  if (!found) return "";
  const more = found.count - found.names.length;
  return found.names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The order in a URL's `?sort=`: a column, `-` before it reverses. @param {string | null} text @returns {Order} */
export function orderOf(text) {
  return text ? { key: text.replace(/^-/, ""), reversed: text.startsWith("-") } : { key: "state", reversed: false };
}

/** @param {Order} order */
export function orderText({ key, reversed }) {
  return `${reversed ? "-" : ""}${key}`;
}

/** Known hosts and those that are pinned but not known. @param {FleetSettings["hosts"]} known @param {string[]} pins */
export function withPinned(known, pins) {
  const ids = new Set(known.map(({ id }) => id));
  const lost = pins.filter((id) => !ids.has(id));
  return [...known, ...lost.map((id) => ({ id, name: id, fleet: "", cores: null, containers: null }))];
}

/**
 * Sorted: pinned hosts first; texts from a to z, numbers from the greatest, states from the most urgent; unknown last.
 * @param {Row[]} all
 * @param {Order} order
 * @param {string[]} [pins]
 */
export function sorted(all, { key, reversed }, pins = []) {
  const sign = reversed ? -1 : 1;
  const pinned = new Set(pins);
  return [...all].sort((a, b) => {
    if (pinned.has(a.id) !== pinned.has(b.id)) return pinned.has(a.id) ? -1 : 1;
    const [x, y] = [rank(a, key), rank(b, key)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || NATURAL.compare(a.name, b.name);
    return sign * (y - x || 0) || (key === "name" ? sign : 1) * NATURAL.compare(a.name, b.name);
  });
}

/** @param {Row} row @param {string} key */
function rank(row, key) {
  if (key === "state") return row.presence ? URGENCY[row.presence.state] : -1;
  if (key === "name") return 0;
  if (key === "containers") return row.containers === null ? null : row.containers + 1e6 * row.unhealthy;
  return row.values[key] ?? null;
}

/** How many hosts are in which state, in words. @param {Row[]} all */
export function summary(all) {
  const counts = new Map();
  for (const { presence } of all) counts.set(presence?.state ?? "unknown", (counts.get(presence?.state ?? "unknown") ?? 0) + 1);
  return ["live", "silent", "down", "stopped", "unknown"]
    .filter((state) => counts.has(state))
    .map((state) => `${counts.get(state)} ${state}`)
    .join(" · ");
}

/**
 * What is said beside "unknown" of a host that presence does not name: a node that has just begun was told of rows
 * before it is told who sends them.
 * @param {Row} row @param {boolean} isListed whether the page was opened with it
 */
export function untoldText({ values }, isListed) {
  if (!isListed) return "for over a day";
  return Object.values(values).some((value) => value !== null) ? "its rows come" : "not heard yet";
}
