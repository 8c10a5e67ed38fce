/**
 * Whether the container of a page runs, and how its health is, beside its name.
 *
 * @import { PageView } from "./view.mjs"
 */

import { stateOf } from "../core/roster.mjs";
import { role, setData, setText } from "./dom.mjs";

export class Vitals {
  /** @param {HTMLElement} root @param {PageView} view */
  constructor(root, view) {
    const state = role(root, "vitals");
    const name = root.querySelector("h1");
    const gone = role(root, "gone");
    view.on("containers", () => {
      const one = view.containers?.[0];
      const [mark, word] = stateOf(one);
      setData(state, "state", mark);
      setText(state, word);
      gone.hidden = one !== undefined;
      if (one?.name && name) setText(name, one.name);
    });
  }
}
