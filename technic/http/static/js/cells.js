// What stands in a cell of a row: figures with their sign, signals as words with a colour.

import { el } from "./dom.js";
import { cell } from "./format.js";
import { href } from "./router.js";

const SIGNED = new Set(["change_pct", "gap_pct", "tech_rating", "moving_average_rating", "oscillator_rating", "macd"]);
const SIGNED_NAMES = /_(distance_pct|change_1m_pct)$|^perf_/;
const PLUS = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero",
});

/** Up, down or neither, as the class that colours it. */
export function direction(value) {
  if (typeof value !== "number" || value === 0) return "";
  return value > 0 ? "up" : "down";
}

/** +1.25: a figure whose sign is said, for those who do not see the colour. */
export const signed = (value) => (value === null || value === undefined ? "–" : PLUS.format(value));

/** A signal as people say it. */
export const signalWords = (signal) => (signal ?? "none").toLowerCase().replaceAll("_", " ");

/** A signal as a chip. */
export function signalChip(signal) {
  return el("span.signal", { dataset: { signal: signal ?? "" } }, signalWords(signal));
}

/** Whether a field holds figures, which stand to the right. */
export const isFigure = (field) => field.kind === "number" || field.kind === "integer";

/** Where a symbol's page is, with what its scan looked at. */
export function symbolHref(symbol, query = {}) {
  const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
  return said.size > 0 ? `${href("symbol", symbol)}?${said}` : href("symbol", symbol);
}

/** The cell of a row under a field, as an element. */
export function cellOf(row, field, query) {
  const value = row[field.name];
  if (field.name === "symbol") return el("th", { scope: "row" }, el("a", { href: symbolHref(value, query) }, value));
  if (field.name === "signal") return el("td", {}, signalChip(value));
  if (typeof value === "number" && (SIGNED.has(field.name) || SIGNED_NAMES.test(field.name))) {
    return el(`td.figure.${direction(value) || "level"}`, {}, signed(value));
  }
  const text = cell(value, field);
  return el(isFigure(field) ? "td.figure" : "td", { title: isFigure(field) ? null : text }, text);
}
