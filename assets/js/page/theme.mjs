/** Light or dark: by the system, or as the person chose (kept in localStorage). */

import { inksOf } from "../core/inks.mjs";
import { COLOURS } from "../core/palette.mjs";
import { make } from "./dom.mjs";

const KEY = "tidegauge.theme";

export class Theme {
  /** @type {Set<() => void>} */ #listeners = new Set();
  /** @type {import("../core/picture.mjs").Inks | null} */ #inks = null;

  constructor() {
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.system.addEventListener("change", () => this.#changed());
    const chosen = stored();
    if (chosen) document.documentElement.dataset.theme = chosen;
  }

  /** @param {() => void} act */
  on(act) {
    this.#listeners.add(act);
  }

  get dark() {
    const { theme } = document.documentElement.dataset;
    return theme ? theme === "dark" : this.system.matches;
  }

  toggle() {
    const next = this.dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      console.warn("event=theme_not_kept");
    }
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

function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    return null;
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
