// The chart of a symbol, with what steers it: how far back, and which averages.

import { Chart } from "../charts.js";
import { el } from "../dom.js";
import { freshId } from "../forms/entries.js";
import { averageColour, candleFigure } from "./candle_figure.js";
import { averageName, AVERAGES } from "./averages.js";

const RANGES = { "3M": 63, "6M": 126, "1Y": 252, All: Infinity };
const KEY = "technic.averages";

/** The chart: put `element` into the page, call `show` with each report, and `close` when it leaves. */
export class CandleChart {
  element;
  #chart = new Chart("Candles, averages, volume and trade plan", () => candleFigure(this.#report, { bars: RANGES[this.#range], averages: this.#averages }));
  #report = null;
  #range = "1Y";
  #averages = remembered();
  #about = el("p.hint");

  constructor() {
    this.element = el("section.panel.candles", { "aria-label": "Chart" },
      el("div.chart-tools", {}, this.#ranges(), this.#choices()), this.#chart.element, this.#about);
  }

  /** Draw a report. */
  async show(report) {
    this.#report = report;
    const { bars, symbol, row } = report;
    this.#about.textContent = `${bars.length} daily bars from ${bars[0].date} to ${bars.at(-1).date}; the rating looks at the last ${row.bars}.`;
    this.#chart.element.setAttribute("aria-label", `${symbol}: candles from ${bars[0].date} to ${bars.at(-1).date}, last close ${bars.at(-1).close}`);
    await this.#chart.draw();
    this.#chart.element.dataset.drawn = symbol;
  }

  /** Leave the page. */
  close() {
    this.#chart.close();
  }

  #ranges() {
    const group = freshId("range");
    const choice = (name) => el("label", {}, el("input", { type: "radio", name: group, checked: name === this.#range, onchange: () => {
      this.#range = name;
      this.#chart.draw();
    } }), el("span", {}, name));
    return el("fieldset.segments", {}, el("legend.unseen", {}, "How far back"), Object.keys(RANGES).map(choice));
  }

  #choices() {
    const choice = (name) => {
      const box = el("input", { type: "checkbox", checked: this.#averages.has(name), onchange: () => {
        if (box.checked) this.#averages.add(name);
        else this.#averages.delete(name);
        remember(this.#averages);
        this.#chart.draw();
      } });
      return el("label", {}, box, el("span.swatch", { "aria-hidden": "true", dataset: { colour: averageColour(name), kind: name.slice(0, 3) } }), averageName(name));
    };
    return el("fieldset.averages", {}, el("legend.unseen", {}, "Averages"), AVERAGES.map(choice));
  }
}

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (Array.isArray(kept)) return new Set(AVERAGES.filter((name) => kept.includes(name)));
  } catch {
    // a browser may keep nothing
  }
  return new Set(["sma20", "sma50", "sma200"]);
}

function remember(names) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...names]));
  } catch {
    // then it holds for as long as the page
  }
}
