/**
 * The page of a host that is not known: it is loaded again when the host is.
 *
 * @import { PageView } from "./view.mjs"
 */

/**
 * @param {PageView} view
 * @param {() => void} load
 * @param {boolean} isAgain this page was loaded again: that the host is live is no reason to do so once more, only that
 *   it becomes so is
 */
export function awaitHost(view, load, isAgain) {
  let isLive = isAgain;
  view.on("presence", () => {
    const wasLive = isLive;
    isLive = view.presence?.state === "live";
    if (isLive && !wasLive) load();
  });
}

/** Whether this document was loaded again. */
export function isReloaded() {
  const [how] = performance.getEntriesByType("navigation");
  return how instanceof PerformanceNavigationTiming && how.type === "reload";
}
