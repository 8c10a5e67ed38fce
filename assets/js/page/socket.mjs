/**
 * The connection to WS /live: opens, reconnects, and tells. Any message is a sign of life; a silence is told, and
 * after a longer one the connection is given up and made anew.
 *
 * @import { Message } from "../types.js"
 */

import { backoff } from "../core/backoff.mjs";
import { decode } from "../core/messages.mjs";

/** A node says something at least every 0.8 s: app/live.py. After this silence that is said, after the other it is given up. */
const QUIET_MS = 1_800;
const SILENCE_MS = 4_500;
/** The code with which a node lets go who may stay no longer: app/live.py. */
const SIGNED_OUT = 4401;

/**
 * @typedef {object} Handlers
 * @property {() => void} opened
 * @property {(message: Message) => void} received
 * @property {() => void} quiet nothing was heard for a while; the next message ends that
 * @property {(retryMs: number, refused: boolean) => void} closed refused: it never opened
 * @property {() => void} ended the session is over: it does not come again by itself
 */

/** @typedef {Pick<WebSocket, "send" | "close" | "readyState"> & Record<"onopen" | "onmessage" | "onclose", any>} Wire */

export class LiveSocket {
  /** @type {Wire | null} */ #wire = null;
  #attempt = 0;
  #opened = false;
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
    this.#opened = false;
    wire.onopen = () => {
      if (wire !== this.#wire) return;
      this.#opened = true;
      this.#alive();
      this.handlers.opened();
    };
    wire.onmessage = (/** @type {{ data: unknown }} */ event) => {
      if (wire !== this.#wire) return;
      this.#alive();
      const message = decode(String(event.data));
      if (message.type === "invalid") console.warn("event=message_dropped reason=%s", message.reason);
      else this.#receive(message);
    };
    wire.onclose = (/** @type {{ code: number } | undefined} */ event) => this.#lost(wire, event?.code);
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

  /** Begins anew at once, as after a sleep: what was open may be long gone. */
  renew() {
    const wire = this.#wire;
    if (!wire) return this.hurry();
    this.#wire = null;
    this.timers.forget(this.#watchdog);
    wire.close();
    this.start();
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
    this.#watchdog = this.timers.later(() => {
      if (this.#opened) this.handlers.quiet();
      this.#giveUpLater();
    }, QUIET_MS);
  }

  #giveUpLater() {
    const wire = this.#wire;
    this.#watchdog = this.timers.later(() => {
      wire?.close();
      if (wire) this.#lost(wire);
    }, SILENCE_MS - QUIET_MS);
  }

  /** @param {Wire} wire @param {number} [code] */
  #lost(wire, code) {
    if (wire !== this.#wire) return;
    this.#wire = null;
    this.timers.forget(this.#watchdog);
    if (code === SIGNED_OUT) {
      this.handlers.ended();
      return;
    }
    const wait = backoff(this.#attempt, this.timers.random());
    this.#attempt += 1;
    this.#retry = this.timers.later(() => this.start(), wait);
    this.handlers.closed(wait, !this.#opened);
  }
}

const browserTimers = {
  later: (/** @type {() => void} */ act, /** @type {number} */ ms) => Number(setTimeout(act, ms)),
  forget: (/** @type {number} */ timer) => clearTimeout(timer),
  random: () => Math.random(),
};
