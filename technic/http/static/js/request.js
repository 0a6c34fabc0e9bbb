// What a scan was asked for, in words.

const QUIET = new Set(["async_mode", "priority", "tags", "fresh", "deadline_seconds"]);
const SAID = {
  preset: (value) => String(value).replaceAll("_", " "),
  symbols: (value) => listed(value),
  sectors: (value) => `of ${listed(value)}`,
  industries: (value) => `of ${listed(value)}`,
  max_symbols: (value) => `the first ${value}`,
  as_of: (value) => `as of ${value}`,
  lookback_bars: (value) => (value === 0 ? "all bars" : `${value} bars`),
  filters: (value) => [].concat(value).map(conditionInWords).join(" and "),
  min_tech_rating: (value) => `rating at least ${value}`,
  limit: (value) => `at most ${value} rows`,
  allow_shorts: (value) => (value ? "short plans too" : "long plans only"),
};

const ORDER = Object.keys(SAID);
const placeOf = (name) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1); // the others last

/** A request as one line: what differs from the defaults. */
export function inWords(request) {
  const parts = Object.entries(request ?? {})
    .sort(([left], [right]) => placeOf(left) - placeOf(right))
    .filter(([name, value]) => !QUIET.has(name) && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => (SAID[name] ? SAID[name](value) : `${name.replaceAll("_", " ")} ${value}`));
  return parts.length > 0 ? parts.join(", ") : "all symbols";
}

function listed(values) {
  const shown = values.slice(0, 6).join(", ");
  return values.length > 6 ? `${shown} and ${values.length - 6} more` : shown;
}

/** A filter as people say it. */
export function conditionInWords(given) {
  if (typeof given !== "object" || given === null) return String(given);
  for (const [word, joint] of [["any", " or "], ["all", " and "]]) {
    if (Array.isArray(given[word])) return `(${given[word].map(conditionInWords).join(joint)})`;
  }
  if (Array.isArray(given.none)) return `none of (${given.none.map(conditionInWords).join(", ")})`;
  const within = given.within ? ` within ${given.within}` : "";
  return `${given.field} ${String(given.op).replaceAll("_", " ")} ${operand(given.value)}${within}`;
}

function operand(value) {
  if (Array.isArray(value)) return value.join(" and ");
  return value !== null && typeof value === "object" ? value.field : String(value);
}
