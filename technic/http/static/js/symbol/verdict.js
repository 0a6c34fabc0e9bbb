// Why a symbol has its rating: from the votes to the exact fraction, and from that to the label.

import { signalChip, signed } from "../cells.js";
import { el } from "../dom.js";
import { counted, GROUPS } from "./votes.js";

const BOUNDS = {
  STRONG_SELL: "below -1/2",
  SELL: "from -1/2 on, below -1/10",
  NEUTRAL: "from -1/10 up to 1/10",
  BUY: "above 1/10, up to 1/2",
  STRONG_BUY: "above 1/2",
};

/** The reckoning, line by line. @param {Object} report - Of GET /symbols. */
export function verdict(report) {
  const { votes, ratings, signal, tech_rating: rating } = report;
  const means = Object.keys(GROUPS).map((group) =>
    mean(
      GROUPS[group],
      votes.filter((vote) => vote.group === group),
      ratings[group],
    ),
  );
  if (ratings.all.fraction === null) return el("p", {}, "No indicator votes: there are too few bars.");
  const both = Object.keys(GROUPS).every((group) => ratings[group].fraction !== null);
  return el(
    "ol.reckoning",
    {},
    means,
    el(
      "li",
      {},
      el("span", {}, both ? "Rating: the mean of both" : "Rating: that of the one group that votes"),
      result(ratings.all.fraction, rating),
    ),
    el("li", {}, el("span", {}, signalChip(signal), ` is ${BOUNDS[signal]}`)),
  );
}

function mean(title, votes, { fraction, value }) {
  const { buy, sell, missing } = counted(votes);
  if (fraction === null) return el("li", {}, el("span", {}, `${title}: none of ${votes.length} votes`));
  const present = votes.length - missing;
  return el(
    "li",
    {},
    el("span", {}, `${title}: (${buy} buy - ${sell} sell) / ${present} votes`),
    result(fraction, value),
  );
}

function result(fraction, value) {
  return el("span.figure", {}, el("span.fraction", {}, fraction), ` = ${signed(value)}`);
}
