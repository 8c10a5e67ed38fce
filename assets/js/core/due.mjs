/** When a chart is worth drawing again: no sooner than a pixel of time has passed. All in ms. */

const SECOND = 1000;

/** The time between two drawings. @param {number} spanMs @param {number} width px */
export function cadence(spanMs, width) {
  return Math.max(SECOND, spanMs / Math.max(1, width));
}

/**
 * Whether a chart is due. Where a pixel takes longer than a second each chart keeps its own phase, so
 * that not all fall into one tick; else new points are drawn as they come.
 * @param {{ drawnAt: number, cadenceMs: number, phase: number, fresh: boolean, forced: boolean, moving: boolean }} chart
 * @param {number} at
 */
export function isDue(chart, at) {
  const { drawnAt, cadenceMs, phase, fresh, forced, moving } = chart;
  if (forced) return true;
  if (!fresh && !moving) return false;
  if (cadenceMs <= SECOND) return fresh || at - drawnAt >= 1.15 * SECOND;
  const shift = phase * cadenceMs;
  return Math.floor((at - shift) / cadenceMs) > Math.floor((drawnAt - shift) / cadenceMs);
}
