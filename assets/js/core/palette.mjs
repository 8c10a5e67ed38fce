/**
 * Which colour a series has. By its name, so that a series keeps its colour whatever stands beside
 * it; only where two of one graph would share a colour does the later one move on.
 */

export const COLOURS = 8;

/** The colour of what is free: hardly there. */
export const NEUTRAL = -1;

/** Names that mean the same on every page. */
/** @type {Record<string, number>} */
const FIXED = {
  user: 0, system: 1, nice: 4, interrupt: 6, steal: 3, iowait: 5,
  used: 0, cached: 2, buffers: 4, free: NEUTRAL,
  receive: 2, transmit: 0, read: 2, write: 0, in: 2, out: 0,
  "1m": 0, "5m": 2, "15m": 1, cpu: 0, memory: 2, io: 1,
  running: 2, sleeping: 4, stopped: 1, defunct: 5, other: 6,
  tcp: 0, udp: 2, tcp_time_wait: 1, working_set: 0, usage: 2,
};

/**
 * A colour's place in the palette for each name, in order.
 * @param {string[]} names
 */
export function colours(names) {
  const taken = new Set();
  return names.map((name) => {
    const wanted = Object.hasOwn(FIXED, name) ? FIXED[name] : hash(name) % COLOURS;
    if (wanted === NEUTRAL) return NEUTRAL;
    const full = taken.size >= COLOURS;
    let place = wanted;
    while (!full && taken.has(place)) place = (place + 1) % COLOURS;
    taken.add(place);
    return place;
  });
}

/** FNV-1a. @param {string} text */
export function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
