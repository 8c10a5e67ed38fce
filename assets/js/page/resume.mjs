/**
 * "Go on where you were": who comes to the bare list of hosts in a new tab is offered the page that was looked at last,
 * in whatever browser. Nothing is opened unasked: the URL alone owns the view.
 *
 * @import { Keeper } from "./keeper.mjs"
 * @import { PageView } from "./view.mjs"
 */

import { placeText } from "../core/preferences.mjs";
import { make, setText } from "./dom.mjs";

const KEY = "tidegauge.went";

/** This tab looked at a page: from here on it needs no offer. */
export function went() {
  try {
    sessionStorage.setItem(KEY, "1");
  } catch {
    console.warn("event=visit_not_noted");
  }
}

/** Fills the place for the offer once it is known. @param {HTMLElement} place @param {PageView} view @param {Keeper} keeper @param {{ id: string, name: string }[]} hosts */
export function offer(place, view, keeper, hosts) {
  if (isGoing()) return;
  const look = () => {
    const words = keeper.isKnown && place.hidden && !isGoing() ? placeText(keeper.last, hosts) : "";
    if (words) show(place, keeper.last, words);
  };
  view.on("kept", look);
  look();
}

/** @param {HTMLElement} place @param {string} href @param {string} words */
function show(place, href, words) {
  const link = make("a", "resume-link");
  const name = make("strong", "", words);
  link.href = href;
  link.append("Go on where you were: ", name);
  const close = make("button", "tool");
  close.type = "button";
  close.title = "Not now";
  close.setAttribute("aria-label", "Not now");
  close.append(make("span", "icon icon-close"));
  close.addEventListener("click", () => {
    place.hidden = true;
    went();
  });
  place.replaceChildren(link, close);
  place.hidden = false;
  void nameContainer(href, name);
}

/** A container's URL has its id alone; the server knows its name. @param {string} href @param {HTMLElement} element */
async function nameContainer(href, element) {
  const [, id] = /^\/containers\/([^/?]+)/.exec(href) ?? [];
  if (!id) return;
  const answer = await fetch(`/api/v1/entities?filter=entity=${id}`).catch(() => null);
  const [found] = answer?.ok ? await answer.json() : [];
  const name = found?.attributes["container.name"];
  if (name) setText(element, (element.textContent ?? "").replace(/^container [^,]*/, `container ${name}`));
}

function isGoing() {
  try {
    return sessionStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}
