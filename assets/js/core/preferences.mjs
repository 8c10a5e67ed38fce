/**
 * What a person set, and changes of it: the server makes them (tidegauge/sessions/preferences.py), a browser shows
 * them before they are kept.
 *
 * @import { Kept, PreferencesChange } from "../types.js"
 */

import { rangeText } from "./times.mjs";

export const MOST_PINS = 100;

/** @type {Kept} */
export const NOTHING = { theme: "system", pins: [], last: "", count: 0 };

/** The next theme of a person whose system is dark or not: each click but the last is seen. @type {Record<string, Record<string, Kept["theme"]>>} */
const NEXT = { dark: { system: "light", light: "dark", dark: "system" }, light: { system: "dark", dark: "light", light: "system" } };

/** @param {unknown} value @returns {value is Kept} */
export function isKept(value) {
  if (typeof value !== "object" || value === null) return false;
  const { theme, pins, last, count } = /** @type {Record<string, unknown>} */ (value);
  return (
    (theme === "system" || theme === "light" || theme === "dark") && Array.isArray(pins) && pins.length <= MOST_PINS &&
    pins.every((pin) => typeof pin === "string") && typeof last === "string" && Number.isInteger(count)
  );
}

/** A change out of a browser's own copy, with what can be read of it. @param {any} value @returns {PreferencesChange} */
export function changeOf(value) {
  const texts = (/** @type {unknown} */ list) => (Array.isArray(list) ? list.filter((one) => typeof one === "string") : []);
  const { theme, pin, unpin } = value ?? {};
  return merged({ unpin: texts(unpin), ...(theme in NEXT.dark ? { theme } : {}) }, { pin: texts(pin) });
}

/** What is kept once a change is made. @param {Kept} kept @param {PreferencesChange} change @returns {Kept} */
export function applied(kept, { theme = kept.theme, pin = [], unpin = [], last = kept.last }) {
  const pins = kept.pins.filter((host) => !unpin.includes(host));
  return { ...kept, theme, last, pins: [...pins, ...pin.filter((host) => !pins.includes(host))] };
}

/** One change that does what two do, one after the other. @param {PreferencesChange} first @param {PreferencesChange} then @returns {PreferencesChange} */
export function merged(first, then) {
  const pin = union((first.pin ?? []).filter((host) => !then.unpin?.includes(host)), then.pin);
  const unpin = union(first.unpin ?? [], then.unpin);
  const both = { ...first, ...then };
  delete both.pin;
  delete both.unpin;
  return { ...both, ...(pin.length > 0 && { pin }), ...(unpin.length > 0 && { unpin }) };
}

/** @param {string[]} some @param {string[]} [more] */
function union(some, more = []) {
  return [...some, ...more.filter((host) => !some.includes(host))];
}

/** Whether a change does nothing. @param {PreferencesChange} change */
export function isEmpty({ theme, pin = [], unpin = [], last }) {
  return theme === undefined && last === undefined && pin.length + unpin.length === 0;
}

/** The theme after a click. @param {Kept["theme"]} theme @param {boolean} systemIsDark */
export function nextTheme(theme, systemIsDark) {
  return NEXT[systemIsDark ? "dark" : "light"][theme];
}

/** What is kept of a place as the last one: all but the bare list of hosts, which is where everybody begins. @param {string} pathname @param {string} search */
export function placeOf(pathname, search) {
  return pathname === "/" && !search ? "" : `${pathname}${search}`;
}

/**
 * A place in words: "host db-2, last hour"; "" for one that is none of ours.
 * @param {string} place
 * @param {{ id: string, name: string }[]} hosts that are known
 */
export function placeText(place, hosts) {
  if (!/^\/(?![/\\])/.test(place)) return "";
  const [path, search = ""] = place.split(/\?(.*)/s);
  const params = new URLSearchParams(search);
  const what = pageText(path, hosts);
  return what && [what, spanText(params.get("from"), params.get("to")), found(params.get("find"))].filter(Boolean).join(", ");
}

/** @param {string} path @param {{ id: string, name: string }[]} hosts */
function pageText(path, hosts) {
  const [, kind, id] = /^\/(hosts|containers)\/([^/]+)$/.exec(path) ?? [];
  if (kind === "hosts") return `host ${hosts.find((host) => host.id === plain(id))?.name ?? plain(id)}`;
  if (kind === "containers") return `container ${plain(id).slice(0, 12)}`;
  return { "/": "hosts", "/system": "system", "/events": "events", "/explore": "explore" }[path] ?? "";
}

/** @param {string} text of a path */
function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string | null} from @param {string | null} to as a URL has them */
function spanText(from, to) {
  if (!from) return "";
  if (/^\d{1,15}$/.test(from) && to && /^\d{1,15}$/.test(to)) return rangeText(Number(from), Number(to));
  const [, count, unit] = /^now-(\d{1,6})([smhdw])$/.exec(from) ?? [];
  if (!unit || (to ?? "now") !== "now") return `${from} – ${to ?? "now"}`;
  const word = { s: "second", m: "minute", h: "hour", d: "day", w: "week" }[unit];
  return count === "1" ? `last ${word}` : `last ${count} ${word}s`;
}

/** @param {string | null} text */
function found(text) {
  return text ? `“${text}”` : "";
}
