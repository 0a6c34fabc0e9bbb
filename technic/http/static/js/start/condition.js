// One condition of the filter: a field, an operator, and what it is compared with. Or the same as a line of text.

import { el } from "../dom.js";
import { choose, numberOr } from "../forms/entries.js";
import { operand, operandList } from "./operand.js";
import { isCrossing, operatorWords, shapeOf, WITHIN_MOST } from "./operators.js";

const FIRST = "rsi";

/** A row in which a condition is put together. */
export class Condition {
  /** What goes into the page. */
  element = el("div.condition", { role: "group", "aria-label": "Condition" });
  #fields;
  #field;
  #op = el("select.op", { "aria-label": "Operator", onchange: () => this.#operands() });
  #values = el("span.values");
  #operand = [];
  #within = el("input.within", {
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
    placeholder: "1",
    "aria-label": `Within how many bars, 1 to ${WITHIN_MOST}`,
  });
  #bars = el("span.bars", {}, "within", this.#within, "bars");
  #missing = el(
    "select",
    { "aria-label": "Missing or there" },
    el("option", { value: "true" }, "yes"),
    el("option", { value: "false" }, "no"),
  );

  /**
   * @param {Object[]} fields - Of GET /fields.
   * @param {Object} [given] - Its JSON, to begin with.
   */
  constructor(fields, given = undefined) {
    this.#fields = fields;
    this.#field = el(
      "select.what",
      { "aria-label": "Field", onchange: () => this.#operators() },
      fields.map((field) => el("option", { value: field.name, title: field.description }, field.label)),
    );
    this.element.append(this.#field, this.#op, this.#values, this.#bars);
    this.#set(given ?? { field: FIRST, op: "<", value: "" });
  }

  /** Its JSON; tells where each part of it stands. */
  value(pointer, places) {
    const op = this.#op.value;
    for (const [part, control] of [
      ["", this.element],
      ["/field", this.#field],
      ["/op", this.#op],
      ["/within", this.#within],
      ["/value", this.#valueControl(0)],
    ]) {
      places.set(pointer + part, control);
    }
    if (shapeOf(op) === "two")
      this.#operand.forEach((one, place) => places.set(`${pointer}/value/${place}`, one.control));
    const within = isCrossing(op) && this.#within.value.trim() !== "" ? { within: numberOr(this.#within.value) } : {};
    return { field: this.#field.value, op, value: this.#value(op), ...within };
  }

  #valueControl(place) {
    return this.#operand[place]?.control ?? this.#missing;
  }

  #value(op) {
    if (shapeOf(op) === "missing") return this.#missing.value === "true";
    return shapeOf(op) === "two" ? this.#operand.map((one) => one.value()) : this.#operand[0].value();
  }

  #set({ field, op, value, within }) {
    choose(this.#field, String(field));
    this.#operators(op);
    if (shapeOf(this.#op.value) === "missing") this.#missing.value = String(value ?? true);
    else if (shapeOf(this.#op.value) === "two") this.#operand.forEach((one, place) => one.set(value?.[place] ?? ""));
    else this.#operand[0].set(value);
    this.#within.value = within ?? "";
  }

  get #known() {
    return (
      this.#fields.find((field) => field.name === this.#field.value) ?? {
        name: "",
        kind: "text",
        operators: ["=="],
        values: [],
        unit: "",
      }
    );
  }

  #operators(wanted = this.#op.value) {
    const { operators } = this.#known;
    this.#op.replaceChildren(...operators.map((op) => el("option", { value: op }, operatorWords(op))));
    if (operators.includes(wanted)) this.#op.value = wanted;
    this.#operands();
  }

  #operands() {
    const [field, op] = [this.#known, this.#op.value];
    const labels = { one: ["Value"], two: ["Lowest", "Highest"], list: ["Values"], missing: [] }[shapeOf(op)];
    this.#operand = labels.map((label) =>
      shapeOf(op) === "list" ? operandList(field, label) : operand(field, op, this.#fields, label),
    );
    const shown = this.#operand.map((one) => one.element);
    if (shapeOf(op) === "two") shown.splice(1, 0, "and");
    this.#values.replaceChildren(...(shapeOf(op) === "missing" ? [this.#missing] : shown));
    this.#bars.hidden = !isCrossing(op);
  }
}

/** A row in which a condition is written. */
export class Written {
  /** What goes into the page. */
  element;
  #text;

  /** @param {string} [given] - To begin with. */
  constructor(given = "") {
    this.#text = el("input.text", {
      type: "text",
      value: given,
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Condition as text",
      placeholder: "rsi < 30, sector in Energy, sma50 crosses_above sma200 within 5",
    });
    this.element = el("div.condition", { role: "group", "aria-label": "Condition as text" }, this.#text);
  }

  /** Its text; tells where it stands. */
  value(pointer, places) {
    places.set(pointer, this.#text);
    return this.#text.value.trim();
  }
}
