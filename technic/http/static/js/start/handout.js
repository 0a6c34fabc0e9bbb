// The request as it stands, to read and to copy.

import { address } from "../api.js";
import { el, say } from "../dom.js";
import { toast } from "../toasts.js";
import { freshId } from "../forms/entries.js";
import { asCommand, asCurl, asJson } from "./said.js";

const FORMS = {
  JSON: (request) => ({ text: asJson(request), unsaid: [] }),
  curl: (request) => ({ text: asCurl(request, address("scan/start")), unsaid: [] }),
  "technic start": (request) => asCommand(request, "start", address("scan/start")),
  "technic scan": (request) => asCommand(request, "scan", address("scan/start")),
};

/**
 * A box that shows a request in one of its forms.
 *
 * @returns {{element: HTMLElement, show: function(Object): void}}
 */
export function handout() {
  const group = freshId("form");
  let request = {};
  let form = "JSON";
  const code = el("code");
  const note = el("p.hint", { hidden: true });
  const shape = (name) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: group,
        checked: name === form,
        onchange: () => {
          form = name;
          draw();
        },
      }),
      el("span", {}, name),
    );
  const copy = el("button.quiet", { type: "button", onclick: () => copied(code) }, "Copy");
  const element = el(
    "div.handout",
    {},
    el(
      "div.handout-head",
      {},
      el("fieldset.segments", {}, el("legend.unseen", {}, "Show the request as"), Object.keys(FORMS).map(shape)),
      copy,
    ),
    el("pre", { tabindex: 0, "aria-label": "The request" }, code),
    note,
  );

  function draw() {
    const { text, unsaid } = FORMS[form](request);
    say(code, text);
    note.hidden = unsaid.length === 0;
    say(note, `This command has no words for: ${[...new Set(unsaid)].join(", ")}.`);
  }

  return {
    element,
    show: (given) => {
      request = given;
      draw();
    },
  };
}

async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    toast("Copied.");
  } catch {
    // a page that is not served securely may not
    getSelection().selectAllChildren(code);
    toast("Selected: press Ctrl+C to copy it.");
  }
}
