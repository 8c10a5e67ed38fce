/**
 * Times as text and as ticks, in the time zone of the reader. Only given times are shown: the
 * reader's own clock is never asked.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
];

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Width of a digit in the axis font, px; a label is not drawn where it would be cut. */
const DIGIT = 6.4;
const AIR = 26;

/** @param {number} n */
function two(n) {
  return String(n).padStart(2, "0");
}

/** 14:02:10. @param {number} ms */
export function clock(ms) {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** 14:02. @param {number} ms */
function shortClock(ms) {
  return clock(ms).slice(0, 5);
}

/** Nov 24. @param {number} ms */
function day(ms) {
  const date = new Date(ms);
  return `${MONTHS[date.getMonth()]} ${date.getDate()}`;
}

/** Nov 24, 14:02:10. @param {number} ms */
export function moment(ms) {
  return `${day(ms)}, ${clock(ms)}`;
}

/** A range: the day once if it is the same. @param {number} from @param {number} to */
export function rangeText(from, to) {
  return day(from) === day(to) ? `${moment(from)} – ${clock(to)}` : `${moment(from)} – ${moment(to)}`;
}

/** How long: 0.3 s, 12 s, 3 min 5 s, 2 h 5 min, 3 d 4 h. @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${seconds.toFixed(0)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(whole, 60, "min", 1, "s");
  if (whole < 86400) return pair(whole, 3600, "h", 60, "min");
  return pair(whole, 86400, "d", 3600, "h");
}

/** @param {number} seconds @param {number} a @param {string} large @param {number} b @param {string} small */
function pair(seconds, a, large, b, small) {
  const rest = Math.floor((seconds % a) / b);
  return `${Math.floor(seconds / a)} ${large}${rest ? ` ${rest} ${small}` : ""}`;
}

/**
 * Ticks at round local times; text "" where a label would be cut by an edge.
 * @param {number} from
 * @param {number} to
 * @param {number} width px between them
 * @param {number} margin px beyond the right edge in which a label may lie; on the left are other labels
 * @returns {{ values: number[], texts: string[] }}
 */
export function timeTicks(from, to, width, margin) {
  const msPerPx = (to - from) / Math.max(1, width);
  const step = STEPS.find((s) => s / msPerPx >= labelWidth(s) + AIR) ?? STEPS[STEPS.length - 1];
  const zone = -new Date(to).getTimezoneOffset() * MINUTE;
  const values = [];
  for (let t = Math.ceil((from + zone) / step) * step - zone; t <= to; t += step) values.push(t);
  const texts = values.map((t) => {
    const text = tickText(t, step, zone);
    const half = (text.length * DIGIT) / 2;
    const x = (t - from) / msPerPx;
    return x < half || x + half > width + margin ? "" : text;
  });
  return { values, texts };
}

/** @param {number} step */
function labelWidth(step) {
  return (step < MINUTE ? 8 : step < DAY ? 5 : 6) * DIGIT;
}

/** @param {number} t @param {number} step @param {number} zone */
function tickText(t, step, zone) {
  if ((t + zone) % DAY === 0) return day(t);
  return step < MINUTE ? clock(t) : shortClock(t);
}
