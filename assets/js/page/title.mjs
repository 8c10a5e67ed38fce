/**
 * The state beside a host's name, and what else presence has to say.
 *
 * @import { PageView } from "./view.mjs"
 */

import { noticeText, stateText } from "../core/presence.mjs";
import { role, setData, setText } from "./dom.mjs";

export class Title {
  textual = true;
  drawnAt = 0;

  /** @param {HTMLElement} root @param {PageView} view */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    this.state = role(root, "state");
    this.notice = role(root, "notice");
    view.on("row", () => {
      this.textual = true;
    });
  }

  due() {
    return false;
  }

  draw() {}

  /** @param {number} at */
  text(at) {
    const { presence, link, presenceAt, error } = this.view;
    if (!presence) return;
    const state = link === "open" ? presence.state : "unknown";
    setData(this.state, "state", state);
    setData(this.root, "state", state);
    setText(this.state, link === "open" ? stateText(presence, at - presenceAt) : "not known: no connection");
    setText(this.notice, [error && `${error}.`, noticeText(presence)].filter(Boolean).join(" "));
  }
}
