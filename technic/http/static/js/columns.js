// Which columns a table of rows shows: the person's choice, kept by the browser.

import { get } from "./api.js";
import { cellOf, isFigure } from "./cells.js";
import { el } from "./dom.js";
import { recalled, remember } from "./memory.js";

const WIDTHS = { symbol: 6.5, name: 13, sector: 11, industry: 12, as_of: 7, signal: 8.5, warnings: 14 };
const LETTER_REM = 0.5;
const ALWAYS = "symbol";

let asked = null;

/** The fields of GET /fields, asked for once a page. */
export function fields() {
  asked ??= get("fields").then((said) => said.fields).catch((problem) => {
    asked = null; // the next view asks again
    throw problem;
  });
  return asked;
}

/** The columns of the fields that are chosen; `query` goes with the links to symbols. */
export function columnsOf(known, chosen, query) {
  return known.filter((field) => chosen.has(field.name)).map((field) => ({
    ...field, figure: isFigure(field), width: WIDTHS[field.name] ?? widthOf(field),
    cell: (row) => cellOf(row, field, query),
  }));
}

// As wide as what stands above it: label, unit, and the mark of the order.
function widthOf({ label, unit }) {
  return Math.max(5.5, `${label} ${unit ?? ""}`.length * LETTER_REM + 2.75);
}

/** The names that were chosen last time, or those that a table shows unless told otherwise. */
export function chosenColumns(known) {
  const usual = known.filter((field) => field.shown).map((field) => field.name);
  const kept = recalled("columns");
  const names = Array.isArray(kept) ? known.filter((field) => kept.includes(field.name)) : [];
  return new Set([ALWAYS, ...(names.length > 0 ? names.map((field) => field.name) : usual)]);
}

/**
 * A fold-out with a box to tick for each field.
 *
 * @param {Object[]} known
 * @param {Set<string>} chosen - Changed in place.
 * @param {function(): void} changed
 */
export function columnChooser(known, chosen, changed) {
  const boxes = known.filter((field) => field.name !== ALWAYS).map((field) => choice(field, chosen, () => {
    remember("columns", [...chosen]);
    changed();
  }));
  const usual = el("button.quiet", { type: "button", onclick: () => {
    for (const [field, box] of boxes) {
      box.checked = field.shown;
      put(chosen, field.name, field.shown);
    }
    remember("columns", [...chosen]);
    changed();
  } }, "The usual columns");
  return el("details.fold.chooser", {}, el("summary", {}, "Columns"),
    el("fieldset.choices", {}, el("legend.unseen", {}, "Columns to show"), boxes.map(([, box]) => box.parentElement)), usual);
}

function choice(field, chosen, changed) {
  const box = el("input", { type: "checkbox", checked: chosen.has(field.name), onchange: () => {
    put(chosen, field.name, box.checked);
    changed();
  } });
  el("label", { title: field.description }, box, field.unit ? `${field.label} (${field.unit})` : field.label);
  return [field, box];
}

function put(chosen, name, wanted) {
  if (wanted) chosen.add(name);
  else chosen.delete(name);
}
