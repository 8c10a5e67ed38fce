/** A series as the path of a sparkline. */

const WINDOW_MS = 60_000;

/**
 * The last minute up to the newest point; the scale fits the data but spans at least `leastSpan`, so
 * that noise does not fill the box.
 * @param {{ t: number[], v: (number | null)[], j: number[] }} series
 * @param {number} width px
 * @param {number} height px
 * @param {number} leastSpan in the series' unit
 */
export function sparkline({ t, v, j }, width, height, leastSpan) {
  const values = v.filter((value) => value !== null);
  if (values.length === 0) return "";
  const high = Math.max(...values);
  const low = Math.min(...values);
  const span = Math.max(high - low, leastSpan);
  const floor = Math.max(Math.min(0, low), (high + low - span) / 2);
  const end = t[t.length - 1];
  let path = "";
  let drawing = false;
  for (let i = 0; i < t.length; i += 1) {
    const value = v[i];
    const x = width - ((end - t[i]) / WINDOW_MS) * width;
    if (value === null || x < 0) {
      drawing = false;
      continue;
    }
    const y = height - 1 - ((value - floor) / span) * (height - 2);
    path += `${drawing && j[i] === 1 ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    drawing = true;
  }
  return path;
}
