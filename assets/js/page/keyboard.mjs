/** Keys and what they do. Off while somebody types, and with Ctrl, Alt or Cmd held. */

const CHORD_MS = 1200;

/**
 * One act for each key, or for two keys one after the other (`t z`).
 * @param {Record<string, (() => void) | undefined>} acts
 * @param {() => number} now
 * @returns {(event: KeyboardEvent) => void}
 */
export function keyboard(acts, now) {
  let first = "";
  let firstAt = -Infinity;
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event)) return;
    const key = nameOf(event);
    const chord = now() - firstAt <= CHORD_MS ? `${first} ${key}` : key;
    const act = acts[chord] ?? acts[key];
    first = act ? "" : key;
    firstAt = now();
    if (!act) return;
    event.preventDefault();
    act();
  };
}

/** @param {KeyboardEvent} event */
function nameOf({ key }) {
  if (key === " ") return "Space";
  return key.length === 1 ? key.toLowerCase() : key;
}

/** Space and Enter belong to the button that has the focus. @param {KeyboardEvent} event */
function isTyping({ key, target }) {
  if (!(target instanceof Element)) return false;
  if (key === "Escape") return false;
  if (target.closest("input, textarea, select, [contenteditable]")) return true;
  return (key === " " || key === "Enter") && target.closest("button, summary, a") !== null;
}
