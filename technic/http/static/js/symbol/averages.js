// Moving averages of closes, bar for bar: the lines of the chart. Nothing here touches the page.

/** The averages that a chart can show. */
export const AVERAGES = ["sma20", "sma50", "sma200", "ema20", "ema50", "ema200"];

/** `sma20` as people say it. */
export const averageName = (name) => `${name.slice(0, 3).toUpperCase()} ${name.slice(3)}`;

/**
 * An average for each bar, null where the bars before do not reach.
 *
 * An exponential mean depends on where it begins. It begins where the rating's does, so that its last value is the
 * one that voted.
 *
 * @param {string} name - One of AVERAGES.
 * @param {number[]} closes - Oldest first.
 * @param {number} rated - How many of the last bars were rated.
 * @returns {Array<number|null>}
 */
export function average(name, closes, rated) {
  const length = Number(name.slice(3));
  if (name.startsWith("sma")) return simple(closes, length);
  const before = Math.max(0, closes.length - rated);
  return [...Array(before).fill(null), ...exponential(closes.slice(before), length)];
}

function simple(closes, length) {
  let sum = 0;
  return closes.map((close, at) => {
    sum += close - (at >= length ? closes[at - length] : 0);
    return at >= length - 1 ? sum / length : null;
  });
}

function exponential(closes, length) {
  const share = 2 / (length + 1);
  let mean = null;
  return closes.map((close, at) => {
    if (at < length - 1) return null;
    mean =
      mean === null
        ? closes.slice(0, length).reduce((sum, one) => sum + one, 0) / length
        : mean + share * (close - mean);
    return mean;
  });
}
