/**
 * Subscriptions: one for each query, however many listen. A whole view replaces a store, points
 * change it; opening, waking and moving to another node all ask for whole views again (rule 8).
 *
 * @import { ErrorMessage, PointsMessage, ViewMessage } from "../types.js"
 */

import { subscribe, unsubscribe } from "../core/messages.mjs";
import { moves } from "../core/range.mjs";
import { SeriesStore } from "../core/series.mjs";

/** @typedef {(change: "view" | "series" | "points" | "error", subscription: Subscription) => void} Listener */

/** What is held for one query. */
export class Subscription {
  /** @param {number} id @param {string} query */
  constructor(id, query) {
    this.id = id;
    this.query = query;
    this.store = new SeriesStore();
    /** @type {Set<Listener>} */ this.listeners = new Set();
    /** @type {ViewMessage | null} the last whole view, for its times */ this.view = null;
    this.error = "";
    this.slides = moves(new URLSearchParams(query).get("from") ?? "now-5m");
  }

  /** @param {"view" | "series" | "points" | "error"} change */
  tell(change) {
    for (const listener of this.listeners) listener(change, this);
  }
}

export class Feed {
  /** @type {Map<string, Subscription>} */ #byQuery = new Map();
  /** @type {Map<number, Subscription>} */ #byId = new Map();
  #next = 1;
  #awake = true;

  /** @param {(text: string) => void} send */
  constructor(send) {
    this.send = send;
  }

  /** @param {string} query a Query in URL form, with its range @param {Listener} listener */
  join(query, listener) {
    const known = this.#byQuery.get(query);
    const subscription = known ?? this.#begin(query);
    subscription.listeners.add(listener);
    return subscription;
  }

  /** @param {Subscription} subscription @param {Listener} listener */
  leave(subscription, listener) {
    subscription.listeners.delete(listener);
    if (subscription.listeners.size > 0 || !this.#byId.delete(subscription.id)) return;
    this.#byQuery.delete(subscription.query);
    if (this.#awake) this.send(unsubscribe(subscription.id));
  }

  /** Whether a subscription's points are rows, as their times then are. @param {number} id */
  areRows(id) {
    const store = this.#byId.get(id)?.store;
    return store !== undefined && store.loaded && store.stepMs === 0;
  }

  /** Asks for all whole views: after a new connection, or on waking. */
  renew() {
    this.#awake = true;
    for (const { id, query } of this.#byId.values()) this.send(subscribe(id, query));
  }

  /** Nobody looks: nothing is sent until `renew`. */
  sleep() {
    this.#awake = false;
    for (const { id } of this.#byId.values()) this.send(unsubscribe(id));
  }

  /** @param {ViewMessage | PointsMessage | ErrorMessage} message */
  receive(message) {
    const subscription = this.#byId.get(message.id ?? -1);
    if (!subscription) return;
    if (message.type === "error") {
      subscription.error = [message.reason, message.hint].filter(Boolean).join(" ");
      subscription.tell("error");
    } else if (message.type === "view") {
      this.#load(subscription, message);
    } else {
      if (!subscription.store.loaded) return;
      const fresh = subscription.store.apply(message);
      const { view, slides } = subscription;
      if (view && slides) subscription.store.trim(message.now_ms - (view.now_ms - view.from_ms));
      subscription.tell(fresh ? "series" : "points");
    }
  }

  /** @param {Subscription} subscription @param {ViewMessage} view */
  #load(subscription, view) {
    subscription.error = view.error ?? "";
    subscription.store.load(view);
    subscription.view = view;
    subscription.tell("view");
  }

  /** @param {string} query */
  #begin(query) {
    const subscription = new Subscription(this.#next, query);
    this.#next += 1;
    this.#byQuery.set(query, subscription);
    this.#byId.set(subscription.id, subscription);
    if (this.#awake) this.send(subscribe(subscription.id, query));
    return subscription;
  }
}
