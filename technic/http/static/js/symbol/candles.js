// The chart of a symbol, with what steers it: how far back, and which averages.

import { Chart } from "../charts.js";
import { el } from "../dom.js";
import { freshId } from "../forms/entries.js";
import { recalled, remember } from "../memory.js";
import { averageColour, candleFigure, spanOf } from "./candle_figure.js";
import { averageName, AVERAGES } from "./averages.js";

const USUAL = ["sma20", "sma50", "sma200"];
const RANGES = { "3M": 63, "6M": 126, "1Y": 252, All: Infinity };

/** The chart: put `element` into the page, call `show` with each report, and `close` when it leaves. */
export class CandleChart {
  element;
  #chart = new Chart("Candles, averages, volume and trade plan", () =>
    candleFigure(this.#report, {
      span: this.#span ?? spanOf(this.#report, RANGES[this.#range]),
      averages: this.#averages,
    }),
  );
  #report = null;
  #span = null; // where somebody has pulled the chart to; null for the chosen range
  #range = "1Y";
  #averages = chosenAverages();
  #about = el("p.hint");

  constructor() {
    this.element = el(
      "section.panel.candles",
      { "aria-label": "Chart" },
      el("div.chart-tools", {}, this.#ranges(), this.#choices()),
      this.#chart.element,
      this.#about,
    );
  }

  /** Draw a report. */
  async show(report) {
    this.#report = report;
    const { bars, symbol, row } = report;
    const reach = `from ${bars[0].date} to ${bars.at(-1).date}`;
    this.#about.textContent = `${bars.length} daily bars ${reach}; the rating looks at the last ${row.bars}.`;
    this.#chart.element.setAttribute(
      "aria-label",
      `${symbol}: candles from ${bars[0].date} to ${bars.at(-1).date}, last close ${bars.at(-1).close}`,
    );
    await this.#chart.draw();
    this.#follow();
    this.#chart.element.dataset.drawn = symbol;
  }

  /** Leave the page. */
  close() {
    this.#chart.close();
  }

  // What is in sight fills the height, wherever somebody pulls the chart to; a double click puts it back.
  #follow() {
    const plot = this.#chart.element.querySelector(".js-plotly-plot");
    if (plot === null || plot.dataset.followed) return;
    plot.dataset.followed = "yes";
    let back = false; // plotly itself would go back to the range that was drawn first, not to the chosen one
    plot.on("plotly_doubleclick", () => {
      back = true;
    });
    plot.on("plotly_relayout", (change) => {
      const ends = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (ends[0] === undefined && !change["xaxis.autorange"]) return;
      this.#span = back || ends[0] === undefined ? null : ends.map(moment);
      back = false;
      this.#chart.draw();
    });
  }

  #ranges() {
    const group = freshId("range");
    const choice = (name) =>
      el(
        "label",
        {},
        el("input", {
          type: "radio",
          name: group,
          checked: name === this.#range,
          onchange: () => {
            [this.#range, this.#span] = [name, null];
            this.#chart.draw();
          },
        }),
        el("span", {}, name),
      );
    return el("fieldset.segments", {}, el("legend.unseen", {}, "How far back"), Object.keys(RANGES).map(choice));
  }

  #choices() {
    const choice = (name) => {
      const box = el("input", {
        type: "checkbox",
        checked: this.#averages.has(name),
        onchange: () => {
          if (box.checked) this.#averages.add(name);
          else this.#averages.delete(name);
          remember("averages", [...this.#averages]);
          this.#chart.draw();
        },
      });
      return el(
        "label",
        {},
        box,
        el("span.swatch", { "aria-hidden": "true", dataset: { colour: averageColour(name), kind: name.slice(0, 3) } }),
        averageName(name),
      );
    };
    return el("fieldset.averages", {}, el("legend.unseen", {}, "Averages"), AVERAGES.map(choice));
  }
}

/** What plotly says of a moment, which is text of no zone or a number. */
const moment = (said) =>
  typeof said === "number" ? said : Date.parse(`${said.replace(" ", "T")}${said.includes(" ") ? "Z" : ""}`);

/** Those that were chosen last. */
function chosenAverages() {
  const kept = recalled("averages");
  return new Set(Array.isArray(kept) ? AVERAGES.filter((name) => kept.includes(name)) : USUAL);
}
