// What the figures over ended scans look like: each plot as what plotly is given, and as a table that says the same.

import { milliseconds } from "../account.js";
import { percent, time, whole } from "../format.js";
import { plainly } from "../plain.js";
import { stageName } from "../stages.js";
import { colour } from "../theme.js";
import { STEPS } from "./query.js";

const STATUS_COLOURS = { completed: "up", failed: "down", cancelled: "warn" };
const NO_PRESET = "without a preset";
const LONGEST = 40;

/**
 * The plots over what GET /scan/stats tells; those without anything to show are left out.
 *
 * @returns {{title: string, heads: string[], rows: Array[], bars?: number, draw: function(): {data: Object[], layout: Object}}[]}
 *   `bars` is how many lie below each other, where the plot is as high as these; `draw` is called for each
 *   drawing, with the colours of its moment.
 */
export function plotsOf(stats, by) {
  return [
    scansOverTime(stats, by), speedOverTime(stats, by), durations(stats), stages(stats), caching(stats, by), presets(stats),
    counts("What kept rows out", "Condition", "Rows", stats.rejected, ({ condition, rows, scans }) => [condition, rows, scans]),
    counts("Why symbols failed", "Failure", "Symbols", stats.failures, ({ code, symbols, scans }) => [code.replaceAll("_", " "), symbols, scans]),
    failing(stats),
  ].filter((plot) => plot.rows.length > 0);
}

const stepHead = (by) => ({ hour: "Hour from", day: "Day from", week: "Week from" })[by];
const moments = (steps) => steps.map((step) => new Date(step.at));
const width = (by) => 1000 * STEPS[by];

// A bar as wide as its step.
const across = (by) => ({ width: 0.9 * width(by), xperiod: width(by), xperiodalignment: "middle" });

// A time axis with room for whole steps: one moment alone would be spread over milliseconds.
function over(steps, by) {
  const ends = [moments(steps.slice(0, 1))[0], moments(steps.slice(-1))[0]].map(Number);
  return { type: "date", range: [new Date(ends[0] - width(by) / 2), new Date(ends[1] + 1.5 * width(by))] };
}

function scansOverTime({ throughput, by_status: all }, by) {
  const statuses = Object.keys(STATUS_COLOURS).filter((status) => all[status] > 0);
  return {
    title: "Scans over time", heads: [stepHead(by), ...statuses, "Symbols"],
    rows: throughput.map((step) => [time(step.at), ...statuses.map((status) => whole(step.by_status[status] ?? 0)), whole(step.symbols)]),
    draw: () => ({
      data: statuses.map((status) => ({
        type: "bar", name: status, x: moments(throughput), y: throughput.map((step) => step.by_status[status] ?? 0),
        ...across(by), marker: { color: colour(STATUS_COLOURS[status]) },
      })),
      layout: { barmode: "stack", showlegend: true, xaxis: over(throughput, by), yaxis: { title: { text: "scans" }, rangemode: "tozero" } },
    }),
  };
}

function speedOverTime({ throughput }, by) {
  const steps = throughput.filter((step) => step.symbols_per_second !== null);
  return {
    title: "Speed over time", heads: [stepHead(by), "Symbols a second"],
    rows: steps.map((step) => [time(step.at), whole(step.symbols_per_second)]),
    draw: () => ({
      data: [{ type: "scatter", mode: "lines+markers", x: moments(steps), y: steps.map((step) => step.symbols_per_second),
        xperiod: width(by), xperiodalignment: "middle", line: { color: colour("accent") } }],
      layout: { xaxis: over(steps, by), yaxis: { title: { text: "symbols a second" }, rangemode: "tozero" } },
    }),
  };
}

function durations({ durations: spans, seconds }) {
  const names = spans.map((span) => milliseconds(span.up_to));
  const within = seconds.all ? `Half within ${milliseconds(seconds.all.p50)}, 95 % within ${milliseconds(seconds.all.p95)}.` : "";
  return {
    title: "How long completed scans took", note: within, heads: ["Up to", "Scans"],
    rows: spans.map((span, nth) => [names[nth], whole(span.scans)]),
    draw: () => ({
      data: [{ type: "bar", x: names, y: spans.map((span) => span.scans), marker: { color: colour("accent") } }],
      layout: { xaxis: { type: "category", title: { text: "up to" } }, yaxis: { title: { text: "scans" } }, bargap: 0.05 },
    }),
  };
}

function stages({ stage_seconds: seconds }) {
  const found = Object.entries(seconds).map(([name, { p50, p95 }]) => [name === "queued" ? "Waiting" : stageName(name), p50, p95]);
  const bars = (name, at, tone) => ({ type: "bar", orientation: "h", name, y: found.map(([stage]) => stage),
    x: found.map((row) => row[at]), marker: { color: colour(tone) } });
  return {
    title: "Where their time went", heads: ["Stage", "Half within", "95 % within"],
    rows: found.map(([stage, p50, p95]) => [stage, milliseconds(p50), milliseconds(p95)]),
    draw: () => ({
      data: [bars("half within", 1, "accent"), bars("95 % within", 2, "focus")],
      layout: { barmode: "group", showlegend: true, xaxis: { title: { text: "seconds" } }, yaxis: { autorange: "reversed" } },
    }),
  };
}

const CACHE = [["hits", "from the cache", "accent"], ["shared", "shared with another scan", "focus"], ["misses", "computed", "warn"]];

function caching({ throughput }, by) {
  const steps = throughput.filter(({ cache }) => units(cache) > 0);
  const share = (step, name) => (100 * step.cache[name]) / units(step.cache);
  return {
    title: "Where units of work came from", heads: [stepHead(by), ...CACHE.map(([, words]) => words)],
    rows: steps.map((step) => [time(step.at), ...CACHE.map(([name]) => `${whole(step.cache[name])} (${percent(share(step, name))})`)]),
    draw: () => ({
      data: CACHE.map(([name, words, tone]) => ({
        type: "bar", name: words, x: moments(steps), y: steps.map((step) => share(step, name)), ...across(by),
        marker: { color: colour(tone) },
      })),
      layout: { barmode: "stack", showlegend: true, xaxis: over(steps, by), yaxis: { title: { text: "percent" }, range: [0, 100] } },
    }),
  };
}

const units = ({ hits, misses, shared }) => hits + misses + shared;

function presets({ presets: uses }) {
  const named = uses.map((use) => [(use.preset ?? NO_PRESET).replaceAll("_", " "), use.scans, use.matches]);
  return {
    title: "Presets by use", heads: ["Preset", "Scans", "Matches"], rows: figured(named), bars: named.length,
    draw: () => ranks(named, "scans", "accent"),
  };
}

function counts(title, head, unit, found, row) {
  const rows = found.map(row);
  return { title, heads: [head, unit, "Scans"], rows: figured(rows), bars: rows.length, draw: () => ranks(rows, unit.toLowerCase(), "warn") };
}

function failing({ symbols }) {
  const rows = symbols.map(({ symbol, scans, code }) => [symbol, scans, code.replaceAll("_", " ")]);
  return {
    title: "Symbols that fail most", heads: ["Symbol", "Scans", "Mostly of"], rows: figured(rows), bars: rows.length,
    draw: () => ranks(rows, "scans", "down"),
  };
}

const figured = (rows) => rows.map((row) => row.map((value) => (typeof value === "number" ? whole(value) : value)));

// The first of a row as a name, the second as a bar. Names may begin alike: bars stand at their places.
function ranks(rows, unit, tone) {
  const places = rows.map((_, nth) => nth);
  return {
    data: [{ type: "bar", orientation: "h", x: rows.map((row) => row[1]), y: places, marker: { color: colour(tone) },
      hovertext: rows.map(([name]) => plainly(name)), hovertemplate: "%{hovertext}: %{x}<extra></extra>" }],
    layout: {
      xaxis: { title: { text: unit }, rangemode: "tozero" },
      yaxis: { range: [rows.length - 0.5, -0.5], tickmode: "array", tickvals: places, ticktext: rows.map(([name]) => plainly(cut(name))) },
    },
  };
}

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
