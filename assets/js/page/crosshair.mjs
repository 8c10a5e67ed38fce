/**
 * One time for all graphs: the pointer on any of them shows a line on each, their legends show the
 * values there, and dragging chooses a range for all. In the lane of a graph it holds to marks.
 *
 * @import { Card } from "./card.mjs"
 * @import { PageView } from "./view.mjs"
 */

import { between } from "../core/range.mjs";
import { make } from "./dom.mjs";
import { Tooltip } from "./tooltip.mjs";

const DRAG_PX = 6;

export class Crosshair {
  /** time: of a mark that a key went to. @type {{ card: Card, x: number, y: number, time?: number } | null} */ #pointer = null;
  /** @type {{ card: Card, x: number } | null} */ #drag = null;
  #asked = false;
  /** @type {Map<Card, { line: HTMLElement, area: HTMLElement }>} */ #marks = new Map();

  /** @param {PageView} view @param {() => void} wake */
  constructor(view, wake) {
    this.view = view;
    this.wake = wake;
    this.tooltip = new Tooltip();
  }

  /** @param {Card} card */
  attach(card) {
    const { overlay } = card;
    const line = make("div", "crosshair");
    const area = make("div", "selection");
    line.hidden = true;
    area.hidden = true;
    overlay.append(line, area);
    this.#marks.set(card, { line, area });
    overlay.addEventListener("pointermove", (event) => this.#move(card, event));
    overlay.addEventListener("pointerleave", () => this.#end());
    overlay.addEventListener("pointercancel", () => this.#end());
    overlay.addEventListener("pointerdown", (event) => this.#press(card, event));
    overlay.addEventListener("pointerup", (event) => this.#release(card, event));
    overlay.addEventListener("dblclick", () => this.view.resume());
    card.lane.pointed = (time) => this.#point(card, time);
  }

  /** Whether something was let go. */
  cancel() {
    const busy = this.#drag !== null || this.#pointer !== null;
    this.#end();
    return busy;
  }

  /** Puts lines and values where they belong; also after the axes have moved. */
  refresh() {
    if (this.#asked || !this.#pointer) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#place();
    });
  }

  /** @param {Card} card @param {PointerEvent} event */
  #move(card, event) {
    this.#pointer = { card, x: event.clientX, y: event.clientY };
    this.refresh();
  }

  /** A key went to a mark. @param {Card} card @param {number | null} time */
  #point(card, time) {
    if (time === null) {
      this.#end();
      return;
    }
    const { left, top } = card.lane.element.getBoundingClientRect();
    this.#pointer = { card, x: left, y: top, time };
    this.refresh();
  }

  /** @param {Card} card @param {PointerEvent} event */
  #press(card, event) {
    if (event.button !== 0 || event.pointerType === "touch") return;
    card.overlay.setPointerCapture(event.pointerId);
    this.#drag = { card, x: event.clientX };
    event.preventDefault();
  }

  /** @param {Card} card @param {PointerEvent} event */
  #release(card, event) {
    const drag = this.#drag;
    this.#drag = null;
    this.#mark(card).area.hidden = true;
    if (!drag || Math.abs(event.clientX - drag.x) < DRAG_PX) return;
    const [a, b] = [timeAt(card, drag.x), timeAt(card, event.clientX)];
    if (a !== null && b !== null) this.view.setRange(between(a, b));
  }

  #end() {
    if (this.#drag) this.#mark(this.#drag.card).area.hidden = true;
    this.#drag = null;
    this.#pointer = null;
    this.tooltip.hide();
    for (const [card, { line }] of this.#marks) {
      line.hidden = true;
      this.#tell(card, null);
    }
    this.wake();
  }

  #place() {
    if (!this.#pointer) return;
    const { card, y } = this.#pointer;
    const there = this.#pointer.time ?? timeAt(card, this.#pointer.x);
    if (there === null) return;
    const mark = card.lane.at(there);
    const time = mark && isInLane(card, y) ? mark.time : there;
    const x = this.#pointer.time === undefined ? this.#pointer.x : xOf(card, time);
    for (const [other, { line }] of this.#marks) {
      const left = other.visible ? leftOf(other, time) : null;
      line.hidden = left === null;
      if (left !== null) line.style.transform = `translateX(${left.toFixed(1)}px)`;
      this.#tell(other, time);
    }
    if (this.#drag) this.#select(this.#drag, x);
    this.tooltip.show(card, time, x, y, mark);
    this.wake();
  }

  /** @param {{ card: Card, x: number }} drag @param {number} x */
  #select({ card, x: begin }, x) {
    const { area } = this.#mark(card);
    const edge = card.overlay.getBoundingClientRect().left;
    area.hidden = Math.abs(x - begin) < DRAG_PX;
    area.style.transform = `translateX(${Math.min(begin, x) - edge}px)`;
    area.style.width = `${Math.abs(x - begin)}px`;
  }

  /** @param {Card} card @param {number | null} time */
  #tell(card, time) {
    card.pointed = time;
    card.textual = true;
  }

  /** @param {Card} card */
  #mark(card) {
    return /** @type {{ line: HTMLElement, area: HTMLElement }} */ (this.#marks.get(card));
  }
}

/** The time under a place on the screen, within the axis. @param {Card} card @param {number} clientX */
function timeAt(card, clientX) {
  const { axis, overlay } = card;
  if (!axis) return null;
  const { left, width } = overlay.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (clientX - left) / width));
  return axis.from + share * (axis.to - axis.from);
}

/** Where on the screen a time is, at the edge of the axis if it is beyond. @param {Card} card @param {number} time */
function xOf(card, time) {
  return card.overlay.getBoundingClientRect().left + (leftOf(card, time) ?? 0);
}

/** @param {Card} card @param {number} clientY */
function isInLane({ lane }, clientY) {
  return clientY >= lane.element.getBoundingClientRect().top;
}

/** Where a time lies on a card's plot area, px; null: beyond it. @param {Card} card @param {number} time */
function leftOf({ axis, plot }, time) {
  if (!axis || !plot.skeleton || time < axis.from || time > axis.to) return null;
  return ((time - axis.from) / (axis.to - axis.from)) * plot.innerWidth(plot.skeleton);
}
