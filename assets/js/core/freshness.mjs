/**
 * The host's now, and the age of what is shown: the stamps of messages, carried on by the browser's
 * monotonic clock (rule 9). All arguments named `at` are of performance.now().
 */

import { duration } from "./times.mjs";

/** After so many periods without a row what is drawn is stale. */
export const STALE_PERIODS = 3;

/** A clock that was read once and goes on with the monotonic clock. */
export class HostClock {
  /** @type {number | null} */ #offset = null;

  /** @param {number} nowMs the host's now when the message was sent @param {number} at */
  set(nowMs, at) {
    this.#offset = nowMs - at;
  }

  get known() {
    return this.#offset !== null;
  }

  /** The host's now; NaN before the first message. @param {number} at */
  now(at) {
    return this.#offset === null ? NaN : at + this.#offset;
  }
}

/**
 * How old the newest row behind a graph is. A bucket's own rows are not known here: while it is
 * open the host's age stands for them.
 * @param {number} newest time of the newest point
 * @param {number} stepMs 0: rows
 * @param {number} nowMs
 * @param {number} hostAgeMs
 */
export function ageOf(newest, stepMs, nowMs, hostAgeMs) {
  if (newest === -Infinity) return Infinity;
  if (stepMs === 0) return Math.max(0, nowMs - newest);
  const closed = newest + stepMs;
  return closed > nowMs ? Math.max(0, hostAgeMs) : nowMs - closed;
}

/** @param {number} ageMs @param {number} periodMs @param {number} stepMs */
export function isStale(ageMs, periodMs, stepMs) {
  return ageMs > STALE_PERIODS * Math.max(periodMs, stepMs);
}

/** @param {number} ageMs */
export function ageText(ageMs) {
  return Number.isFinite(ageMs) ? `${duration(ageMs)} ago` : "no data";
}

/**
 * From the kernel to the screen: the row's age when it was sent, and the time since it arrived.
 * @param {number} rowMs the row's time
 * @param {number} sentMs the host's now when the message was sent
 * @param {number} arrivedAt
 * @param {number} paintedAt
 */
export function latency(rowMs, sentMs, arrivedAt, paintedAt) {
  return Math.max(0, sentMs - rowMs) + Math.max(0, paintedAt - arrivedAt);
}
