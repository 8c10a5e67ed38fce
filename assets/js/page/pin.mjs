/** Stars that pin hosts: `App` hears the clicks, the keeper knows which are pinned. */

import { make } from "./dom.mjs";

/** A star for a host of a list; `mark` fills it. @param {string} host */
export function star(host) {
  const button = make("button", "pin");
  button.type = "button";
  button.dataset.action = "pin";
  button.dataset.pin = host;
  button.append(make("span", "icon icon-pin"));
  return button;
}

/** @param {HTMLElement} button @param {boolean} pinned */
export function mark(button, pinned) {
  const pressed = String(pinned);
  if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
}

/** @param {HTMLElement} button @param {string} name of the host */
export function label(button, name) {
  const words = `Pin ${name}`;
  if (button.title === words) return;
  button.title = words;
  button.setAttribute("aria-label", words);
}
