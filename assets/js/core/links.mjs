/**
 * Which link is broken, a sentence each, the worst first: browser, web node, ingest node, collector, container, store.
 * Times are those of the messages, carried on since they arrived.
 *
 * @import { HostPresence, KnownPresence, Happening, LinksMessage, NodeLink } from "../types.js"
 */

import { clock, duration } from "./times.mjs";

/**
 * What a page knows. quietMs: since anything was heard from the web node. retryMs: until the next try to connect;
 * null: there still is a connection. refusal: why the web node lets nobody in, "" if it does or says nothing. hosts: those the page watches, one or all. ended: how the page's container ended.
 * @typedef {object} Known
 * @property {"connecting" | "open" | "lost"} link
 * @property {number} quietMs
 * @property {number | null} retryMs
 * @property {string} [refusal]
 * @property {LinksMessage | null} told
 * @property {number} toldMs since it was told
 * @property {HostPresence[]} hosts
 * @property {number} hostsMs since they were told
 * @property {Happening | null} ended
 */

/** key: the same as long as the same is broken, whatever the time. @typedef {{ key: string, level: "bad" | "warn", text: string }} Sentence */

const NAMED = 3;

/** @param {Known} known @returns {Sentence[]} */
export function broken(known) {
  if (known.link === "lost") return [lost(known)];
  if (known.link === "connecting") return [];
  const nodes = ofNodes(known);
  return [...nodes, ...ofHosts(known, nodes.length > 0), ...ofContainer(known), ...ofStore(known)];
}

/** Nothing else is said then, for nothing else is known. @param {Known} known @returns {Sentence} */
function lost({ quietMs, retryMs, refusal }) {
  const since = duration(quietMs);
  if (retryMs === null) return { key: "quiet", level: "bad", text: `Nothing from the web node for ${since}` };
  const next = retryMs > 0 ? `next try in ${Math.ceil(retryMs / 1000)} s` : "trying now";
  const why = refusal ? `: ${refusal}` : "";
  return { key: `lost ${refusal ?? ""}`.trim(), level: "bad", text: `No connection to the web node for ${since}${why}; ${next}` };
}

/** @param {Known} known @returns {Sentence[]} */
function ofNodes({ told, toldMs }) {
  if (!told) return [];
  const gone = told.links.filter(({ failure }) => failure);
  if (gone.length > 0 && gone.length === told.links.length) {
    const since = duration(Math.min(...gone.map(({ for_ms }) => for_ms)) + toldMs);
    const text = `The web node hears no ingest node for ${since}: nothing live arrives`;
    return [{ key: "no-nodes", level: "bad", text }];
  }
  return gone.map((link) => ofNode(link, toldMs)).sort(worst);
}

/** @param {NodeLink} link @param {number} toldMs @returns {Sentence} */
function ofNode({ name, dead, for_ms }, toldMs) {
  const since = duration(for_ms + toldMs);
  if (dead) return { key: `dead ${name}`, level: "warn", text: `Ingest node ${name} is down for ${since}: collectors send to the others` };
  return { key: `link ${name}`, level: "bad", text: `The web node lacks ${name} for ${since}: what its collectors send does not arrive` };
}

/** @param {Known} known @param {boolean} explained the broken links were told of @returns {Sentence[]} */
function ofHosts({ hosts, hostsMs }, explained) {
  /** @type {KnownPresence[]} */ const heard = hosts.flatMap((host) => (host.state === "unknown" ? [] : [host]));
  const doubtful = hosts.filter(({ suspended }) => suspended);
  const quiet = heard.filter(({ state, suspended }) => !suspended && (state === "silent" || state === "down"));
  /** @type {Sentence[]} */ const told = [];
  if (quiet.length > 0) told.push(ofQuiet(quiet, hostsMs));
  if (hosts.length === 1 && heard[0]?.state === "stopped") {
    const [{ name, for_ms, now_ms }] = heard;
    told.push({ key: "stopped", level: "warn", text: `The collector of ${name} was stopped at ${clock(now_ms - for_ms)}` });
  }
  if (doubtful.length > 0 && !explained) {
    const which = doubtful.length === 1 ? doubtful[0].name : `${doubtful.length} hosts`;
    told.push({ key: "doubtful", level: "warn", text: `Whether ${which} still sends is not known: ${doubtful[0].suspended}` });
  }
  return told;
}

/** @param {KnownPresence[]} quiet @param {number} passedMs @returns {Sentence} */
function ofQuiet(quiet, passedMs) {
  const sorted = [...quiet].sort((a, b) => a.for_ms - b.for_ms);
  const level = sorted.some(({ state }) => state === "down") ? "bad" : "warn";
  const key = `quiet ${sorted.map(({ id, state }) => `${id} ${state}`).sort().join(" ")}`;
  const [{ name, for_ms, queue }] = sorted;
  const since = duration(for_ms + passedMs);
  if (sorted.length === 1) {
    const held = queue.count > 1 ? `; it held ${queue.count} records` : "";
    return { key, level, text: `Nothing from the collector of ${name} for ${since}${held}` };
  }
  const names = sorted.slice(0, NAMED).map((one) => one.name).join(", ");
  const more = sorted.length > NAMED ? ` and ${sorted.length - NAMED} more` : "";
  return { key, level, text: `Nothing from the collectors of ${sorted.length} hosts: ${names}${more}; ${name} last, ${since} ago` };
}

/** @param {Known} known @returns {Sentence[]} */
function ofContainer({ ended }) {
  if (!ended) return [];
  const text = `Container ${ended.name || ended.entity.slice(0, 12)} ${ended.text}, at ${clock(ended.time_ms)}`;
  return [{ key: `ended ${ended.id}`, level: ended.mark === "stopped" ? "warn" : "bad", text }];
}

/** @param {Known} known @returns {Sentence[]} */
function ofStore({ told, toldMs }) {
  if (!told?.store.text) return [];
  const { text, for_ms } = told.store;
  return [{ key: "store", level: "bad", text: `The store ${text} for ${duration(for_ms + toldMs)}: live goes on, history waits` }];
}

/** @param {Sentence} a @param {Sentence} b */
function worst(a, b) {
  return Number(a.level === "warn") - Number(b.level === "warn");
}

/** How the end of the last event that ended the container reads; null: it runs, or nobody knows. @param {Happening[]} events by time @param {string} container @param {boolean} runs */
export function endOf(events, container, runs) {
  if (runs || !container) return null;
  return events.findLast(({ entity, mark }) => entity === container && ENDS.includes(mark)) ?? null;
}

const ENDS = ["stopped", "crashed", "oom"];
