// A symbol: its chart, its votes, why it has its rating, and its trade plan.

import { direction, signalChip, signed, symbolHref } from "../cells.js";
import { fields } from "../columns.js";
import { el, say } from "../dom.js";
import { holdingFocus } from "../focus.js";
import { two } from "../format.js";
import { dayEntry, numberEntry } from "../forms/entries.js";
import { remember } from "../memory.js";
import { href } from "../router.js";
import { askedFor, report } from "../symbol/asking.js";
import { CandleChart } from "../symbol/candles.js";
import { figureLists } from "../symbol/figures.js";
import { finder } from "../symbol/finder.js";
import { gauge } from "../symbol/gauge.js";
import { PlanPanel } from "../symbol/plan.js";
import { verdict } from "../symbol/verdict.js";
import { countWords, GROUPS, voteTables } from "../symbol/votes.js";

/** The page of a symbol, `#/symbol/AAPL?as_of=…&lookback_bars=…&scan=…`; without one the page that finds one. */
export function symbol(room, { rest, query }) {
  const [wanted] = rest;
  const find = finder((found) => {
    location.hash = symbolHref(found, Object.fromEntries([...query].filter(([name]) => name !== "scan")));
  });
  if (!wanted) {
    room.append(
      el(
        "section.panel.empty-state",
        {},
        el("h1", {}, "Symbol"),
        el("p", {}, "Find one by its beginning or by a part of its name."),
        find.element,
      ),
    );
    find.element.querySelector("input").focus();
    return () => find.close();
  }
  const page = new SymbolPage(room, wanted, query, find);
  return () => page.close();
}

class SymbolPage {
  #room;
  #symbol;
  #query;
  #asked = {};
  #leaving = new AbortController();
  #find;
  #chart = new CandleChart();
  #plan = new PlanPanel((stakes) => this.#stake(stakes));
  #parts = {
    head: el("div.symbol-head"),
    state: el("p.faint", { role: "status" }),
    body: el("div.symbol-body", { hidden: true }),
    gauges: el("section.panel.gauges", { "aria-label": "Votes as gauges" }),
    why: el("section.panel", { "aria-label": "Why this rating" }),
    votes: el("section.vote-tables", { "aria-label": "Votes" }),
    figures: el("section.panel.symbol-figures", { "aria-label": "Figures" }),
    warnings: el("ul.plain.warnings"),
  };
  #bars = [
    dayEntry({ name: "as_of", label: "As of" }),
    numberEntry({ name: "lookback_bars", label: "Look back", usual: "600" }),
  ];

  constructor(room, wanted, query, find) {
    [this.#room, this.#symbol, this.#query, this.#find] = [room, wanted, query, find];
    const { head, state, body, gauges, why, votes, figures, warnings } = this.#parts;
    head.append(el("h1", {}, wanted));
    body.append(this.#chart.element, el("div.symbol-side", {}, gauges, this.#plan.element, why, figures), votes);
    room.append(
      el(
        "section.panel.symbol-top",
        { "aria-label": "Symbol" },
        head,
        el("div.symbol-tools", {}, this.#barsForm(), find.element),
      ),
      state,
      warnings,
      body,
    );
    this.#begin();
  }

  close() {
    this.#leaving.abort();
    this.#chart.close();
    this.#find.close();
  }

  #barsForm() {
    const form = el(
      "form.bars-form",
      {
        "aria-label": "Which bars",
        onsubmit: (event) => event.preventDefault(),
        onchange: () => {
          for (const { name, value } of this.#bars) {
            if (value() === undefined) this.#query.delete(name);
            else this.#query.set(name, value());
          }
          location.hash = symbolHref(this.#symbol, Object.fromEntries(this.#query));
        },
      },
      this.#bars.map((entry) => entry.element),
    );
    return form;
  }

  async #begin() {
    say(this.#parts.state, `Looking at ${this.#symbol} …`);
    try {
      this.#asked = await askedFor(this.#query, this.#leaving);
      for (const { name, set } of this.#bars) set(this.#asked[name]);
      this.#plan.stakes = this.#asked;
      const [found, known] = await Promise.all([report(this.#symbol, this.#asked, this.#leaving), fields()]);
      if (!this.#leaving.signal.aborted) this.#show(found, known);
    } catch (problem) {
      if (!this.#leaving.signal.aborted) this.#refused(problem);
    }
  }

  async #stake(stakes) {
    try {
      const found = await report(
        this.#symbol,
        {
          ...this.#asked,
          ...Object.fromEntries(Object.keys(this.#plan.stakes).map((name) => [name, undefined])),
          ...stakes,
        },
        this.#leaving,
      );
      if (!this.#query.has("scan")) remember("stakes", stakes);
      this.#plan.show(found);
      this.#chart.show(found);
    } catch (problem) {
      if (!this.#leaving.signal.aborted) this.#plan.refuse(problem);
    }
  }

  #show(found, known) {
    const { gauges, why, votes, figures, warnings, state, body } = this.#parts;
    say(state, "");
    body.hidden = false;
    this.#head(found);
    gauges.replaceChildren(
      el("h2", {}, "Rating"),
      gauge("All", found.ratings.all),
      ...Object.entries(GROUPS).map(([group, title]) =>
        gauge(title, found.ratings[group], countWords(found.votes.filter((vote) => vote.group === group))),
      ),
    );
    why.replaceChildren(el("h2", {}, "Why this rating"), verdict(found));
    votes.replaceChildren(...voteTables(found.votes));
    figures.replaceChildren(el("h2", {}, "Figures"), figureLists(found.row, known));
    warnings.replaceChildren(...found.warnings.map((warning) => el("li.hint", {}, warning)));
    this.#plan.show(found);
    this.#chart.show(found);
  }

  #head({ symbol: name, name: company, sector, industry, as_of: day, row, signal }) {
    const scan = this.#query.get("scan");
    const { head } = this.#parts;
    const now = [
      el(
        "div.who",
        {},
        el("h1", { tabindex: -1 }, name),
        el("p", {}, [company, [sector, industry].filter(Boolean).join(" · ")].filter(Boolean).join(" — ")),
      ),
      el(
        "p.quote",
        {},
        el("span.close", {}, two(row.close)),
        el(`span.${direction(row.change_pct) || "level"}`, {}, `${signed(row.change_pct)} %`),
        signalChip(signal),
        el("span.faint", {}, day),
        scan === null ? null : el("a", { href: href("scan", scan) }, "To its scan"),
      ),
    ];
    holdingFocus(
      head,
      () => head.replaceChildren(...now),
      () => head.querySelector("h1"),
    );
  }

  #refused(problem) {
    const { state, body } = this.#parts;
    body.hidden = true;
    state.classList.add("trouble");
    const nearest = problem.metadata?.nearest ?? [];
    state.replaceChildren(
      problem.code === "unknown_symbol" ? `No symbol “${this.#symbol}” is known here. ` : `${problem.message} `,
      ...(nearest.length > 0
        ? [
            "Did you mean ",
            ...nearest.flatMap((name, at) => [
              at > 0 ? ", " : "",
              el("a", { href: symbolHref(name, Object.fromEntries(this.#query)) }, name),
            ]),
            "?",
          ]
        : [
            problem.errors
              ?.map((fault) => `${fault.pointer.slice(1).replaceAll("_", " ")} ${fault.detail}`)
              .join(" ") ||
              problem.suggestion ||
              "",
          ]),
    );
  }
}
