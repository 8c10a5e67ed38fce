/**
 * When what is drawn: texts in the frame after a message, charts one a frame and no sooner than a
 * pixel of time has passed, nothing while the page is hidden.
 */

const WAKE_MS = 500;

/**
 * text: writes its texts. due: whether a drawing is worth while. draw: draws; whether it could.
 * @typedef {object} Drawable
 * @property {boolean} textual whether new texts wait
 * @property {(at: number) => void} text
 * @property {(at: number) => boolean} due
 * @property {number} drawnAt
 * @property {(at: number) => void} draw
 */

export class Scheduler {
  /** @type {Set<Drawable>} */ #parts = new Set();
  #asked = false;

  /**
   * @param {(frame: (at: number) => void) => unknown} nextFrame
   * @param {() => number} now
   * @param {(at: number) => void} [painted] after a frame that wrote texts
   */
  constructor(nextFrame, now, painted = () => {}) {
    this.nextFrame = nextFrame;
    this.now = now;
    this.painted = painted;
  }

  /** @param {Drawable} part */
  add(part) {
    this.#parts.add(part);
    this.wake();
  }

  /** @param {Drawable} part */
  remove(part) {
    this.#parts.delete(part);
  }

  /** Ages grow and axes move also when nothing arrives. */
  start() {
    return setInterval(() => {
      for (const part of this.#parts) part.textual = true;
      this.wake();
    }, WAKE_MS);
  }

  wake() {
    if (this.#asked) return;
    this.#asked = true;
    this.nextFrame(() => this.#frame());
  }

  #frame() {
    this.#asked = false;
    const at = this.now();
    const textual = [...this.#parts].filter((part) => part.textual);
    for (const part of textual) {
      part.textual = false;
      part.text(at);
    }
    const due = [...this.#parts].filter((part) => part.due(at)).sort((a, b) => a.drawnAt - b.drawnAt);
    if (due.length > 0) due[0].draw(at);
    if (textual.length > 0) setTimeout(() => this.painted(this.now()));
    if (due.length > 1) this.wake();
  }
}
