/**
 * The browser's side of Tidegauge: one connection, one theme, and the page that is open. Dash may
 * change pages without a load; the page then ends and the next one begins.
 *
 * @import { Message } from "../types.js"
 */

import { placeOf } from "../core/preferences.mjs";
import { shifted, zoomedOut } from "../core/range.mjs";
import { slept } from "../core/wake.mjs";
import { pullCable } from "./cable.mjs";
import { Keeper } from "./keeper.mjs";
import { keyboard } from "./keyboard.mjs";
import { Page } from "./page.mjs";
import { went } from "./resume.mjs";
import { signIn, whyRefused } from "./session.mjs";
import { LiveSocket } from "./socket.mjs";
import { Status } from "./status.mjs";
import { Theme } from "./theme.mjs";
import { Toast } from "./toast.mjs";
import { Toolbar } from "./toolbar.mjs";

const STATUS_MS = 500;
const CHANGE_MS = 10_000;
/** A page that was hidden and heard nothing for so long begins anew. */
const SILENT_MS = 2_000;

/** @type {Record<string, string>} */
const THEMES = { system: "Theme: as your system", light: "Theme: light", dark: "Theme: dark" };

export class App {
  /** @type {Page | null} */ page = null;
  /** @type {Toolbar | null} */ toolbar = null;
  /** @type {Status | null} */ status = null;
  #open = false;
  #heardAt = 0;
  /** @type {number | null} the next try to connect; null: there is a connection */ #retryAt = null;
  /** @type {Message | null} how the web node's links are, for pages that begin later */ #links = null;
  #linksAt = 0;
  /** The programs' version that made this page. */ #version = "";
  #tick = ticked();
  #readOnly = false;
  /** @type {Message | null} who answers, for pages that begin later */ #hello = null;

  constructor() {
    this.toast = new Toast();
    this.keeper = new Keeper(sendChange, () => localStorage, (words) => this.toast.say(words));
    this.keeper.on(() => this.page?.view.tell("kept"));
    this.theme = new Theme(this.keeper);
    this.theme.on(() => this.page?.cards.forEach((card) => card.force()));
    this.socket = new LiveSocket(() => new WebSocket(liveUrl(location)), {
      opened: () => this.#opened(),
      closed: (wait, refused) => this.#lost(wait, refused),
      ended: () => signIn("ended"),
      quiet: () => this.#quiet(),
      received: (message) => this.#receive(message),
    });
  }

  start() {
    this.socket.start();
    new MutationObserver(() => this.#look()).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("visibilitychange", () => this.#visibility());
    document.addEventListener("keydown", keyboard(this.#keys(), () => performance.now()));
    document.addEventListener("click", (event) => this.#click(event));
    addEventListener("online", () => this.socket.hurry());
    addEventListener("pagehide", () => this.keeper.leave());
    setInterval(() => this.#beat(), STATUS_MS);
    this.#look();
  }

  /** Begins the page that is there, ends the one that is gone. */
  #look() {
    if (this.page?.isConnected) return;
    this.page?.end();
    this.page = null;
    const root = document.querySelector("[data-page]");
    const shell = document.querySelector("#shell");
    if (!(root instanceof HTMLElement) || !(shell instanceof HTMLElement)) return;
    if (!this.toolbar?.pill.isConnected) this.toolbar = new Toolbar(shell);
    this.status = new Status(shell);
    const { theme, keeper } = this;
    const send = (/** @type {string} */ text) => this.socket.send(text);
    this.page = new Page(root, { send, theme, keeper, painted: (page, at) => this.status?.painted(page.view, at) });
    this.toolbar.bind(this.page.view);
    markNavigation(shell);
    if (this.#hello) this.page.receive(this.#hello, performance.now());
    if (this.#links) this.page.receive(this.#links, this.#linksAt);
    if (this.#open) this.page.opened();
    else if (this.#retryAt !== null) this.page.lost(this.#retryAt);
  }

  /** @param {Message} message */
  #receive(message) {
    this.#heardAt = performance.now();
    this.page?.heard();
    if (message.type === "links") [this.#links, this.#linksAt] = [message, this.#heardAt];
    if (message.type === "hello") {
      this.#hello = message;
      this.#greeted(message.version);
      this.#readOnly = false;
    }
    if (message.type === "store") {
      this.#readOnly = message.read_only;
      this.keeper.setReadOnly(message.read_only);
    }
    if (message.type === "preferences") this.keeper.told(message);
    this.page?.receive(message, performance.now());
  }

  /** A node of another version has answered: its pages are offered, nobody is made to take them. @param {string} version */
  #greeted(version) {
    this.#version ||= version;
    const isOther = version !== this.#version;
    this.status?.offer(isOther ? `The web node runs version ${version}, this page is of ${this.#version}` : "");
  }

  /** Nothing is heard, though the connection seems to be there. */
  #quiet() {
    this.page?.lost(null);
    this.#updateStatus();
  }

  #opened() {
    this.#open = true;
    this.#retryAt = null;
    this.#heardAt = performance.now();
    this.page?.opened();
    this.#updateStatus();
  }

  /** @param {string} why */
  #refused(why) {
    if (this.page) this.page.view.refusal = why;
    this.#updateStatus();
  }

  /** @param {number} wait ms until the next attempt @param {boolean} refused a node that asks for a session says no */
  #lost(wait, refused) {
    if (refused) void whyRefused().then((why) => this.#refused(why));
    this.#open = false;
    this.#retryAt = performance.now() + wait;
    this.page?.lost(this.#retryAt);
    this.#updateStatus();
  }

  /** After a sleep nothing that was open is trusted: the page says so, and begins anew. */
  #beat() {
    const [before, now] = [this.#tick, ticked()];
    this.#tick = now;
    if (!document.hidden && slept(before, now, STATUS_MS)) this.#wake();
    this.#updateStatus();
  }

  #wake() {
    this.#open = false;
    this.#retryAt = performance.now();
    this.page?.lost(this.#retryAt);
    this.socket.renew();
  }

  #updateStatus() {
    if (this.page) this.page.view.heardAt = this.#heardAt;
    showReadOnly(this.#readOnly);
    if (!this.page) return;
    this.status?.update(this.page.view, performance.now());
    const place = placeOf(location.pathname, location.search);
    if (place) went();
    this.keeper.look(place);
  }

  #visibility() {
    this.#tick = ticked();
    if (document.hidden) this.page?.feed.sleep();
    else if (this.#open && performance.now() - this.#heardAt > SILENT_MS) this.#wake();
    else if (this.#open) this.page?.opened();
    else this.socket.hurry();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    for (const open of document.querySelectorAll("details.person[open], details.links[open]")) {
      if (!open.contains(target)) open.removeAttribute("open");
    }
    const button = target?.closest("[data-action]");
    if (!(button instanceof HTMLButtonElement)) return;
    const { view } = this.page ?? {};
    if (button.dataset.action === "theme") this.toast.say(THEMES[this.theme.toggle()]);
    else if (button.dataset.action === "pin") this.keeper.togglePin(button.dataset.pin ?? "");
    else if (button.dataset.action === "help") this.#help();
    else if (button.dataset.action === "live") this.#pauseOrResume();
    else if (button.dataset.action === "cable" && view?.host) void pullCable(button, view.host);
  }

  #pauseOrResume() {
    const { view } = this.page ?? {};
    if (!view) return;
    if (view.live) view.pause(performance.now());
    else view.resume();
  }

  #help() {
    const dialog = document.querySelector("dialog.help");
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  /** The host whose page this is. */
  #pin() {
    const { view, root } = this.page ?? {};
    if (!view?.host || root?.dataset.page !== "host") return;
    this.keeper.togglePin(view.host);
    this.toast.say(this.keeper.isPinned(view.host) ? "Pinned: it stands first in the list of hosts." : "No longer pinned.");
  }

  #escape() {
    const open = document.querySelector("details.links[open]");
    if (open) open.removeAttribute("open");
    else if (this.toolbar?.formIsOpen) this.toolbar.toggleForm(false);
    else if (!this.page?.crosshair.cancel() && !this.page?.view.live) this.page?.view.resume();
  }

  /** @returns {Record<string, () => void>} */
  #keys() {
    const move = (/** @type {-1 | 1} */ direction) => this.#move((axis, now) => shifted(axis, direction, now));
    return {
      Space: () => this.#pauseOrResume(),
      l: () => this.page?.view.resume(),
      p: () => this.#pin(),
      "t z": () => this.#move(zoomedOut),
      "t ArrowLeft": () => move(-1),
      "t ArrowRight": () => move(1),
      "g h": () => location.assign("/"),
      "g s": () => location.assign("/system"),
      "?": () => this.#help(),
      Escape: () => this.#escape(),
    };
  }

  /** @param {(axis: import("../types.js").Axis, now: number) => import("../types.js").Range} where */
  #move(where) {
    const view = this.page?.view;
    const at = performance.now();
    const axis = view?.axis(at);
    if (view && axis) view.setRange(where(axis, view.clock.now(at)));
  }
}

function ticked() {
  // eslint-disable-next-line no-restricted-properties -- only a jump counts: monotonic clocks may stand still in a sleep
  return { monotonic: performance.now(), wall: Date.now() };
}

/** @param {string} body @param {boolean} leaving */
function sendChange(body, leaving) {
  const headers = { "Content-Type": "application/json" };
  const signal = leaving ? null : AbortSignal.timeout(CHANGE_MS);
  return fetch("/api/v1/me/preferences", { method: "PATCH", headers, body, keepalive: leaving, signal });
}

/** @param {Location} place */
function liveUrl({ protocol, host }) {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/live`;
}

/** @param {boolean} isSo nothing can be changed for now */
function showReadOnly(isSo) {
  const note = document.querySelector("[data-role=read-only]");
  if (note instanceof HTMLElement) note.hidden = !isSo;
}

/** @param {HTMLElement} shell */
function markNavigation(shell) {
  for (const link of shell.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

