/** How long to wait before the next attempt to connect. */

const FIRST_MS = 500;
const MOST_MS = 10_000;

/**
 * Doubles with each attempt, and is spread, so that all browsers of a node that went do not come in
 * one instant.
 * @param {number} attempt 0 for the first
 * @param {number} random in [0, 1)
 */
export function backoff(attempt, random) {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)) * (0.5 + random);
}
