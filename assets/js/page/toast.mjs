/** A sentence at the edge of the page, for a while. */

import { setText } from "./dom.mjs";

const SHOWN_MS = 8000;

export class Toast {
  #timer = 0;

  /** @param {string} words */
  say(words) {
    const element = document.querySelector('[data-role="toast"]');
    if (!(element instanceof HTMLElement)) return;
    clearTimeout(this.#timer);
    setText(element, words);
    this.#timer = Number(setTimeout(() => setText(element, ""), SHOWN_MS));
  }
}
