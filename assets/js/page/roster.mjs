/**
 * The table of a host's containers: a row each, which follows its health. What a person types narrows it down and
 * stands in the URL.
 *
 * @import { ContainerInfo } from "../types.js"
 * @import { PageView } from "./view.mjs"
 */

import { countText, found, ordered, stateOf, texts } from "../core/roster.mjs";
import { elements, make, role, setData, setText, settingsOf } from "./dom.mjs";
import { finder } from "./finder.mjs";

const NOTHING = "None has this in its name, project, service or image.";

/** @typedef {{ tr: HTMLTableRowElement, cells: Record<string, HTMLElement>, state: HTMLElement, link: HTMLAnchorElement }} Line */

export class Roster {
  textual = true;
  drawnAt = 0;
  /** @type {Map<string, Line>} */ #lines = new Map();

  /** @param {HTMLElement} root @param {PageView} view @param {() => void} wake */
  constructor(root, view, wake) {
    this.root = root;
    this.view = view;
    /** @type {{ containers: ContainerInfo[] }} */ this.settings = settingsOf(root, "roster");
    this.body = role(root, "rows");
    this.count = role(root, "count");
    this.empty = role(root, "empty");
    this.heads = elements(root, "th").map((head) => ({ key: head.dataset.field ?? "", text: head.textContent ?? "" }));
    const changed = () => {
      this.textual = true;
      wake();
    };
    finder(role(root, "find"), view, "Find containers by name, project or image");
    view.on("containers", changed);
    view.on("find", changed);
  }

  due() {
    return false;
  }

  draw() {}

  text() {
    const all = this.view.containers ?? this.settings.containers;
    const shown = ordered(found(all, this.view.find));
    const kept = new Map(shown.map((one) => [one.id, this.#fill(this.#lines.get(one.id) ?? this.#line(one), one)]));
    this.#lines = kept;
    const wanted = [...kept.values()].map(({ tr }) => tr);
    const { children } = this.body;
    if (wanted.length !== children.length || wanted.some((tr, i) => children[i] !== tr)) this.body.replaceChildren(...wanted);
    this.root.hidden = all.length === 0;
    this.empty.hidden = shown.length > 0;
    setText(this.empty, NOTHING);
    setText(this.count, countText(all, shown.length));
  }

  /** @param {ContainerInfo} one @returns {Line} */
  #line({ id }) {
    const tr = make("tr", "");
    /** @type {Record<string, HTMLElement>} */ const cells = {};
    for (const { key, text } of this.heads) {
      cells[key] = make("td", "");
      cells[key].dataset.field = key;
      cells[key].dataset.label = text;
      tr.append(cells[key]);
    }
    const state = make("span", "state");
    const link = make("a", "host-link");
    link.href = `/containers/${encodeURIComponent(id)}`;
    cells.state.append(state);
    cells.name.append(link);
    return { tr, cells, state, link };
  }

  /** @param {Line} line @param {ContainerInfo} one */
  #fill(line, one) {
    const [state, word] = stateOf(one);
    setData(line.state, "state", state);
    setText(line.state, word);
    const { name, ...others } = texts(one);
    setText(line.link, name);
    for (const [key, text] of Object.entries(others)) setText(line.cells[key], text);
    return line;
  }
}
