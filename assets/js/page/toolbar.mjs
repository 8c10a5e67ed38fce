/**
 * The range buttons, the typed range, and the pill that says whether the page is live.
 *
 * @import { PageView } from "./view.mjs"
 */

import { AUTO } from "../core/range.mjs";
import { clock, rangeText } from "../core/times.mjs";
import { make, role, setData, setText } from "./dom.mjs";

export class Toolbar {
  /** @type {PageView | null} */ #view = null;

  /** @param {HTMLElement} shell */
  constructor(shell) {
    this.pill = role(shell, "pill");
    this.typed = role(shell, "range");
    this.form = role(shell, "range-form");
    this.announce = role(shell, "announce");
    this.buttons = [...shell.querySelectorAll("[data-range]")].filter((button) => button instanceof HTMLElement);
    this.inputs = this.#build();
    for (const button of this.buttons) button.addEventListener("click", () => this.#choose(button.dataset.range ?? "auto"));
    this.typed.addEventListener("click", () => this.toggleForm());
  }

  /** @param {PageView} view */
  bind(view) {
    this.#view = view;
    view.on("range", () => this.update());
    view.on("link", () => this.update());
    for (const topic of /** @type {const} */ (["presence", "system"])) {
      view.on(topic, () => {
        this.#beat();
        this.update();
      });
    }
    view.on("error", () => setText(this.inputs.error, view.error));
    this.update();
  }

  update() {
    const view = this.#view;
    if (!view) return;
    const { from, to } = view.range;
    const known = to === "now" && this.buttons.some((button) => button.dataset.range === from);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(to === "now" && button.dataset.range === from));
    }
    this.typed.setAttribute("aria-pressed", String(!known));
    const { resolved } = view;
    setText(this.typed, known ? "From – to" : resolved && !view.live ? rangeText(resolved.from_ms, resolved.to_ms) : `${from} – ${to}`);
    const [state, text] = pillOf(view);
    if (this.pill.dataset.state !== state) setText(this.announce, text);
    setData(this.pill, "state", state);
    setText(this.pill, text);
  }

  /** The dot beats with what arrives, never by itself: a frozen page must look frozen. */
  #beat() {
    setData(this.pill, "beat", this.pill.dataset.beat === "1" ? "0" : "1");
  }

  /** Shows or hides the typed range. @param {boolean} [wanted] */
  toggleForm(wanted = this.form.hidden) {
    this.form.hidden = !wanted;
    if (!wanted || !this.#view) return;
    const { from, to } = this.#view.asked;
    this.inputs.from.value = from;
    this.inputs.to.value = to;
    setText(this.inputs.error, this.#view.error);
    this.inputs.from.focus();
    this.inputs.from.select();
  }

  get formIsOpen() {
    return !this.form.hidden;
  }

  /** @param {string} from */
  #choose(from) {
    this.#view?.setRange(from === "auto" ? AUTO : { from, to: "now" });
    this.toggleForm(false);
  }

  #build() {
    const form = make("form", "");
    const from = field("From", "now-2h");
    const to = field("To", "now");
    const hint = make("p", "hint", "now-2h, now/d, now-1d/d+8h, 2026-01-31T12:00:00");
    const error = make("p", "error", "");
    const apply = make("button", "button", "Show");
    form.append(from.label, to.label, apply, hint, error);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#view?.setRange({ from: from.input.value.trim() || "now-5m", to: to.input.value.trim() || "now" });
    });
    this.form.append(form);
    return { from: from.input, to: to.input, error };
  }
}

/** @param {string} text @param {string} example */
function field(text, example) {
  const label = make("label", "", text);
  const input = make("input", "");
  input.type = "text";
  input.placeholder = example;
  input.spellcheck = false;
  input.autocomplete = "off";
  label.append(input);
  return { label, input };
}

/** The pill's state and words. @param {PageView} view @returns {[string, string]} */
function pillOf(view) {
  if (view.link === "connecting") return ["connecting", "Connecting"];
  if (view.link === "lost") return ["lost", "Not live"];
  if (view.live) return ["live", "Live"];
  const at = view.resolved ? ` ${clock(view.resolved.to_ms)}` : "";
  return ["paused", `Paused${at} · ${view.newRows} new · Resume (L)`];
}

