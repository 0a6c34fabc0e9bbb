// Charts by plotly.js, which is loaded when the first one is drawn.

import { el } from "./dom.js";
import { colour } from "./theme.js";

let loading = null;

/** plotly.js, loaded once a page. Rejects where it cannot be had; whoever asks again tries again. */
export function plotly() {
  loading ??= import("../vendor/plotly.min.js").then(() => window.Plotly).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

const QUIET = {
  displaylogo: false, // its logo would be HTML from text, which the page's policy refuses; so would be toImage
  modeBarButtonsToRemove: ["toImage", "sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
  plotlyServerURL: "", // and nothing is ever sent there
};

/**
 * A layout in the colours of the page as it looks now, with what the chart says put over it, two levels deep.
 *
 * @param {Object} own - As plotly has it; every `xaxis…` and `yaxis…` gets the colours of an axis.
 */
export function themed(own = {}) {
  const [text, faint, line, surface] = ["text", "faint", "line", "surface"].map(colour);
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, tickfont: { color: faint }, automargin: true };
  const base = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    margin: { l: 48, r: 16, t: 16, b: 40 }, showlegend: false,
    font: { color: text, size: 12, family: getComputedStyle(document.body).fontFamily },
    colorway: ["accent", "focus", "warn", "up", "down"].map(colour),
    hoverlabel: { bgcolor: surface, bordercolor: line, font: { color: text } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: text } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: faint, activecolor: text },
    xaxis: {}, yaxis: {},
  };
  const layout = { ...base, ...own };
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...axis, ...layout[name] };
    else if (isPlain(base[name]) && isPlain(own[name])) layout[name] = { ...base[name], ...own[name] };
  }
  return layout;
}

const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/**
 * A chart in the page: as wide as its box, redrawn when the theme changes.
 *
 * Put `element` into the page, call `draw` whenever what it shows has changed, and `close` when it leaves.
 */
export class Chart {
  /** What goes into the page; its height is the style sheet's (`.chart`). */
  element;
  #make;
  #room = el("div.chart-room");
  #fault = el("p.trouble", { hidden: true }, "The chart cannot be drawn: plotly.js did not load. Reload the page.");
  #closed = false;
  #asked = false;
  #restyle = () => {
    if (this.#asked) this.draw(); // before, there may be nothing to draw
  };
  #watch = new ResizeObserver(() => this.#fit());

  /**
   * @param {string} label - What it shows, for those who do not see it.
   * @param {function(): {data: Object[], layout: Object, config?: Object}} make - Called for each drawing, so that
   *   `colour()` in it is that of the theme; its layout goes through `themed`, its config over our own.
   */
  constructor(label, make) {
    this.#make = make;
    this.element = el("figure.chart", { "aria-label": label, role: "figure" }, this.#room, this.#fault);
    document.addEventListener("themechange", this.#restyle);
    this.#watch.observe(this.element);
  }

  /** Draw it as it is now. */
  async draw() {
    this.#asked = true;
    const plots = await plotly().catch(() => null);
    this.#fault.hidden = plots !== null;
    if (plots === null || this.#closed) return;
    const { data, layout, config = {} } = this.#make();
    await plots.react(this.#room, data, themed(layout), { ...QUIET, ...config });
  }

  /** Leave the page. */
  close() {
    this.#closed = true;
    document.removeEventListener("themechange", this.#restyle);
    this.#watch.disconnect();
    window.Plotly?.purge(this.#room);
  }

  #fit() {
    if (this.#room.classList.contains("js-plotly-plot") && this.element.clientWidth > 0) window.Plotly.Plots.resize(this.#room);
  }
}
