// The trade plan in words and figures, and for which account it is made.

import { signalWords, signed } from "../cells.js";
import { el } from "../dom.js";
import { two, whole } from "../format.js";
import { flagEntry, numberEntry } from "../forms/entries.js";
import { Faults } from "../forms/faults.js";

/** The figures of a ScanRequest that a trade plan is made for. */
export const STAKES = ["account_size", "risk_pct", "target_rr", "allow_shorts"];

const FOR_WHOM = "Plans are made for Buy and Strong buy, and with short trades for Sell and Strong sell.";
const TICK = "Tick them below to plan one.";
const USUAL = { account_size: 10_000, risk_pct: 1, target_rr: 2, allow_shorts: false };

/** The plan's panel; `changed` is called with the figures when somebody has changed them. */
export class PlanPanel {
  element;
  #words = el("div.plan");
  #faults = new Faults();
  #entries = [
    numberEntry({ name: "account_size", label: "Account", unit: "$", usual: "10000" }),
    numberEntry({ name: "risk_pct", label: "Risk", unit: "%", usual: "1" }),
    numberEntry({ name: "target_rr", label: "Reward/risk", usual: "2" }),
    flagEntry({ name: "allow_shorts", label: "Short trades too" }),
  ];

  constructor(changed) {
    this.element = el(
      "section.panel",
      { "aria-label": "Trade plan" },
      el("h2", {}, "Trade plan"),
      this.#words,
      el(
        "div.form.stakes",
        { onchange: () => changed(this.stakes) },
        this.#entries.map((entry) => entry.element),
      ),
      this.#faults.element,
    );
  }

  /** What was put at stake, as a request has it; what was not said is left out. */
  get stakes() {
    return Object.fromEntries(
      this.#entries.map(({ name, value }) => [name, value()]).filter(([, value]) => value !== undefined),
    );
  }

  /** Put in what is at stake. */
  set stakes(given) {
    for (const { name, set } of this.#entries) set(given[name]);
  }

  /** Show the plan of a report. */
  show(report) {
    this.#faults.clear();
    this.#words.replaceChildren(
      ...(report.row.entry === null
        ? [el("p", {}, noPlan(report, this.stakes))]
        : plan(report.row, { ...USUAL, ...this.stakes })),
    );
  }

  /** Show what the server does not accept of the figures. */
  refuse(problem) {
    this.#faults.show(problem, new Map(this.#entries.map(({ name, control }) => [`/${name}`, control])), this.stakes);
  }
}

function noPlan({ signal, row }, { allow_shorts: shorts }) {
  const falling = signal === "SELL" || signal === "STRONG_SELL";
  if (signal === null || signal === "NEUTRAL")
    return `No trade: the rating is ${signalWords(signal)}. ${FOR_WHOM}`;
  if (falling && !shorts)
    return `No trade: the rating is ${signalWords(signal)}, and short trades are left out. ${TICK}`;
  if (!(row.atr > 0)) return "No trade: the price does not move, so there is no distance for a stop.";
  return "No trade: a price of it would not be positive, or a figure would be absurd.";
}

function plan(row, stakes) {
  const side = row.entry > row.stop ? 1 : -1;
  const risk = side * (row.entry - row.stop);
  const shares = row.position_size ?? 0;
  const away = (price) => el("span.faint", {}, `${signed(100 * (price / row.close - 1))} %`);
  const line = (words, value, note, name = "") =>
    el("div", { dataset: { line: name } }, el("dt", {}, words), el("dd.figure", {}, value), el("dd.figure", {}, note));
  return [
    el(
      "p.deal",
      {},
      el(
        "strong",
        {},
        side > 0 ? "Buy " : "Sell short ",
        shares > 0 ? `${whole(shares)} ${shares === 1 ? "share" : "shares"}` : "no share",
      ),
      shares > 0
        ? ` for $${two(shares * row.entry)}; at stake $${two(shares * risk)}.`
        : `: $${two((stakes.account_size * stakes.risk_pct) / 100)} at stake do not pay for one.`,
    ),
    el(
      "dl.plan-lines",
      {},
      line("Target", two(row.target), away(row.target), "target"),
      line("Entry", two(row.entry), away(row.entry), "entry"),
      line("Stop", two(row.stop), away(row.stop), "stop"),
      line("Risk a share", `$${two(risk)}`, ""),
      line("Reward/risk now", two(row.reward_risk), ""),
    ),
    el(
      "p.hint",
      {},
      "Distances are from the close. Entry is a tenth of an ATR beyond it; the stop is beyond the 10-bar extreme and ",
      "1.5 ATR, at most 3 ATR away. Size is bound by the risk, the account and 5 % of a day's dollar volume.",
    ),
  ];
}
