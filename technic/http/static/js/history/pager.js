// Where in the history one is, and the ways to the other pages.

import { el, say } from "../dom.js";
import { whole } from "../format.js";

/** A line with two buttons. */
export class Pager {
  element;
  #count = el("p");
  #buttons;

  /**
   * @param {string} label
   * @param {function(number): void} turn - Given how many pages on.
   */
  constructor(label, turn) {
    const button = (words, step) => el("button", { type: "button", "aria-disabled": "false", onclick: (event) => {
      if (event.currentTarget.getAttribute("aria-disabled") === "false") turn(step);
    } }, words);
    this.#buttons = { newer: button("Newer", -1), older: button("Older", 1) };
    this.element = el("nav.pager", { "aria-label": label }, this.#count,
      el("div.actions", {}, this.#buttons.newer, this.#buttons.older));
  }

  /**
   * Show where one is.
   *
   * @param {{total: number, offset: number, scans: Object[]}} page
   * @returns {string} The same in words.
   */
  show({ total, offset, scans }) {
    const words = placed(total, offset, scans.length);
    say(this.#count, words);
    // A button that had the focus keeps it: it says that it does nothing, and is not taken away.
    this.#buttons.newer.setAttribute("aria-disabled", String(offset === 0));
    this.#buttons.older.setAttribute("aria-disabled", String(offset + scans.length >= total));
    return words;
  }
}

function placed(total, offset, count) {
  if (total === 1) return "1 scan";
  return count > 0 ? `Scans ${whole(offset + 1)} to ${whole(offset + count)} of ${whole(total)}` : `${whole(total)} scans`;
}
