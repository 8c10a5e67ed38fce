/**
 * Numbers as text: about three digits, in the unit of the graph. Digits are tabular in CSS; the
 * space before a unit does not break.
 *
 * @import { Unit } from "../types.js"
 */

const NBSP = "\u00a0";
const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SI = ["", "k", "M", "G", "T", "P"];

/** What stands for no value. */
export const NONE = "–";

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * @param {number | null | undefined} value
 * @param {Unit} unit
 */
export function format(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  switch (unit) {
    case "percent":
      return `${digits(value * 100)}${NBSP}%`;
    case "bytes":
      return scaled(value, 1024, IEC, "", 2);
    case "bytes/s":
      return scaled(value, 1024, IEC, "/s", 2);
    case "bits/s":
      return scaled(value * 8, 1000, SI, "bit/s", 2);
    case "per_second":
      return `${digits(value)}/s`;
    case "seconds":
      return Math.abs(value) < 1 ? `${digits(value * 1000)}${NBSP}ms` : `${digits(value)}${NBSP}s`;
    case "count":
      return WHOLE.format(value);
    default:
      return digits(value);
  }
}

/**
 * A tick's label: the shortest that is exact.
 * @param {number} value
 * @param {Unit} unit
 */
export function formatTick(value, unit) {
  const size = Math.abs(value);
  switch (unit) {
    case "percent":
      return `${exact(size * 100)}${NBSP}%`;
    case "bytes":
    case "bytes/s":
      return size === 0 ? "0" : shortest(size, 1024, IEC, unit === "bytes" ? "" : "/s");
    case "bits/s":
      return size === 0 ? "0" : shortest(size * 8, 1000, SI, "b/s");
    case "seconds":
      if (size === 0) return "0";
      return size < 1 ? `${exact(size * 1000)}${NBSP}ms` : `${exact(size)}${NBSP}s`;
    case "number":
      return `${value < 0 ? "−" : ""}${shortest(size, 1000, SI, "")}`;
    default:
      return shortest(size, 1000, SI, "");
  }
}

/** @param {number} value */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 999.5) return WHOLE.format(value);
  if (size >= 99.95) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

/**
 * @param {number} value @param {number} base @param {string[]} names @param {string} suffix
 * @param {number} places after the point, one less from 100 on
 */
function scaled(value, base, names, suffix, places) {
  const power = powerOf(value, base, names.length);
  const number = value / base ** power;
  if (power === 0) return `${WHOLE.format(value)}${NBSP}${names[0]}${suffix}`;
  return `${number.toFixed(Math.abs(number) >= 99.95 ? places - 1 : places)}${NBSP}${names[power]}${suffix}`;
}

/** @param {number} value @param {number} base @param {string[]} names @param {string} suffix */
function shortest(value, base, names, suffix) {
  const power = powerOf(value, base, names.length);
  const name = `${names[power]}${suffix}`;
  return `${exact(value / base ** power)}${name ? NBSP : ""}${name}`;
}

/** @param {number} value @param {number} base @param {number} count */
function powerOf(value, base, count) {
  let power = 0;
  for (let size = Math.abs(value); size >= base * 0.9995 && power < count - 1; size /= base) power += 1;
  return power;
}

/** @param {number} value */
function exact(value) {
  return String(Number(value.toPrecision(4)));
}
