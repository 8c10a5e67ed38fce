/**
 * Traces as SVG paths in pixels of the plot area, as Plotly would draw them.
 *
 * @import { Axis, Trace } from "../types.js"
 */

/** Where values lie on the plot area. @typedef {{ axis: Axis, range: [number, number], width: number, height: number }} Frame */

/** The `d` of a trace's line. @param {Trace} trace @param {Frame} frame */
export function linePath(trace, frame) {
  let path = "";
  walk(trace, frame, (x, y, begins) => {
    path += `${begins ? "M" : "L"}${x},${y}`;
  });
  return path;
}

/** The `d` of the area between a trace and zero; each unbroken piece is closed by itself. @param {Trace} trace @param {Frame} frame */
export function areaPath(trace, frame) {
  const { range, height } = frame;
  const zero = rounded((range[1] / (range[1] - range[0])) * height);
  let path = "";
  let first = 0;
  let last = 0;
  walk(trace, frame, (x, y, begins) => {
    if (begins) {
      path += `${path && `L${last},${zero}L${first},${zero}Z`}M${x},${y}`;
      first = x;
    } else {
      path += `L${x},${y}`;
    }
    last = x;
  });
  return path && `${path}L${last},${zero}L${first},${zero}Z`;
}

/** @param {Trace} trace @param {Frame} frame @param {(x: number, y: number, begins: boolean) => void} visit */
function walk({ x, y }, { axis, range, width, height }, visit) {
  const pxPerMs = width / (axis.to - axis.from);
  const pxPerUnit = height / (range[1] - range[0]);
  let begins = true;
  for (let i = 0; i < x.length; i += 1) {
    const [time, value] = [x[i], y[i]];
    if (time === null || value === null) {
      begins = true;
      continue;
    }
    visit(rounded((time - axis.from) * pxPerMs), rounded((range[1] - value) * pxPerUnit), begins);
    begins = false;
  }
}

/** A hundredth of a pixel is enough, and short. @param {number} px */
function rounded(px) {
  return Math.round(px * 100) / 100;
}
