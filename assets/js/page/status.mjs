/**
 * The status line: how fresh the page is, or which link is broken; opened, all that is.
 *
 * @import { Sentence } from "../core/links.mjs"
 * @import { PageView } from "./view.mjs"
 */

import { latency } from "../core/freshness.mjs";
import { broken, endOf } from "../core/links.mjs";
import { duration } from "../core/times.mjs";
import { make, role, setData, setText } from "./dom.mjs";

const WELL = "Every link works: web node, ingest nodes, collectors and store.";

export class Status {
  #latency = "";
  #told = "";
  /** @type {PageView["row"]} */ #painted = null;

  /** @param {HTMLElement} shell */
  constructor(shell) {
    this.element = role(shell, "status");
    this.more = role(shell, "status-more");
    this.list = role(shell, "status-list");
    this.announce = role(shell, "status-announce");
    this.reload = role(shell, "reload");
    this.reload.addEventListener("click", () => location.reload());
  }

  /** A frame was painted: the newest row is on the screen. @param {PageView} view @param {number} at */
  painted(view, at) {
    if (!view.row || view.row === this.#painted) return;
    this.#painted = view.row;
    const { rowMs, sentMs, arrivedAt } = view.row;
    this.#latency = `${Math.round(latency(rowMs, sentMs, arrivedAt, at))} ms from kernel to your screen`;
    this.update(view, at);
  }

  /** @param {PageView} view @param {number} at */
  update(view, at) {
    const sentences = broken(knownOf(view, at));
    const [worst] = sentences;
    if (view.link !== "open") this.#latency = "";
    setData(this.element, "state", worst ? "broken" : "");
    setText(this.element, worst ? worst.text : this.#well(view, at));
    setText(this.more, sentences.length > 1 ? `and ${sentences.length - 1} more` : "");
    this.#fill(sentences, view);
    this.#say(sentences);
  }

  /** A node of another version answers than made this page. @param {string} words */
  offer(words) {
    this.reload.hidden = words === "";
    this.reload.title = words;
  }

  /** @param {Sentence[]} sentences @param {PageView} view */
  #fill(sentences, view) {
    const lines = sentences.length > 0 ? sentences : [{ level: "ok", text: view.link === "open" ? WELL : "Connecting to the web node" }];
    while (this.list.children.length < lines.length) this.list.append(make("li", ""));
    while (this.list.children.length > lines.length) this.list.lastElementChild?.remove();
    lines.forEach(({ level, text }, i) => {
      const line = /** @type {HTMLElement} */ (this.list.children[i]);
      setData(line, "level", level);
      setText(line, text);
    });
  }

  /** Changes of what is broken are read out, the passing of time is not. @param {Sentence[]} sentences */
  #say(sentences) {
    const keys = sentences.map(({ key }) => key).join("\n");
    if (keys === this.#told) return;
    this.#told = keys;
    setText(this.announce, sentences.map(({ text }) => `${text}.`).join(" ") || WELL);
  }

  /** @param {PageView} view @param {number} at */
  #well(view, at) {
    if (view.link === "connecting") return "Connecting to the web node";
    if (this.#latency && view.host) return this.#latency;
    const ages = view.hosts.flatMap((host) => (host.state === "live" ? [host.age_ms + at - view.presenceAt] : []));
    return ages.length > 0 ? `Newest row ${duration(Math.min(...ages))} ago` : `Web node ${view.node}`;
  }
}

/** @param {PageView} view @param {number} at @returns {import("../core/links.mjs").Known} */
function knownOf(view, at) {
  const { link, refusal, links, host, hosts, container, containers, happenings } = view;
  return {
    link,
    quietMs: at - view.heardAt,
    retryMs: view.retryAt === null ? null : view.retryAt - at,
    refusal,
    told: links,
    toldMs: at - view.linksAt,
    hosts: host === null ? hosts : hosts.filter(({ id }) => id === host),
    hostsMs: at - view.presenceAt,
    ended: endOf(happenings.events, container, containers === null || containers.length > 0),
  };
}
