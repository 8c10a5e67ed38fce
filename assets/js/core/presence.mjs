/**
 * What presence says of a host, in words.
 *
 * @import { HostPresence } from "../types.js"
 */

import { ageText } from "./freshness.mjs";
import { clock, duration } from "./times.mjs";

/** A clock that is off by less is not worth a word. */
const OFFSET_MS = 1000;

/**
 * The state and since when.
 * @param {HostPresence} host
 * @param {number} passedMs since the message arrived
 * @returns {[word: string, since: string]}
 */
export function stateWords(host, passedMs) {
  if (host.suspended) return suspendedWords(host, passedMs);
  switch (host.state) {
    case "live":
      return ["live", ageText(host.age_ms + passedMs)];
    case "silent":
    case "down":
      return [host.state, `for ${duration(host.for_ms + passedMs)}`];
    case "stopped":
      return ["stopped", `since ${clock(host.now_ms - host.for_ms)}`];
    default:
      return ["unknown", "not heard of yet"];
  }
}

/**
 * The last state that was known, as such: nothing is said of a host that a node may hear that is not read, or may have
 * heard before it began.
 * @param {HostPresence} host @param {number} passedMs @returns {[word: string, since: string]}
 */
function suspendedWords(host, passedMs) {
  if (host.state === "unknown") return ["unknown", "cannot be judged"];
  return [`was ${host.state}`, ageText(host.for_ms + passedMs)];
}

/** The same as one text. @param {HostPresence} host @param {number} passedMs */
export function stateText(host, passedMs) {
  const [word, since] = stateWords(host, passedMs);
  return host.state === "live" || host.suspended ? `${word} · ${since}` : `${word} ${since}`;
}

/** What else there is to say, in sentences. @param {HostPresence} host */
export function noticeText(host) {
  const sentences = host.suspended ? [`Whether it still is so is not known: ${host.suspended}.`] : [];
  if (host.state === "unknown") return sentences.join(" ");
  if (host.note) sentences.push(`${host.note}.`);
  if (Math.abs(host.offset_ms) >= OFFSET_MS) {
    const side = host.offset_ms > 0 ? "ahead of" : "behind";
    sentences.push(`This host's clock is ${duration(Math.abs(host.offset_ms))} ${side} the server's; times here are its own.`);
  }
  if (host.state !== "live" && !host.suspended) sentences.push(LOST[host.state]);
  if (host.state === "live" && host.queue.count > 1) {
    sentences.push(`Its collector holds ${host.queue.count} records that wait to be sent.`);
  }
  return sentences.join(" ");
}

const LOST = {
  silent: "Nothing arrives from its collector: the network between, or the collector, is held up.",
  down: "Nothing has arrived from its collector for a while: the host, its network or the collector is down.",
  stopped: "Its collector was stopped in good order.",
};

/** How urgent a state is; the greater comes first. */
export const URGENCY = { down: 4, silent: 3, stopped: 2, unknown: 1, live: 0 };
