// The 26 votes: what each looked at, how it voted, and the rule that it went by.

import { boxed } from "../account.js";
import { el } from "../dom.js";
import { two } from "../format.js";

const WORDS = { 1: "buy", 0: "neutral", "-1": "sell" };
const SIGNS = { 1: "▲", 0: "■", "-1": "▼" };
/** The groups of votes as people call them. */
export const GROUPS = { moving_averages: "Moving averages", oscillators: "Oscillators" };

/** How many of some votes are buy, neutral, sell and missing. */
export function counted(votes) {
  const count = (wanted) => votes.filter(({ vote }) => vote === wanted).length;
  return { buy: count(1), neutral: count(0), sell: count(-1), missing: count(null) };
}

/** The counts in words. */
export function countWords(votes) {
  const { buy, neutral, sell, missing } = counted(votes);
  return `${sell} sell, ${neutral} neutral, ${buy} buy${missing > 0 ? `, ${missing} missing` : ""}`;
}

/** A table of the votes of each group. */
export function voteTables(votes) {
  return Object.entries(GROUPS).map(([group, title]) =>
    table(
      title,
      votes.filter((vote) => vote.group === group),
    ),
  );
}

function table(title, votes) {
  const head = el(
    "tr",
    {},
    [["Indicator"], ["Value", "figure"], ["Vote"], ["Why: the rule"]].map(([words, kind]) =>
      el(kind ? `th.${kind}` : "th", { scope: "col" }, words),
    ),
  );
  return boxed(
    title,
    el(
      "table.listing.votes",
      {},
      el("caption", {}, title, " ", el("span.faint", {}, countWords(votes))),
      el("thead", {}, head),
      el("tbody", {}, votes.map(row)),
    ),
  );
}

function row({ name, label, values, vote, rule }) {
  return el(
    "tr",
    { dataset: { vote: vote ?? "missing", name } },
    el("th", { scope: "row" }, label),
    el("td.figure", {}, figures(values)),
    el("td", {}, chip(vote)),
    el("td.rule", {}, vote === null ? "Too few bars, or no volume: it does not vote." : rule),
  );
}

function chip(vote) {
  if (vote === null) return el("span.faint", {}, "no vote");
  return el("span.vote", { dataset: { vote } }, el("span", { "aria-hidden": "true" }, `${SIGNS[vote]} `), WORDS[vote]);
}

function figures(values) {
  const entries = Object.entries(values);
  if (entries.length === 1) return two(entries[0][1]);
  return entries.map(([name, value]) => el("div", {}, el("span.faint", {}, `${shortName(name)} `), two(value)));
}

const shortName = (name) =>
  ({ plus_di: "+DI", minus_di: "-DI", tenkan: "conversion", kijun: "base", span_a: "span A", span_b: "span B" })[
    name
  ] ??
  name
    .replace(/^stoch_(rsi_)?([kd])$/, (_, rsi, letter) => `%${letter.toUpperCase()}`)
    .replace("macd_signal", "signal")
    .replace(/_power$/, "")
    .replace("adx", "ADX")
    .replace("macd", "MACD");
