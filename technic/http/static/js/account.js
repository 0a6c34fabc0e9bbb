// What a scan's result says beside its rows: failures, warnings, and where its time went.

import { symbolHref } from "./cells.js";
import { el } from "./dom.js";
import { duration, whole } from "./format.js";
import { stageName } from "./stages.js";

const SHOWN_FAILURES = 200;

/** Failures by symbol and warnings, as a fold-out; null where there are none. */
export function troubles(result) {
  const { failures = [], warnings = [] } = result;
  if (failures.length + warnings.length === 0) return null;
  return el("details.fold.panel", {},
    el("summary", {}, `${counted(failures.length, "failure")}, ${counted(warnings.length, "warning")}`),
    warnings.length > 0 ? el("ul.plain", {}, warnings.map((warning) => el("li", {}, warning))) : null,
    failures.length > 0 ? failureTable(failures) : null);
}

const counted = (count, word) => `${whole(count)} ${word}${count === 1 ? "" : "s"}`;

function failureTable(failures) {
  const rows = failures.slice(0, SHOWN_FAILURES).map((failure) => el("tr", {},
    el("th", { scope: "row" }, (failure.affected_symbols ?? []).map((symbol) => [el("a", { href: symbolHref(symbol) }, symbol), " "])),
    el("td", {}, failure.title ?? failure.code), el("td", {}, failure.detail ?? failure.message),
    el("td", {}, failure.suggestion)));
  const more = failures.length - rows.length;
  return [boxed("Failures", el("table.listing", {}, head("Symbol", "Problem", "Detail", "What to do"), el("tbody", {}, rows))),
    more > 0 ? el("p.faint", {}, `And ${whole(more)} more: the JSON has them all.`) : null];
}

/** Where the time went and what came from the cache, as a fold-out. */
export function figures(result) {
  const metrics = result.performance_metrics;
  if (!metrics) return null;
  const { cache = {}, stage_timings: stages = {}, scan_stats: stats = {} } = metrics;
  return el("details.fold.panel", {}, el("summary", {}, "Performance"), el("div.columns", {},
    boxed("Where the time went", pairs("Where the time went", [
      ["Waiting", duration(metrics.queue_seconds)],
      ...Object.entries(stages).map(([name, seconds]) => [stageName(name), milliseconds(seconds)]),
      ["All", milliseconds(metrics.total_seconds)],
    ])),
    boxed("Symbols", pairs("Symbols", [
      ["Asked for", whole(metrics.symbols_requested)], ["Scanned", whole(metrics.symbols_scanned)],
      ["Kept by the filters", whole(stats.kept)], ["Returned", whole(metrics.symbols_returned)],
      ["Failed", whole(metrics.symbols_failed)], ["A second", whole(metrics.symbols_per_second)],
    ])),
    boxed("Units of work", pairs("Units of work", [
      ["Units", whole(metrics.units)], ["From the cache", whole(cache.hits)], ["Computed", whole(cache.misses)],
      ["Shared with another scan", whole(cache.shared)], ["Tried again", whole(metrics.retries)],
      ["Workers", whole(metrics.workers)],
    ]))), rejections(stats.rejected ?? {}));
}

/** 86 ms, or whole seconds from ten on. */
export function milliseconds(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds >= 10) return duration(seconds);
  return seconds < 1 ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
}

/** Which conditions kept rows out, most first; null where none did. */
export function rejections(rejected) {
  const pairsOf = Object.entries(rejected).sort((left, right) => right[1] - left[1]);
  if (pairsOf.length === 0) return null;
  return el("div", {}, el("h3", {}, "Kept out by"),
    boxed("Kept out by", pairs("Kept out by", pairsOf.map(([reason, count]) => [reason, whole(count)]))));
}

function pairs(caption, rows) {
  return el("table.listing.pairs", {}, el("caption", {}, caption), el("tbody", {},
    rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td.figure", {}, value)))));
}

function head(...names) {
  return el("thead", {}, el("tr", {}, names.map((name) => el("th", { scope: "col" }, name))));
}

/** A table in a box of its own that scrolls, so that the page never does sideways. */
export function boxed(label, table) {
  return el("div.scroller", { tabindex: 0, role: "region", "aria-label": label }, table);
}
