/**
 * Light or dark: by the system, or as the person chose.
 *
 * @import { Keeper } from "./keeper.mjs"
 */

import { inksOf } from "../core/inks.mjs";
import { COLOURS } from "../core/palette.mjs";
import { nextTheme } from "../core/preferences.mjs";
import { make } from "./dom.mjs";

export class Theme {
  /** @type {Set<() => void>} */ #listeners = new Set();
  /** @type {import("../core/picture.mjs").Inks | null} */ #inks = null;

  #chosen = "system";

  /** @param {Keeper} keeper */
  constructor(keeper) {
    this.keeper = keeper;
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.system.addEventListener("change", () => this.#changed());
    keeper.on(() => this.#choose());
    this.#choose();
  }

  /** @param {() => void} act */
  on(act) {
    this.#listeners.add(act);
  }

  get dark() {
    const { theme } = document.documentElement.dataset;
    return theme ? theme === "dark" : this.system.matches;
  }

  /** @returns {string} what is chosen now */
  toggle() {
    const next = nextTheme(this.keeper.set.theme, this.system.matches);
    this.keeper.setTheme(next);
    return next;
  }

  #choose() {
    const { theme } = this.keeper.set;
    if (theme === this.#chosen) return;
    this.#chosen = theme;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    this.#changed();
  }

  /** The colours graphs are drawn with. */
  get inks() {
    this.#inks ??= readInks();
    return this.#inks;
  }

  #changed() {
    this.#inks = null;
    for (const act of this.#listeners) act();
  }
}

/** A colour's computed value is read off an element: tokens may hold any CSS. */
function readInks() {
  const probe = make("span", "probe");
  document.body.append(probe);
  const read = (/** @type {string} */ token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const series = Array.from({ length: COLOURS }, (_, i) => read(`series-${i}`));
  const inks = inksOf(series, read("text-muted"), read("card"));
  probe.remove();
  return inks;
}
