// The choice of a preset: what each finds and by which filters, to take as it is or as a beginning.

import { el } from "../dom.js";
import { conditionInWords } from "../request.js";
import { freshId } from "../forms/entries.js";

/**
 * The entry of the preset.
 *
 * @param {Object[]} presets - Of GET /presets.
 * @param {Object[]} fields - Of GET /fields.
 * @param {function(Object): void} take - Called with a preset whose filters somebody wants to have as their own.
 */
export function presetEntry(presets, fields, take) {
  const group = freshId("preset");
  const about = el("div.about", { "aria-live": "polite" });
  const radios = new Map();
  const room = el("div.chips");
  const element = el("fieldset.field.wide", {}, el("legend.unseen", {}, "Preset"), room, about);

  function add(name, title) {
    const radio = el("input", { type: "radio", name: group, value: name, onchange: show });
    radios.set(name, radio);
    room.append(el("label.chip-choice", {}, radio, title));
  }

  add("", "No preset");
  for (const preset of presets) add(preset.name, preset.title);

  const chosen = () => [...radios.values()].find((radio) => radio.checked)?.value || undefined;

  function show() {
    const preset = presets.find((known) => known.name === chosen());
    about.replaceChildren(
      ...(preset
        ? told(preset, fields, take)
        : [el("p.hint", {}, "Every symbol that meets your own conditions below.")]),
    );
  }

  function set(name) {
    if (name !== undefined && name !== null && !radios.has(name)) add(name, name);
    radios.get(name ?? "").checked = true;
    show();
  }

  set(undefined);
  return { name: "preset", element, control: element, value: chosen, set };
}

function told(preset, fields, take) {
  const conditions = preset.filters.map((filter) => el("li", {}, el("code", {}, conditionInWords(filter))));
  const own = el("button.small", { type: "button", onclick: () => take(preset) }, "Take its filters as your own");
  return [
    el("p", {}, preset.description),
    conditions.length > 0 ? el("ul.conditions", { "aria-label": "Its filters" }, conditions) : null,
    el(
      "p.hint",
      {},
      `${order(preset, fields)} Your own conditions are added; your own order and number of rows go before its.`,
    ),
    conditions.length > 0 ? own : null,
  ].filter(Boolean);
}

function order({ sort_by: by, descending, limit }, fields) {
  const label = fields.find((field) => field.name === by)?.label ?? "Rating";
  const rows = limit === null ? "all rows" : `the first ${limit} rows`;
  return `Ordered by ${label}, ${descending ? "highest" : "lowest"} first, ${rows}.`;
}
