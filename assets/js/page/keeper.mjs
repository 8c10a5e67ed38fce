/**
 * What a person set, the same in every browser: shown at once, kept by the server soon after. While that does not
 * answer this browser's own copy serves, and changes wait in it.
 *
 * @import { Kept, PreferencesChange, PreferencesMessage } from "../types.js"
 */

import { applied, changeOf, isEmpty, isKept, merged, NOTHING } from "../core/preferences.mjs";

/** @typedef {{ ok: boolean, status: number, json: () => Promise<any> }} Answer */
/** @typedef {(body: string, leaving: boolean) => Promise<Answer>} Send */
/** @typedef {{ later: (act: () => void, ms: number) => number, forget: (timer: number) => void, now: () => number }} Timers */

const KEY = "tidegauge.preferences";
const SOON_MS = 1000;
const LAST_MS = 10_000;
const AGAIN_MS = 5000;
const AGAIN_MOST_MS = 60_000;
/** How long a node may tell what was before the last change, as another node has it. */
const LAG_MS = 10_000;

const browserTimers = {
  later: (/** @type {() => void} */ act, /** @type {number} */ ms) => Number(setTimeout(act, ms)),
  forget: (/** @type {number} */ timer) => clearTimeout(timer),
  now: () => performance.now(),
};

export class Keeper {
  /** @type {Set<() => void>} */ #listeners = new Set();
  /** @type {Kept} */ #base = NOTHING;
  /** @type {string | null} whose the copy is; null: nobody's yet */ #person = null;
  /** Whether the server said who this is: until then nothing is sent. */
  #known = false;
  /** @type {PreferencesChange} */ #waiting = {};
  /** @type {PreferencesChange | null} what was sent and is not answered */ #flying = null;
  #timer = 0;
  #dueAt = Infinity;
  #held = 0;
  /** Whether the store does not answer, by the server's word: nothing is sent until it does. */
  #readOnly = false;
  /** How often in a row a change was not kept. */
  #attempts = 0;
  /** Whether a person was told so. */
  #said = false;
  /** What this tab looks at. */
  #place = "";

  /**
   * @param {Send} send
   * @param {() => Pick<Storage, "getItem" | "setItem">} storage
   * @param {(words: string) => void} say
   * @param {Timers} [timers]
   */
  constructor(send, storage, say, timers = browserTimers) {
    this.send = send;
    this.storage = storage;
    this.say = say;
    this.timers = timers;
    this.#recall();
  }

  /** What is set, with changes that are not kept yet. @returns {Kept} */
  get set() {
    return applied(applied(this.#base, this.#flying ?? {}), this.#waiting);
  }

  /** Whether the server said whose this is. */
  get isKnown() {
    return this.#known;
  }

  /** What the server keeps as the page that was looked at last, by whatever browser. */
  get last() {
    return this.#base.last;
  }

  /** @param {() => void} act called after each change */
  on(act) {
    this.#listeners.add(act);
  }

  /** @param {string} host */
  isPinned(host) {
    return this.set.pins.includes(host);
  }

  /** @param {string} host */
  togglePin(host) {
    this.#change(this.isPinned(host) ? { unpin: [host] } : { pin: [host] }, SOON_MS);
  }

  /** @param {Kept["theme"]} theme */
  setTheme(theme) {
    this.#change({ theme }, SOON_MS);
  }

  /** A page is looked at; places that change soon again are not kept one by one. @param {string} place "": none */
  look(place) {
    if (!place || place === this.#place) return;
    this.#place = place;
    if (place !== this.set.last) this.#change({ last: place }, LAST_MS);
  }

  /** What the server told. @param {PreferencesMessage} message */
  told({ person, kept }) {
    if (this.#person !== null && this.#person !== person) {
      // what the one before left in this browser is not for this one
      this.#base = NOTHING;
      this.#waiting = {};
    }
    this.#person = person;
    this.#known = true;
    this.#readOnly = false;
    this.#attempts = 0;
    if (kept) this.#take(kept);
    if (!isEmpty(this.#waiting)) this.#schedule(SOON_MS);
    this.#changed();
  }

  /** The store does not answer, or does again. @param {boolean} readOnly */
  setReadOnly(readOnly) {
    this.#readOnly = readOnly;
    if (!readOnly && !isEmpty(this.#waiting)) this.#schedule(SOON_MS);
  }

  /** What is older than what is known counts if nothing newer comes: then the store lost it. @param {Kept} kept */
  #take(kept) {
    this.timers.forget(this.#held);
    if (kept.count >= this.#base.count) this.#base = kept;
    else this.#held = this.timers.later(() => this.#settle(kept), LAG_MS);
  }

  /** @param {Kept} kept */
  #settle(kept) {
    this.#base = kept;
    this.#changed();
  }

  /** The page goes: what waits is sent now. */
  leave() {
    this.#fly(true);
  }

  /** @param {PreferencesChange} change @param {number} ms */
  #change(change, ms) {
    this.#waiting = merged(this.#waiting, change);
    this.#schedule(ms);
    this.#changed();
  }

  /** @param {number} ms */
  #schedule(ms) {
    const at = this.timers.now() + ms;
    if (at >= this.#dueAt) return;
    this.timers.forget(this.#timer);
    this.#dueAt = at;
    this.#timer = this.timers.later(() => this.#fly(false), ms);
  }

  /** @param {boolean} leaving */
  #fly(leaving) {
    this.timers.forget(this.#timer);
    this.#dueAt = Infinity;
    if (!this.#known || isEmpty(this.#waiting) || (this.#flying && !leaving)) return;
    if (this.#readOnly) {
      this.#complain("the store does not answer");
      return;
    }
    const body = JSON.stringify(this.#waiting);
    this.#flying = merged(this.#flying ?? {}, this.#waiting);
    this.#waiting = {};
    this.send(body, leaving).then(
      (answer) => this.#landed(answer),
      () => this.#lost("the web node does not answer"),
    );
  }

  /** @param {Answer} answer */
  async #landed(answer) {
    const told = await answer.json().catch(() => null);
    if (answer.ok && isKept(told?.kept)) this.#kept(told.kept);
    else if (answer.status === 401) this.#lost("nobody is signed in");
    else if (told?.error === "store") this.#lost("the store does not answer");
    else if (answer.ok || answer.status >= 500) this.#lost("the web node does not work");
    else this.#refused(String(told?.reason ?? answer.status));
  }

  /** @param {Kept} kept */
  #kept(kept) {
    this.#flying = null;
    this.timers.forget(this.#held);
    this.#base = kept;
    if (this.#said) this.say("Kept.");
    this.#said = false;
    this.#attempts = 0;
    if (!isEmpty(this.#waiting)) this.#schedule(SOON_MS);
    this.#changed();
  }

  /** Not kept: it waits and is tried again, after ever longer times. @param {string} why */
  #lost(why) {
    this.#waiting = merged(this.#flying ?? {}, this.#waiting);
    this.#flying = null;
    this.#complain(why);
    this.#schedule(Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** this.#attempts));
    this.#attempts += 1;
    this.#changed();
  }

  /** Said once, and only of what a person did: pages are looked at anyway. @param {string} why */
  #complain(why) {
    const { theme, pin, unpin } = this.#waiting;
    if (this.#said || !(theme ?? pin ?? unpin)) return;
    this.#said = true;
    this.say(`Not kept yet: ${why}. This browser remembers it and tries again.`);
  }

  /** It can never be kept. @param {string} why */
  #refused(why) {
    this.#flying = null;
    this.say(`Not kept: ${why}`);
    this.#changed();
  }

  #changed() {
    this.#remember();
    for (const act of this.#listeners) act();
  }

  /** The page itself is not among what waits in the copy: the next page has its own. */
  #remember() {
    const waiting = { ...merged(this.#flying ?? {}, this.#waiting), last: undefined };
    const copy = { person: this.#person, kept: this.#base, waiting };
    try {
      this.storage().setItem(KEY, JSON.stringify(copy));
    } catch {
      console.warn("event=preferences_not_copied");
    }
  }

  #recall() {
    try {
      const copy = JSON.parse(this.storage().getItem(KEY) ?? "{}");
      if (!isKept(copy.kept)) return;
      this.#base = copy.kept;
      this.#person = typeof copy.person === "string" ? copy.person : null;
      this.#waiting = changeOf(copy.waiting);
    } catch {
      console.warn("event=preferences_not_recalled");
    }
  }
}
