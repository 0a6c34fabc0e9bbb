// A question before something that cannot be undone.

import { el } from "./dom.js";

/**
 * Ask, and tell whether the person agreed. Escape and a click on "No" are no.
 *
 * @param {string} question
 * @param {string} act - What the button that agrees says.
 * @returns {Promise<boolean>}
 */
export function agreed(question, act) {
  return new Promise((resolve) => {
    const dialog = el("dialog.question", { "aria-label": question, onclose: () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    } }, el("form", { method: "dialog" }, el("p", {}, question), el("div.actions", {},
      el("button", { value: "no", autofocus: true }, "No"), el("button.danger", { value: "yes" }, act))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
