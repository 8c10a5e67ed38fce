/**
 * The connection to WS /live: opens, reconnects, and tells. Any message is a sign of life; after a
 * silence it is given up and made anew.
 *
 * @import { Message } from "../types.js"
 */

import { backoff } from "../core/backoff.mjs";
import { decode } from "../core/messages.mjs";

const SILENCE_MS = 15_000;

/**
 * @typedef {object} Handlers
 * @property {() => void} opened
 * @property {(message: Message) => void} received
 * @property {(retryMs: number) => void} closed
 */

/** @typedef {Pick<WebSocket, "send" | "close" | "readyState"> & Record<"onopen" | "onmessage" | "onclose", any>} Wire */

export class LiveSocket {
  /** @type {Wire | null} */ #wire = null;
  #attempt = 0;
  #retry = 0;
  #watchdog = 0;

  /**
   * @param {() => Wire} connect
   * @param {Handlers} handlers
   * @param {{ later: (act: () => void, ms: number) => number, forget: (timer: number) => void, random: () => number }} [timers]
   */
  constructor(connect, handlers, timers = browserTimers) {
    this.connect = connect;
    this.handlers = handlers;
    this.timers = timers;
  }

  start() {
    this.timers.forget(this.#retry);
    const wire = this.connect();
    this.#wire = wire;
    wire.onopen = () => {
      this.#alive();
      this.handlers.opened();
    };
    wire.onmessage = (/** @type {{ data: unknown }} */ event) => {
      this.#alive();
      const message = decode(String(event.data));
      if (message.type === "invalid") console.warn("event=message_dropped reason=%s", message.reason);
      else this.#receive(message);
    };
    wire.onclose = () => this.#lost(wire);
    this.#watch();
  }

  /** Sends if there is a connection; what is lost is asked again on the next one. @param {string} text */
  send(text) {
    if (this.#wire && this.#wire.readyState === 1) this.#wire.send(text);
  }

  /** Tries at once instead of waiting, as when the network comes back. */
  hurry() {
    if (this.#wire === null) this.start();
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.type === "hello") this.#attempt = 0;
    this.handlers.received(message);
  }

  #alive() {
    this.timers.forget(this.#watchdog);
    this.#watch();
  }

  #watch() {
    const wire = this.#wire;
    this.#watchdog = this.timers.later(() => {
      wire?.close();
      if (wire) this.#lost(wire);
    }, SILENCE_MS);
  }

  /** @param {Wire} wire */
  #lost(wire) {
    if (wire !== this.#wire) return;
    this.#wire = null;
    this.timers.forget(this.#watchdog);
    const wait = backoff(this.#attempt, this.timers.random());
    this.#attempt += 1;
    this.#retry = this.timers.later(() => this.start(), wait);
    this.handlers.closed(wait);
  }
}

const browserTimers = {
  later: (/** @type {() => void} */ act, /** @type {number} */ ms) => Number(setTimeout(act, ms)),
  forget: (/** @type {number} */ timer) => clearTimeout(timer),
  random: () => Math.random(),
};
