// The entries of a form: each knows its name in a request, its control, and the value that it holds.

import { el } from "../dom.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

let count = 0;

/** An id that no other element has. */
export const freshId = (name) => `${name}-${(count += 1)}`;

/** What somebody wrote as the number that it is; what is none stays text, for the server to say so. */
export function numberOr(text) {
  const plain = text.trim().replace(/(?<=\d)[ \u00a0](?=\d{3})/g, "");
  return NUMBER.test(plain) ? Number(plain) : text.trim();
}

/**
 * A labelled control.
 *
 * @param {Object} is
 * @param {string} is.name - As a request names it.
 * @param {string} is.label
 * @param {string} [is.hint]
 * @param {HTMLElement} is.control
 * @param {function(): *} is.value - What it holds; undefined for nothing.
 * @param {function(*): void} is.set - Put a value in; undefined for nothing.
 * @param {boolean} [is.wide]
 * @returns {{name: string, element: HTMLElement, control: HTMLElement, value: function(): *, set: function(*): void}}
 */
export function entry({ name, label, hint = "", control, value, set, wide = false }) {
  control.id = freshId(name);
  const said = hint ? el("p.hint", { id: `${control.id}-hint` }, hint) : null;
  if (said) control.setAttribute("aria-describedby", said.id);
  const element = el(wide ? "div.field.wide" : "div.field", {}, el("label", { for: control.id }, label), control, said);
  return { name, element, control, value, set };
}

/** A number; what is none goes to the server as it was written, whose answer says what is wrong with it. */
export function numberEntry({ unit = "", ...is }) {
  const control = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", placeholder: is.usual ?? "" });
  const label = unit ? `${is.label} (${unit})` : is.label;
  return entry({
    ...is,
    label,
    control,
    value: () => (control.value.trim() === "" ? undefined : numberOr(control.value)),
    set: (value) => {
      control.value = value ?? "";
    },
  });
}

/** A day. */
export function dayEntry(is) {
  const control = el("input", { type: "date" });
  return entry({
    ...is,
    control,
    value: () => control.value || undefined,
    set: (value) => {
      control.value = value ?? "";
    },
  });
}

/** Names between commas, blanks or lines. */
export function listEntry({ rows = 2, usual = "", between = /[\s,;]+/, ...is }) {
  const control = el("textarea", { rows, spellcheck: "false", autocapitalize: "off", placeholder: usual });
  return entry({
    ...is,
    control,
    value: () => {
      const names = control.value
        .split(between)
        .map((name) => name.trim())
        .filter(Boolean);
      return names.length > 0 ? names : undefined;
    },
    set: (value) => {
      control.value = (value ?? []).join(", ");
    },
  });
}

/**
 * One of several; the first option, of the value "", stands for nothing.
 *
 * @param {Object} is - As `entry`, with `options`: pairs of a text and a label.
 * @param {function(string): *} [is.means] - What the text of an option stands for in a request.
 */
export function choiceEntry({ options, means = (text) => text, ...is }) {
  const control = el(
    "select",
    {},
    options.map(([value, label]) => el("option", { value }, label)),
  );
  return entry({
    ...is,
    control,
    value: () => (control.value === "" ? undefined : means(control.value)),
    set: (value) => choose(control, value === undefined || value === null ? "" : String(value)),
  });
}

/** Choose an option, and make it first where there is none: what a request holds must not get lost. */
export function choose(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(el("option", { value }, value));
  select.value = value;
}

/** Yes or nothing. */
export function flagEntry({ name, label, hint = "" }) {
  const control = el("input", { type: "checkbox", id: freshId(name) });
  const element = el("div.field", {}, el("label", {}, control, label), hint ? el("p.hint", {}, hint) : null);
  return {
    name,
    element,
    control,
    value: () => control.checked || undefined,
    set: (value) => {
      control.checked = value === true;
    },
  };
}

/**
 * Some of many, each with how often it occurs.
 *
 * @param {{name: string, label: string, counts: Object<string, number>, shown?: function(string): string}} is
 */
export function setEntry({ name, label, counts, shown = (value) => value }) {
  const boxes = new Map();
  const room = el("div.chips");
  const element = el("fieldset.field.wide", { id: freshId(name) }, el("legend", {}, label), room);

  function add(value, often) {
    const box = el("input", { type: "checkbox" });
    boxes.set(value, box);
    room.append(
      el(
        "label.chip-choice",
        { dataset: { value } },
        box,
        shown(value),
        often === undefined ? null : el("span.faint", {}, often),
      ),
    );
  }

  for (const [value, often] of Object.entries(counts)) add(value, often);
  return {
    name,
    element,
    room,
    control: element,
    value: () => {
      const chosen = [...boxes].filter(([, box]) => box.checked).map(([value]) => value);
      return chosen.length > 0 ? chosen : undefined;
    },
    set: (values) => {
      const known = new Map([...boxes.keys()].map((value) => [value.toLowerCase(), value]));
      for (const box of boxes.values()) box.checked = false;
      for (const value of values ?? []) {
        const place = known.get(String(value).toLowerCase()) ?? value;
        if (!boxes.has(place)) add(place);
        boxes.get(place).checked = true;
      }
    },
  };
}
