// What can be asked of a field: its operators in words, and what each wants to be compared with.

import { numberOr } from "../forms/entries.js";

const WORDS = {
  ">": ">",
  ">=": "≥",
  "<": "<",
  "<=": "≤",
  "==": "=",
  "!=": "≠",
  between: "between",
  in: "is one of",
  not_in: "is none of",
  is_null: "is missing",
  crosses_above: "crosses above",
  crosses_below: "crosses below",
};
const SHAPES = { between: "two", in: "list", not_in: "list", is_null: "missing" };

/** How many bars back a crossing may be looked for. */
export const WITHIN_MOST = 20;

/** An operator as people say it. */
export const operatorWords = (op) => WORDS[op] ?? op.replaceAll("_", " ");

/** What an operator is given: `one` value, `two`, a `list`, or whether the value is `missing`. */
export const shapeOf = (op) => SHAPES[op] ?? "one";

/** Whether an operator looks at more than the newest bar. */
export const isCrossing = (op) => op.startsWith("crosses_");

/**
 * The fields that a field can be compared with by an operator.
 *
 * @param {Object} field - Of GET /fields.
 * @param {string} op
 * @param {Object[]} fields - All of GET /fields.
 */
export function comparable(field, op, fields) {
  if (shapeOf(op) === "list" || shapeOf(op) === "missing") return [];
  const alike = fields.filter(
    (other) => kindOf(other) === kindOf(field) && other.name !== field.name && other.kind !== "list",
  );
  return isCrossing(op) ? alike.filter((other) => other.operators.includes(op)) : alike;
}

const kindOf = (field) => (field.kind === "integer" ? "number" : field.kind);

/** What somebody wrote as a value of a field. */
export function valueOf(text, field) {
  if (kindOf(field) === "number") return numberOr(text);
  return field.kind === "flag" ? text === "true" : text.trim();
}
