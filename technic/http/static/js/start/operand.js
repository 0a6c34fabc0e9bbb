// What a field is compared with: a value of its own kind, or another field.

import { el } from "../dom.js";
import { choose } from "../forms/entries.js";
import { comparable, valueOf } from "./operators.js";

const VALUE = "";

/**
 * A control for one value of a comparison.
 *
 * @param {Object} field
 * @param {string} op
 * @param {Object[]} fields
 * @param {string} label - For those who do not see it.
 * @returns {{element: HTMLElement, control: HTMLElement, value: function(): *, set: function(*): void}}
 */
export function operand(field, op, fields, label) {
  const others = comparable(field, op, fields);
  const own = literal(field, label);
  if (others.length === 0) return { element: own.control, ...own };
  const source = el(
    "select.source",
    { "aria-label": `${label}: a value or another field`, onchange: () => turn() },
    el("option", { value: VALUE }, "value"),
    el(
      "optgroup",
      { label: "another field" },
      others.map((other) => el("option", { value: other.name }, other.label)),
    ),
  );
  const element = el("span.operand", {}, own.control, source);

  function turn() {
    own.control.hidden = source.value !== VALUE;
  }

  return {
    element,
    control: own.control,
    value: () => (source.value === VALUE ? own.value() : { field: source.value }),
    set: (value) => {
      const other = value !== null && typeof value === "object" ? value.field : VALUE;
      choose(source, String(other));
      if (other === VALUE) own.set(value);
      turn();
    },
  };
}

/** Several values between commas. */
export function operandList(field, label) {
  if (field.values.length > 0) return several(field, label);
  const control = el("input", {
    type: "text",
    autocomplete: "off",
    "aria-label": `${label}, between commas`,
    placeholder: "A, B, C",
  });
  return {
    element: control,
    control,
    value: () =>
      control.value
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean)
        .map((part) => valueOf(part, field)),
    set: (value) => {
      control.value = [].concat(value ?? []).join(", ");
    },
  };
}

function several(field, label) {
  const control = el(
    "select",
    { multiple: true, size: field.values.length, "aria-label": label },
    field.values.map((value) => el("option", { value }, value)),
  );
  return {
    element: control,
    control,
    value: () => [...control.selectedOptions].map((option) => option.value),
    set: (value) => {
      for (const option of control.options) option.selected = [].concat(value ?? []).includes(option.value);
    },
  };
}

function literal(field, label) {
  const options =
    field.kind === "flag"
      ? [
          ["true", "yes"],
          ["false", "no"],
        ]
      : field.values.map((value) => [value, value]);
  const control =
    options.length > 0
      ? el(
          "select",
          { "aria-label": label },
          options.map(([value, word]) => el("option", { value }, word)),
        )
      : el("input", {
          type: field.kind === "date" ? "date" : "text",
          inputmode: field.kind === "text" ? "text" : "decimal",
          autocomplete: "off",
          "aria-label": label,
          placeholder: field.unit || (field.kind === "text" ? "text" : "value"),
        });
  return {
    control,
    value: () => valueOf(control.value, field),
    set: (value) => {
      if (options.length > 0) choose(control, String(value));
      else control.value = value ?? "";
    },
  };
}
