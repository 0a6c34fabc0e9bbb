// Which rows are shown, and in which order. Nothing here touches the page.

/**
 * The rows that pass, in order; missing values last either way, ties by symbol.
 *
 * @param {Iterable<Object>} rows
 * @param {{by: string, descending: boolean, text: string, signals: Set<string>}} how - No signals at all mean any.
 * @returns {Object[]}
 */
export function ordered(rows, { by, descending, text, signals }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = [...rows].filter((row) => (signals.size === 0 || signals.has(row.signal)) && has(row, words));
  const sign = descending ? -1 : 1;
  return chosen.sort((left, right) => compared(left[by], right[by], sign) || compared(left.symbol, right.symbol, 1));
}

function has(row, words) {
  if (words.length === 0) return true;
  const said = `${row.symbol} ${row.name ?? ""} ${row.sector ?? ""} ${row.industry ?? ""}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

const SIGNALS = { STRONG_SELL: -2, SELL: -1, NEUTRAL: 0, BUY: 1, STRONG_BUY: 2 };

function compared(left, right, sign) {
  const [missingLeft, missingRight] = [missing(left), missing(right)];
  if (missingLeft || missingRight) return missingLeft - missingRight;
  const [one, other] = [ranked(left), ranked(right)];
  if (one === other) return 0;
  return one < other ? -sign : sign;
}

const missing = (value) => value === null || value === undefined;

function ranked(value) {
  if (Array.isArray(value)) return value.length;
  return typeof value === "string" ? (SIGNALS[value] ?? value) : Number(value);
}
