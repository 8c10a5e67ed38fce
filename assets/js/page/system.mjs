/**
 * The system page: fills the facts and tables that its layout made, as the web node tells of them.
 *
 * @import { Facts, Line, Mark, Table } from "../core/system.mjs"
 * @import { PageView } from "./view.mjs"
 */

import { facts, problemLines, tables, toldText, verdict } from "../core/system.mjs";
import { elements, make, role, setData, setText } from "./dom.mjs";

export class System {
  textual = true;
  drawnAt = 0;

  /** @param {HTMLElement} root @param {PageView} view @param {() => void} wake */
  constructor(root, view, wake) {
    this.root = root;
    this.view = view;
    this.verdict = role(root, "verdict");
    this.told = role(root, "told");
    this.problems = new Lines(role(root, "problems"), problem);
    this.facts = elements(root, "[data-facts]").map((panel) => new FactsPanel(panel));
    this.tables = elements(root, "[data-table]").map((panel) => new TablePanel(panel));
    view.on("system", () => {
      this.textual = true;
      wake();
    });
  }

  due() {
    return false;
  }

  draw() {}

  /** @param {number} at */
  text(at) {
    const { system, systemAt, link } = this.view;
    if (!system) return;
    const passed = at - systemAt;
    const judged = verdict(system, link, passed);
    setMark(this.verdict, judged);
    setData(this.root, "state", judged[0]);
    setText(this.told, toldText(passed));
    this.problems.fill(problemLines(system));
    const [allFacts, allTables] = [facts(system, passed, judged[0] !== "unknown"), tables(system, passed)];
    for (const panel of this.facts) panel.fill(allFacts[panel.name]);
    for (const panel of this.tables) panel.fill(allTables[panel.name]);
  }
}

class FactsPanel {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.name = /** @type {"store" | "web" | "aside"} */ (panel.dataset.facts);
    this.mark = role(panel, "mark");
    this.note = role(panel, "note");
    this.detail = role(panel, "detail");
    this.fields = elements(panel, "[data-field]");
  }

  /** @param {Facts} told */
  fill({ mark, note, detail, texts }) {
    setMark(this.mark, mark);
    setText(this.note, note);
    setText(this.detail, detail);
    for (const field of this.fields) setText(field, texts[field.dataset.field ?? ""]);
  }
}

class TablePanel {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.name = /** @type {"nodes" | "webs" | "backlog" | "collectors" | "ailing" | "clocks"} */ (panel.dataset.table);
    this.note = role(panel, "note");
    this.empty = role(panel, "empty");
    this.frame = role(panel, "frame");
    const heads = elements(panel, "[data-field]");
    this.lines = new Lines(role(panel, "rows"), (line) => new TableRow(line, heads));
  }

  /** @param {Table} told */
  fill({ note, empty, lines }) {
    setText(this.note, note);
    setText(this.empty, empty);
    this.empty.hidden = lines.length > 0;
    this.frame.hidden = lines.length === 0;
    this.lines.fill(lines);
  }
}

/** What draws one line. @typedef {{ element: HTMLElement, fill: (line: Line) => void }} Drawing */

/** Lines in the order in which they are told; each is made once, and its texts are changed. */
class Lines {
  /** @type {Map<string, Drawing>} */ #drawn = new Map();

  /** @param {HTMLElement} body @param {(line: Line) => Drawing} begin */
  constructor(body, begin) {
    this.body = body;
    this.begin = begin;
  }

  /** @param {Line[]} lines */
  fill(lines) {
    const drawn = new Map(lines.map((line) => [line.key, this.#drawn.get(line.key) ?? this.begin(line)]));
    this.#drawn = drawn;
    for (const line of lines) drawn.get(line.key)?.fill(line);
    const wanted = [...drawn.values()].map(({ element }) => element);
    const { children } = this.body;
    if (children.length !== wanted.length || wanted.some((element, i) => children[i] !== element)) {
      this.body.replaceChildren(...wanted);
    }
  }
}

/** A row with a cell for each head; a cell carries its head's text for screens too narrow for a table. */
class TableRow {
  /** @type {Map<string, HTMLElement>} */ #cells = new Map();

  /** @param {Line} line @param {HTMLElement[]} heads */
  constructor({ host }, heads) {
    this.element = make("tr", "");
    for (const head of heads) {
      const name = head.dataset.field ?? "";
      const cell = make("td", "");
      Object.assign(cell.dataset, { field: name, label: head.textContent });
      const text = name === "state" ? make("span", "state") : name === "name" && host !== null ? hostLink(host) : make("span", "");
      cell.append(text);
      this.element.append(cell);
      this.#cells.set(name, text);
    }
  }

  /** @param {Line} line */
  fill({ mark, texts }) {
    for (const [name, cell] of this.#cells) {
      if (name === "state") setMark(cell, mark);
      else setText(cell, texts[name]);
    }
  }
}

/** What is wrong, as a list's item. @returns {Drawing} */
function problem() {
  const element = make("li", "");
  const text = make("span", "state");
  element.append(text);
  return { element, fill: ({ mark }) => setMark(text, mark) };
}

/** @param {string} host */
function hostLink(host) {
  const made = make("a", "host-link");
  made.href = `/hosts/${encodeURIComponent(host)}`;
  return made;
}

/** @param {HTMLElement} element @param {Mark} mark */
function setMark(element, [state, words]) {
  setData(element, "state", state);
  setText(element, words);
}
