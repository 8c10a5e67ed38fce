/**
 * The status line: how fresh the page is, or which link is broken.
 *
 * @import { PageView } from "./view.mjs"
 */

import { ageText, latency } from "../core/freshness.mjs";
import { duration } from "../core/times.mjs";
import { setData, setText } from "./dom.mjs";

export class Status {
  #latency = "";
  #retryAt = 0;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** The connection is gone until then. @param {number} retryAt */
  lost(retryAt) {
    this.#retryAt = retryAt;
    this.#latency = "";
  }

  /** A frame was painted: the newest row is on the screen. @param {PageView} view @param {number} at */
  painted(view, at) {
    if (!view.row) return;
    const { rowMs, sentMs, arrivedAt } = view.row;
    view.row = null;
    this.#latency = `${Math.round(latency(rowMs, sentMs, arrivedAt, at))} ms from kernel to your screen`;
    this.update(view, at);
  }

  /** @param {PageView} view @param {number} at */
  update(view, at) {
    const [state, text] = this.#words(view, at);
    setData(this.element, "state", state);
    setText(this.element, text);
  }

  /** @param {PageView} view @param {number} at @returns {[string, string]} */
  #words(view, at) {
    if (view.link === "connecting") return ["", "Connecting to the web node"];
    if (view.link === "lost") {
      return ["broken", `No connection to the web node; next try in ${Math.max(0, Math.ceil((this.#retryAt - at) / 1000))} s`];
    }
    const { presence } = view;
    if (presence && presence.state !== "live") {
      return ["broken", `Web node answers; ${presence.state} host, newest row ${ageText(view.hostAge(at))}`];
    }
    if (this.#latency && view.host) return ["", this.#latency];
    const ages = view.hosts.flatMap((host) => (host.state === "live" ? [host.age_ms + at - view.presenceAt] : []));
    return ["", ages.length > 0 ? `Newest row ${duration(Math.min(...ages))} ago` : `Web node ${view.node}`];
  }
}
