// What plotly is to draw of a symbol: candles, averages, volume, and the trade plan as lines with what lies between.

import { two } from "../format.js";
import { colour } from "../theme.js";
import { average, averageName } from "./averages.js";

const LENGTH_COLOURS = { 20: "warn", 50: "focus", 200: "violet" };
const DAY_MS = 86_400_000;
const HOLIDAYS_MOST = 500;
const PLAN = [
  ["target", "Target", "up"],
  ["entry", "Entry", "focus"],
  ["stop", "Stop", "down"],
];

/** The name of the colour that an average has, in the chart and beside its box. */
export const averageColour = (name) => LENGTH_COLOURS[name.slice(3)];

/**
 * The figure, as plotly has it.
 *
 * @param {Object} report - Of GET /symbols.
 * @param {{span: [number, number], averages: Iterable<string>}} shown - From when to when, see `spanOf`; and
 *   which averages.
 */
export function candleFigure({ bars, row }, { span, averages }) {
  const x = bars.map((bar) => bar.date);
  const closes = bars.map((bar) => bar.close);
  const lines = [...averages].map((name) => averageLine(x, name, average(name, closes, row.bars)));
  const traded = bars.some((bar) => bar.volume > 0);
  const planned = row.entry !== null && span[1] > Date.parse(x.at(-1));
  return {
    data: [candles(x, bars), ...lines, ...(traded ? [volume(x, bars)] : [])],
    layout: {
      ...frame(x, span, traded),
      ...sides(inSight(bars, span), planned ? row : null, traded),
      ...(planned ? plan(row, Date.parse(x.at(-1)), span[1]) : {}),
    },
  };
}

/** The span of the last so many bars, with room for a trade plan beside them: two moments in milliseconds. */
export function spanOf({ bars, row }, count) {
  const from = Date.parse(bars[Math.max(0, bars.length - count)].date);
  const last = Date.parse(bars.at(-1).date);
  return [from - DAY_MS / 2, last + DAY_MS + Math.ceil((row.entry === null ? 0.02 : 0.22) * (last - from))];
}

function inSight(bars, [from, to]) {
  const seen = bars.filter((bar) => Date.parse(bar.date) >= from && Date.parse(bar.date) <= to);
  return seen.length > 0 ? seen : bars;
}

function candles(x, bars) {
  const of = (name) => bars.map((bar) => bar[name]);
  const side = (name) => ({ line: { color: colour(name), width: 1 }, fillcolor: colour(name) });
  return {
    type: "candlestick",
    name: "Price",
    x,
    open: of("open"),
    high: of("high"),
    low: of("low"),
    close: of("close"),
    increasing: side("up"),
    decreasing: side("down"),
    whiskerwidth: 0,
  };
}

function averageLine(x, name, y) {
  return {
    type: "scatter",
    mode: "lines",
    name: averageName(name),
    x,
    y,
    connectgaps: false,
    line: { color: colour(averageColour(name)), width: 1.5, dash: name.startsWith("ema") ? "dot" : "solid" },
  };
}

function volume(x, bars) {
  const colours = bars.map((bar) => colour(bar.close >= bar.open ? "up" : "down"));
  return {
    type: "bar",
    name: "Volume",
    x,
    y: bars.map((bar) => bar.volume),
    yaxis: "y2",
    marker: { color: colours, opacity: 0.4, line: { width: 0 } },
  };
}

/** Lowest and highest of the prices in sight and of the plan, with some air; averages far away do not count. */
function heights(bars, row) {
  const values = bars
    .flatMap((bar) => [bar.low, bar.high])
    .concat(row === null ? [] : [row.entry, row.stop, row.target]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = 0.05 * (high - low || high);
  return [low - air, high + air];
}

function frame(x, span, traded) {
  return {
    margin: { l: 8, r: 60, t: 8, b: 28 },
    hovermode: "x unified",
    bargap: 0.25,
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "pan",
    xaxis: {
      type: "date",
      range: span,
      rangeslider: { visible: false },
      rangebreaks: breaks(x),
      showgrid: false,
      anchor: traded ? "y2" : "y",
    },
  };
}

function sides(seen, row, traded) {
  const price = {
    side: "right",
    fixedrange: true,
    range: heights(seen, row),
    domain: [traded ? 0.2 : 0, 1],
    tickformat: ",.2~f",
    hoverformat: ",.2f",
    nticks: 8,
  };
  if (!traded) return { yaxis: price };
  const most = Math.max(...seen.map((bar) => bar.volume));
  return {
    yaxis: price,
    yaxis2: {
      side: "right",
      fixedrange: true,
      domain: [0, 0.16],
      nticks: 3,
      tickformat: "~s",
      hoverformat: ",.3s",
      showgrid: false,
      range: [0, 1.05 * (most || 1)],
    },
  };
}

/** The plan's lines, from the last bar to the edge, and what may be won and lost as fields. */
function plan(row, from, to) {
  const field = (one, other, name) => ({
    type: "rect",
    x0: from,
    x1: to,
    y0: row[one],
    y1: row[other],
    fillcolor: colour(name),
    opacity: 0.13,
    line: { width: 0 },
    layer: "below",
  });
  const line = ([field, , name]) => ({
    type: "line",
    x0: from,
    x1: to,
    y0: row[field],
    y1: row[field],
    line: { color: colour(name), width: 1.5, dash: field === "entry" ? "solid" : "dash" },
    name: field,
  });
  const label = ([field, words, name]) => ({
    x: to,
    y: row[field],
    xanchor: "right",
    yanchor: "bottom",
    showarrow: false,
    text: `${words} ${two(row[field])}`,
    font: { color: colour(name), size: 12 },
    name: field,
  });
  return {
    shapes: [field("entry", "target", "up"), field("stop", "entry", "down"), ...PLAN.map(line)],
    annotations: PLAN.map(label),
  };
}

/** The days without a bar, so that candles stand side by side: weekends, unless there are bars, and holidays. */
function breaks(x) {
  const days = new Set(x);
  const weekends = x.some((date) => isWeekend(Date.parse(date)));
  const missing = [];
  for (let at = Date.parse(x[0]); at <= Date.parse(x.at(-1)); at += DAY_MS) {
    if (!days.has(day(at)) && (weekends || !isWeekend(at))) missing.push(day(at));
  }
  const holidays = missing.length > 0 && missing.length <= HOLIDAYS_MOST ? [{ values: missing }] : [];
  return [...(weekends ? [] : [{ bounds: ["sat", "mon"] }]), ...holidays];
}

const isWeekend = (moment) => [0, 6].includes(new Date(moment).getUTCDay());
const day = (moment) => new Date(moment).toISOString().slice(0, 10);
