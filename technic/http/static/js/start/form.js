// All entries of a request, in the order of the page.

import { el } from "../dom.js";
import { choiceEntry, dayEntry, flagEntry, listEntry, numberEntry, setEntry } from "../forms/entries.js";
import { Group } from "./group.js";
import { industriesEntry } from "./industries.js";
import { presetEntry } from "./preset.js";

/** The form of a request: what it holds as JSON, and where each part of that stands. */
export class RequestForm {
  /** What goes into the page. */
  element;
  #entries;

  /** @param {{presets: Object[], fields: Object[], universe: Object}} known - What the server has. */
  constructor({ presets, fields, universe }) {
    const filters = filtersEntry(fields);
    const preset = presetEntry(presets, fields, (taken) => this.#take(taken));
    const symbols = symbolEntries(universe);
    const rows = rowEntries(fields);
    const bars = barEntries();
    const plan = planEntries();
    const run = runEntries();
    this.#entries = [preset, ...symbols, filters, ...rows, ...bars, ...plan, ...run];
    const least = rows.shift();
    this.element = el(
      "div.request-form",
      {},
      panel("Preset", preset.element),
      panel("Symbols", grid(symbols)),
      panel(
        "Conditions",
        el("p.hint", {}, "All of these have to hold. A value that is missing makes a condition false."),
        filters.element,
        grid([least]),
      ),
      panel("Rows", grid(rows)),
      el(
        "details.panel.fold.more",
        {},
        el("summary", {}, "More: bars, trade plan, priority"),
        section("Bars", bars),
        section("Trade plan", plan),
        section("How it runs", run),
      ),
    );
  }

  /** The request: what was said, and nothing else. Tells where each part of it stands. */
  value(places = new Map()) {
    const request = {};
    for (const { name, control, value } of this.#entries) {
      places.set(`/${name}`, control);
      const said = value(places);
      if (said !== undefined) request[name] = said;
    }
    return request;
  }

  /** Put in a request; what it does not name becomes empty. */
  set(request) {
    for (const entry of this.#entries) entry.set(request[entry.name] ?? undefined);
    const more = this.element.querySelector(".more");
    more.open = [...more.querySelectorAll("input, select, textarea")].some((control) =>
      control.type === "checkbox" ? control.checked : control.value !== "",
    );
  }

  #take({ filters, sort_by: by, descending, limit }) {
    const mine = this.value();
    const order = by === null ? {} : { sort_by: by, descending };
    const own = {
      ...order,
      ...(limit === null ? {} : { limit }),
      ...mine,
      filters: [...filters, ...(mine.filters ?? [])],
    };
    delete own.preset;
    this.set(own);
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function filtersEntry(fields) {
  const group = new Group(fields);
  return {
    name: "filters",
    element: group.element,
    control: group.element,
    value: (places) => {
      const filters = group.value("/filters", places);
      return filters.length > 0 ? filters : undefined;
    },
    set: (filters) => group.set(filters),
  };
}

const panel = (title, ...parts) => el("section.panel", { "aria-label": title }, el("h2", {}, title), parts);
const grid = (entries) =>
  el(
    "div.form",
    {},
    entries.map((entry) => entry.element),
  );
const section = (title, entries) => el("section", { "aria-label": title }, el("h3", {}, title), grid(entries));

function symbolEntries(universe) {
  return [
    setEntry({ name: "sectors", label: "Sectors", counts: universe.sectors, shown: capitalised }),
    ...(Object.keys(universe.industries).length > 0 ? [industriesEntry(universe.industries)] : []),
    listEntry({
      name: "symbols",
      label: "Symbols",
      usual: "all of them",
      hint: "Between commas or blanks; case does not matter.",
    }),
    numberEntry({
      name: "max_symbols",
      label: "At most",
      usual: `all ${universe.total}`,
      hint: "Of what is chosen above, the first so many symbols.",
    }),
  ];
}

const capitalised = (name) => name.slice(0, 1).toUpperCase() + name.slice(1);

function rowEntries(fields) {
  const orders = fields.filter((field) => field.kind !== "list").map((field) => [field.name, field.label]);
  return [
    numberEntry({
      name: "min_tech_rating",
      label: "Least rating",
      usual: "any",
      hint: "-100 to 100; Buy lies above 10, Strong Buy above 50.",
    }),
    choiceEntry({ name: "sort_by", label: "Order by", options: [["", "Rating, or the preset's"], ...orders] }),
    choiceEntry({
      name: "descending",
      label: "Direction",
      options: [
        ["", "Highest first, or the preset's"],
        ["true", "Highest first"],
        ["false", "Lowest first"],
      ],
      means: (text) => text === "true",
    }),
    numberEntry({ name: "limit", label: "At most", unit: "rows", usual: "all that pass" }),
  ];
}

function barEntries() {
  return [
    dayEntry({ name: "as_of", label: "As of", hint: "The market as it was on this day; empty for the newest." }),
    numberEntry({
      name: "lookback_bars",
      label: "Look back",
      unit: "bars",
      usual: "600",
      hint: "0 for all there are, else 20 and more.",
    }),
  ];
}

function planEntries() {
  return [
    numberEntry({ name: "account_size", label: "Account", unit: "$", usual: "10000" }),
    numberEntry({ name: "risk_pct", label: "Risk in one trade", unit: "% of the account", usual: "1" }),
    numberEntry({ name: "target_rr", label: "Reward aimed at", unit: "for each $ risked", usual: "2" }),
    flagEntry({ name: "allow_shorts", label: "Plan Sell and Strong Sell too", hint: "Short trades, mirrored." }),
  ];
}

function runEntries() {
  return [
    numberEntry({ name: "priority", label: "Priority", usual: "5", hint: "0 to 9; 9 goes first." }),
    numberEntry({
      name: "deadline_seconds",
      label: "Deadline",
      unit: "s",
      usual: "none",
      hint: "The scan fails if it has not ended by then; what it found is kept.",
    }),
    listEntry({
      name: "tags",
      label: "Tags",
      rows: 1,
      usual: "none",
      between: /[,\n]+/,
      hint: "Words to find the scan by, between commas.",
    }),
    flagEntry({ name: "fresh", label: "Compute anew what a cache holds" }),
  ];
}
