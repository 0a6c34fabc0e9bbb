// What the server does not accept of a request: said beside each entry, and in sum.

import { el } from "../dom.js";
import { freshId } from "./entries.js";

/** Shows the faults of a refused request. */
export class Faults {
  /** The sum of them: what goes into the page. */
  element = el("div.fault-sum", { role: "alert", hidden: true });
  #marks = [];

  /** Take all of them back. */
  clear() {
    for (const undo of this.#marks) undo();
    this.#marks = [];
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /**
   * Show them, and go to the first.
   *
   * @param {Problem} problem - With `errors`, each with a `pointer` into the request and a `detail`.
   * @param {Map<string, HTMLElement>} places - Where the parts of the request stand in the page, by pointer.
   * @param {Object} request
   */
  show(problem, places, request) {
    this.clear();
    const found = problem.errors.map((fault) => ({
      ...fault,
      control: placeOf(fault.pointer, places),
      said: sentence(fault, places, request),
    }));
    for (const { control, said } of found) if (control) this.#mark(control, said);
    this.tell(problem.message, problem.errors.length === 0 ? problem.suggestion : "", found);
    const first = found.find(({ control }) => control)?.control;
    if (first) reach(first);
  }

  /** Say something in the sum alone. */
  tell(message, more = "", found = []) {
    const items = found.map(({ control, said, pointer }) =>
      el(
        "li",
        {},
        control
          ? el("button.link", { type: "button", onclick: () => reach(control) }, `${nameOf(pointer)}: ${said}`)
          : `${nameOf(pointer)} ${said}`,
      ),
    );
    this.element.replaceChildren(
      el("p", {}, el("strong", {}, message), more ? ` ${more}` : ""),
      ...(items.length > 0 ? [el("ul", {}, items)] : []),
    );
    this.element.hidden = false;
  }

  #mark(control, said) {
    const message = el("p.fault", { id: freshId("fault") }, said);
    const before = control.getAttribute("aria-describedby");
    (control.closest(".field, li") ?? control).append(message);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", [before, message.id].filter(Boolean).join(" "));
    this.#marks.push(() => {
      message.remove();
      control.removeAttribute("aria-invalid");
      if (before === null) control.removeAttribute("aria-describedby");
      else control.setAttribute("aria-describedby", before);
    });
  }
}

/** The control at a pointer or, where it points deeper, at the nearest part above that has one. */
function placeOf(pointer, places) {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    if (places.has(at)) return places.get(at);
  }
  return null;
}

/** The fault's sentence; of one item among many with the item. */
function sentence({ pointer, detail }, places, request) {
  if (places.has(pointer)) return detail;
  const value = pointer
    .split("/")
    .slice(1)
    .reduce((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], request);
  return typeof value === "string" && value !== "" && !detail.includes(value)
    ? `“${value.slice(0, 60)}” ${detail}`
    : detail;
}

function nameOf(pointer) {
  const [, name = "", place] = pointer.split("/");
  return name === "filters" && place !== undefined ? `condition ${Number(place) + 1}` : name.replaceAll("_", " ");
}

/** Bring a control into sight and focus it, or the first within it. */
function reach(control) {
  const folded = control.closest("details");
  if (folded) folded.open = true;
  const target = control.matches("input, select, textarea")
    ? control
    : control.querySelector("input, select, textarea, button");
  target?.focus();
  target?.scrollIntoView({ block: "center" });
}
