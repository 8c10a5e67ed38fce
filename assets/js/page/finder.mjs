/**
 * A field to look for something.
 *
 * @import { PageView } from "./view.mjs"
 */

import { make } from "./dom.mjs";

/** @param {HTMLElement} place @param {PageView} view @param {string} words for whom they are read to, and shown */
export function finder(place, view, words) {
  const input = make("input", "");
  Object.assign(input, { type: "search", placeholder: words, maxLength: 100, spellcheck: false, value: view.find });
  input.setAttribute("aria-label", words);
  input.addEventListener("input", () => view.setFind(input.value));
  place.append(input);
}
