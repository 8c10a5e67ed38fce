/**
 * The containers of a host: how each is, in a word and a mark; which a text finds, and in which order they stand.
 *
 * @import { ContainerInfo } from "../types.js"
 */

import { NONE } from "./numbers.mjs";

/** State of a mark and its word, by health. @type {Record<string, [state: string, word: string]>} */
const HEALTH = {
  unhealthy: ["down", "unhealthy"],
  starting: ["unknown", "starting"],
  healthy: ["live", "healthy"],
};
/** Of one without a health check. @type {[state: string, word: string]} */
const RUNNING = ["running", "running"];
/** @type {[state: string, word: string]} */
const GONE = ["stopped", "not running"];
const URGENCY = ["unhealthy", "starting"];
const NATURAL = new Intl.Collator("en", { numeric: true });

/** How a container is; undefined: it does not run. @param {ContainerInfo | undefined} one */
export function stateOf(one) {
  if (!one) return GONE;
  return Object.hasOwn(HEALTH, one.health) ? HEALTH[one.health] : RUNNING;
}

/** What stands in the columns. @param {ContainerInfo} one @returns {Record<string, string>} */
export function texts({ name, project, service, image, runtime }) {
  return { name, project: project || NONE, service: service || NONE, image: image || NONE, runtime: runtime || NONE };
}

/**
 * Those that have each word of a text in name, project, service, image, runtime or health.
 * @param {ContainerInfo[]} all
 * @param {string} text
 */
export function found(all, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((one) => {
    const { name, project, service, image, runtime } = one;
    const told = [name, project, service, image, runtime, stateOf(one)[1]].join("\n").toLowerCase();
    return words.every((word) => told.includes(word));
  });
}

/** What is not well first, then by project and name. @param {ContainerInfo[]} all */
export function ordered(all) {
  return [...all].sort(
    (a, b) =>
      rank(a) - rank(b) || NATURAL.compare(a.project, b.project) || NATURAL.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
  );
}

/** @param {ContainerInfo} one */
function rank({ health }) {
  const place = URGENCY.indexOf(health);
  return place < 0 ? URGENCY.length : place;
}

/** How many there are, and are not well. @param {ContainerInfo[]} all @param {number} shown */
export function countText(all, shown) {
  const unhealthy = all.filter(({ health }) => health === "unhealthy").length;
  const some = shown < all.length ? `${shown} of ${all.length}` : `${all.length} running`;
  return unhealthy > 0 ? `${some} · ${unhealthy} unhealthy` : some;
}
