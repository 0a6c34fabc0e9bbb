// Short messages at the edge of the page, read out to those who do not see them.

import { el } from "./dom.js";

const SHOWN_MS = 8_000;
const MOST = 4;

// What stands behind the messages can be scrolled out from there, and is when it gets the focus.
const watch = new ResizeObserver(([{ target }]) => {
  document.documentElement.style.setProperty("--toasts", `${target.offsetHeight}px`);
});

/**
 * Say something to the person.
 *
 * @param {string} text
 * @param {{kind?: "good"|"bad", suggestion?: string}} [how] - A bad one stays until it is put away.
 */
export function toast(text, { kind = "good", suggestion = "" } = {}) {
  const room = document.getElementById("toasts");
  const away = el("button.quiet", { type: "button", "aria-label": "Put away", onclick: () => message.remove() }, "×");
  const message = el(`div.toast.${kind}`, {}, el("p", {}, el("strong", {}, text), " ", suggestion), away);
  room.append(message);
  watch.observe(room);
  while (room.children.length > MOST) room.firstElementChild.remove();
  if (kind === "good") setTimeout(() => message.remove(), SHOWN_MS);
}

/** Say what went wrong, in the server's own words. */
export function complain(problem) {
  toast(problem.message, { kind: "bad", suggestion: problem.suggestion ?? "" });
}
