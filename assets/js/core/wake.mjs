/** Whether this machine, or this page, slept: what was open before is not to be trusted then. */

/** A tick of a visible page that comes so much too late is none that was held up by work. */
const SLEEP_MS = 5_000;

/**
 * Either clock may tell: some stand still while a laptop sleeps, the other goes on.
 * @typedef {{ monotonic: number, wall: number }} Tick
 */

/** @param {Tick} before @param {Tick} now @param {number} expectedMs between the two */
export function slept(before, now, expectedMs) {
  return Math.max(now.monotonic - before.monotonic, now.wall - before.wall) > expectedMs + SLEEP_MS;
}
