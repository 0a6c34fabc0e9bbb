// The figures of a symbol's row, grouped as people look for them.

import { direction, signed } from "../cells.js";
import { el } from "../dom.js";
import { cell } from "../format.js";

const GROUPS = {
  Price: ["close", "change_pct", "gap_pct", "atr", "atr_pct", "volatility", "range_30d_pct", "high_20d_prior", "nr7"],
  Volume: ["volume", "relative_volume", "dollar_volume"],
  Averages: [
    "sma20",
    "sma50",
    "sma150",
    "sma200",
    "ema20",
    "ema50",
    "ema200",
    "sma20_distance_pct",
    "sma50_distance_pct",
    "sma200_distance_pct",
    "sma200_change_1m_pct",
  ],
  Oscillators: ["rsi", "adx", "macd", "macd_signal", "stoch_k", "stoch_d", "cci", "williams_r"],
  Performance: ["perf_1w", "perf_1m", "perf_3m", "perf_6m", "perf_1y"],
  "52 weeks": ["high_52w_distance_pct", "low_52w_distance_pct", "new_high_52w", "new_low_52w"],
};
const SIGNED = /^(change|gap)_pct$|_distance_pct$|_change_1m_pct$|^perf_|^macd/;

/** All figures of a row as lists. @param {Object} row @param {Object[]} fields - Of GET /fields. */
export function figureLists(row, fields) {
  return el(
    "div.figure-lists",
    {},
    Object.entries(GROUPS).map(([title, names]) =>
      el(
        "section",
        { "aria-label": `Figures: ${title}` },
        el("h3", {}, title),
        el(
          "dl.pairs",
          {},
          names
            .map((name) => fields.find((field) => field.name === name))
            .filter(Boolean)
            .map((field) => pair(row[field.name], field)),
        ),
      ),
    ),
  );
}

function pair(value, field) {
  const label =
    field.unit && field.unit !== "points" ? [field.label, el("span.faint", {}, ` ${field.unit}`)] : field.label;
  const coloured = typeof value === "number" && SIGNED.test(field.name);
  return el(
    "div",
    { title: field.description },
    el("dt", {}, label),
    el(
      coloured ? `dd.figure.${direction(value) || "level"}` : "dd.figure",
      {},
      coloured ? signed(value) : cell(value, field),
    ),
  );
}
