// What one looks for scans by: a text, a status, a span of time.

import { el } from "./dom.js";

const STATUSES = [["", "Any status"], ["running", "Running"], ["pending", "Waiting"], ["completed", "Completed"],
  ["failed", "Failed"], ["cancelled", "Cancelled"]];
const TIMES = [["any", "Any time"], ["hour", "The last hour"], ["day", "The last day"], ["week", "The last week"]];

/**
 * The tools over a list of scans.
 *
 * @param {import("./finding.js").Search} search - Changed in place.
 * @param {function(): void} changed
 */
export function searchTools(search, changed) {
  const text = el("input", { type: "search", placeholder: "Id, preset, symbol or tag", autocomplete: "off", oninput: () => {
    search.text = text.value;
    changed();
  } });
  return el("div.tools", { role: "search" },
    el("label.search", {}, el("span.unseen", {}, "Find scans"), text),
    chooser("Status", STATUSES, (value) => { search.status = value; }, changed),
    chooser("Time", TIMES, (value) => { search.span = value; }, changed));
}

function chooser(label, choices, put, changed) {
  const select = el("select", { "aria-label": label, onchange: () => {
    put(select.value);
    changed();
  } }, choices.map(([value, text]) => el("option", { value }, text)));
  return select;
}
