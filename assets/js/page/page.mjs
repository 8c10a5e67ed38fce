/**
 * A page: finds what its layout made, and lives until that goes.
 *
 * @import { EventsMessage, Message } from "../types.js"
 * @import { Keeper } from "./keeper.mjs"
 * @import { Theme } from "./theme.mjs"
 */

import { watch, watchAll, watchSystem } from "../core/messages.mjs";
import { awaitHost, isReloaded } from "./awaited.mjs";
import { Card } from "./card.mjs";
import { Crosshair } from "./crosshair.mjs";
import { elements, setData } from "./dom.mjs";
import { Feed } from "./feed.mjs";
import { Fleet } from "./fleet.mjs";
import { mark } from "./pin.mjs";
import { Roster } from "./roster.mjs";
import { Scheduler } from "./scheduler.mjs";
import { System } from "./system.mjs";
import { Tile } from "./tile.mjs";
import { Title } from "./title.mjs";
import { Vitals } from "./vitals.mjs";
import { PageView } from "./view.mjs";

const NEAR = "160px 0px";

export class Page {
  /** @type {Card[]} */ cards = [];
  /** @type {number} */ #timer;

  /**
   * @param {HTMLElement} root
   * @param {{ send: (text: string) => void, theme: Theme, keeper: Keeper, painted: (page: Page, at: number) => void }} app
   */
  constructor(root, { send, theme, keeper, painted }) {
    this.root = root;
    this.send = send;
    this.theme = theme;
    this.keeper = keeper;
    this.view = new PageView(root.dataset.host ?? null, location, history);
    this.view.container = root.dataset.container ?? "";
    this.feed = new Feed(send);
    this.scheduler = new Scheduler((frame) => requestAnimationFrame(frame), () => performance.now(), (at) => painted(this, at));
    this.wake = () => this.scheduler.wake();
    this.crosshair = new Crosshair(this.view, this.wake);
    this.visibility = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: NEAR });
    this.sizes = new ResizeObserver(() => this.cards.forEach((card) => card.resize()));
    this.#build();
    this.view.on("range", () => this.#ranged());
    this.view.on("find", () => this.#watch());
    this.view.on("events", () => this.cards.forEach((card) => card.happened()));
    this.view.on("gaps", () => this.cards.forEach((card) => card.force()));
    this.#timer = this.scheduler.start();
  }

  get isConnected() {
    return this.root.isConnected;
  }

  end() {
    clearInterval(this.#timer);
    this.visibility.disconnect();
    this.sizes.disconnect();
    this.feed.sleep();
    this.crosshair.cancel();
  }

  #build() {
    const { view, feed, theme, keeper, wake, root } = this;
    const graphs = elements(root, "[data-graph]");
    this.cards = graphs.map((element, i) => new Card(element, { view, feed, theme, wake, phase: i / graphs.length }));
    const tiles = elements(root, "[data-tile]").map((element) => new Tile(element, feed, wake));
    const others = [
      ...(root.dataset.fleet ? [new Fleet(root, view, feed, wake, keeper)] : []),
      ...(root.dataset.system ? [new System(root, view, wake)] : []),
      ...(root.querySelector('[data-role="state"]') ? [new Title(root, view)] : []),
      ...elements(root, "[data-roster]").map((element) => new Roster(element, view, wake)),
    ];
    if (root.dataset.container) new Vitals(root, view);
    if (root.dataset.page === "message") awaitHost(view, () => location.reload(), isReloaded());
    for (const pin of elements(root, ".title .pin")) {
      const look = () => mark(pin, keeper.isPinned(pin.dataset.pin ?? ""));
      view.on("kept", look);
      look();
    }
    for (const part of [...this.cards, ...tiles, ...others]) this.scheduler.add(part);
    for (const card of this.cards) {
      this.crosshair.attach(card);
      this.visibility.observe(card.element);
      this.sizes.observe(card.plot.frame);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      this.cards.find(({ element }) => element === target)?.setVisible(isIntersecting);
    }
    this.wake();
  }

  #ranged() {
    this.#watch();
    for (const card of this.cards) {
      card.ask();
      card.force();
    }
  }

  /** A new connection: everything is asked for again. */
  opened() {
    this.view.refusal = "";
    this.#setLink("open");
    this.#watch();
    this.feed.renew();
  }

  /** @param {number | null} retryAt the next try; null: there still is a connection, but nothing is heard */
  lost(retryAt) {
    this.view.retryAt = retryAt;
    this.#setLink("lost");
  }

  /** It was quiet, and is heard again: nothing is missing. */
  heard() {
    if (this.view.link === "lost" && this.view.retryAt === null) this.#setLink("open");
  }

  /** @param {"open" | "lost"} link */
  #setLink(link) {
    this.view.link = link;
    setData(this.root, "link", link);
    this.view.tell("link");
    for (const card of this.cards) card.force();
  }

  #watch() {
    const { host } = this.view;
    if (this.root.dataset.system) this.send(watchSystem());
    if (host === null && !this.root.dataset.fleet) return;
    this.send(host ? watch(host, this.view.asked, this.root.dataset.container) : watchAll(this.view.find));
  }

  /** @param {Message} message @param {number} at */
  receive(message, at) {
    const { view } = this;
    if (message.type === "hello") {
      Object.assign(view, { node: message.node, version: message.version });
    } else if (message.type === "presence") {
      view.setPresence(message.hosts, at, message.retired);
    } else if (message.type === "links") {
      Object.assign(view, { links: message, linksAt: at });
    } else if (message.type === "system") {
      view.setSystem(message, at);
    } else if (message.type === "gaps") {
      if (message.host !== view.host) return;
      view.gaps = message.gaps;
      view.tell("gaps");
    } else if (message.type === "containers") {
      if (!this.#isOwn(message)) return;
      view.containers = message.containers;
      view.tell("containers");
    } else if (message.type === "found") {
      view.found = message;
      view.tell("found");
    } else if (message.type === "events") {
      this.#happened(message);
    } else if (message.type === "view" || message.type === "points" || message.type === "error") {
      this.#stamp(message, at);
      this.feed.receive(message);
      this.crosshair.refresh();
    }
  }

  /** Whether a message is of what this page watches. @param {{ host: string, container: string }} message */
  #isOwn({ host, container }) {
    return host === this.view.host && container === (this.root.dataset.container ?? "");
  }

  /** @param {EventsMessage} message */
  #happened(message) {
    const { view } = this;
    if (!this.#isOwn(message)) return;
    if (message.whole) view.happenings.load(message.events);
    else view.happenings.add(message.events);
    if (view.happenings.full) this.#watch();
    view.tell("events");
  }

  /** The host's now, and the stamps of a new row. @param {Message} message @param {number} at */
  #stamp(message, at) {
    const { view } = this;
    if (!view.host || message.type === "error" || !("now_ms" in message)) return;
    view.clock.set(message.now_ms, at);
    if (message.type !== "points" || !this.feed.areRows(message.id)) return;
    let newest = -Infinity;
    for (const [, t] of message.points) if (t > newest) newest = t;
    if (newest > -Infinity) view.arrived({ rowMs: newest, sentMs: message.now_ms, arrivedAt: at });
  }
}
