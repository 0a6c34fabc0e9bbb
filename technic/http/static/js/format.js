// Figures and times as people read them, in the words of their own browser.

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const TWO = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const NONE = "–";

/** 1,234 */
export const whole = (value) => (value === null || value === undefined ? NONE : WHOLE.format(value));

/** 1.2M */
export const short = (value) => (value === null || value === undefined ? NONE : SHORT.format(value));

/** 12.50 */
export const two = (value) => (value === null || value === undefined ? NONE : TWO.format(value));

/** 42 %: cut, never rounded up to what is not reached yet. */
export const percent = (value) => `${Math.floor(value ?? 0)} %`;

/** 4 s, 1 min 20 s, 2 h 5 min */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds < 1) return seconds === 0 ? "0 s" : "< 1 s";
  const all = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** An RFC 3339 time as a local one. */
export const time = (text) => (text ? CLOCK.format(new Date(text)) : NONE);

/** A cell of a row, by the kind and unit of its field in GET /fields. */
export function cell(value, field) {
  if (value === null || value === undefined) return NONE;
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value).replaceAll("_", " ");
  if (field.kind === "integer") return whole(value);
  return Math.abs(value) >= 1e6 ? short(value) : two(value);
}
