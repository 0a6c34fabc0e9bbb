// Figures over ended scans, plotted; each plot has a table that says the same.

import { boxed } from "../account.js";
import { get } from "../api.js";
import { Chart } from "../charts.js";
import { el, keep, say } from "../dom.js";
import { holdingFocus } from "../focus.js";
import { whole } from "../format.js";
import { plotsOf } from "./plots.js";
import { ofFigures } from "./query.js";

const BY = [["", "Automatic"], ["hour", "Hour"], ["day", "Day"], ["week", "Week"]];
const FEW = 3;
const [BELOW_REM, BAR_REM] = [5, 1.75];

/** All plots, and what says how fine those over time are. */
export class Figures {
  element;
  #by;
  #plots = el("div.plots");
  #summary = el("p");
  #nothing;
  #cards = new Map();
  #asking = new AbortController();

  /** @param {{by: function(string): void, nothing: Node}} how - Told another step; what stands where no scan has ended. */
  constructor({ by, nothing }) {
    this.#nothing = nothing;
    this.#by = el("select", { id: "by-step", onchange: () => by(this.#by.value) }, BY.map(([value, words]) => el("option", { value }, words)));
    this.element = el("section.figures", { "aria-label": "Figures over ended scans" },
      el("div.tools", {}, this.#summary, el("div.field.step", {}, el("label", { for: "by-step" }, "Step"), this.#by)), this.#nothing, this.#plots);
  }

  /** Fetch and show what the query asks for. Throws Problem; AbortError where another call came meanwhile. */
  async show(asked) {
    this.#by.value = asked.by;
    this.#asking.abort();
    this.#asking = new AbortController();
    const [stats, by] = await fetched(asked, this.#asking.signal);
    say(this.#summary, summary(stats));
    this.#nothing.hidden = stats.scans > 0;
    this.#draw(plotsOf(stats, by));
  }

  /** Leave the page. */
  close() {
    this.#asking.abort();
    for (const card of this.#cards.values()) card.chart.close();
  }

  #draw(plots) {
    keep(this.#plots, plots, {
      key: (plot) => plot.title, make: (plot) => this.#card(plot), update: (element, plot) => this.#cards.get(plot.title).show(plot),
    });
    for (const [title, card] of this.#cards) {
      if (plots.some((plot) => plot.title === title)) continue;
      card.chart.close();
      this.#cards.delete(title);
    }
  }

  #card(plot) {
    const card = { plot, show: null, chart: new Chart(plot.title, () => still(card.plot.draw())) };
    const [note, table] = [el("p.faint"), el("div")];
    card.show = (now) => {
      card.plot = now;
      say(note, now.note ?? "");
      card.chart.element.style.height = now.bars ? `${BELOW_REM + BAR_REM * now.bars}rem` : "";
      const box = boxed(`${now.title}, as a table`, tableOf(now));
      holdingFocus(table, () => table.replaceChildren(box), () => box);
      card.chart.draw();
    };
    this.#cards.set(plot.title, card);
    return el("section.panel.plot", {}, el("h2", {}, plot.title), note, card.chart.element,
      el("details.fold", {}, el("summary", {}, "As a table", el("span.unseen", {}, `: ${plot.title}`)), table));
  }
}

// These plots are read, not steered: a drag would only lead astray.
const still = ({ data, layout }) => ({ data, layout: { ...layout, dragmode: false }, config: { displayModeBar: false } });

// A server that has been up for an hour has one day: then hours say more.
async function fetched(asked, signal) {
  const first = asked.by || "day";
  const stats = await get("scan/stats", ofFigures(asked, first), { signal });
  if (asked.by !== "" || stats.throughput.length >= FEW) return [stats, first];
  return [await get("scan/stats", ofFigures(asked, "hour"), { signal }), "hour"];
}

function summary({ scans, by_status: by }) {
  const how = Object.entries(by).map(([status, count]) => `${whole(count)} ${status}`).join(", ");
  return scans === 0 ? "" : `${whole(scans)} ${scans === 1 ? "scan has" : "scans have"} ended: ${how}.`;
}

function tableOf({ title, heads, rows }) {
  return el("table.listing", {}, el("caption.unseen", {}, title),
    el("thead", {}, el("tr", {}, heads.map((head, nth) => el(nth > 0 ? "th.figure" : "th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), rest.map((cell) => el("td.figure", {}, cell))))));
}
