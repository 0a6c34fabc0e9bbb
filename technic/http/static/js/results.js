// The rows of a scan: sorted, filtered, with the columns that the person chose.

import { address } from "./api.js";
import { columnChooser, chosenColumns, columnsOf, fields } from "./columns.js";
import { el, keep, say } from "./dom.js";
import { whole } from "./format.js";
import { ordered } from "./order.js";
import { signalWords } from "./cells.js";
import { Table } from "./table.js";

const SIGNALS = ["STRONG_BUY", "BUY", "NEUTRAL", "SELL", "STRONG_SELL"];
const FORMATS = [["csv", "CSV"], ["parquet", "Parquet"], ["msgpack", "msgpack"], ["json", "JSON"]];
const HIGHEST_FIRST = { by: "tech_rating", descending: true };

/** The table of one scan's rows with what steers it. `show` is called as often as there is something new. */
export class Results {
  element = el("section.panel.results", { "aria-labelledby": "rows-title" });
  #feed;
  #scanId;
  #table;
  #chosen = { text: "", signals: new Set(), sort: null };
  #order = HIGHEST_FIRST;
  #query = {};
  #fields = [];
  #names = new Set();
  #drawn = "";
  #count = el("p.faint.count");
  #none = el("p.empty", { hidden: true });
  #links = el("p.downloads");
  #tools = el("div.tools");

  constructor(feed, scanId) {
    this.#feed = feed;
    this.#scanId = scanId;
    this.#query = { scan: scanId };
    this.#table = new Table({ label: "Rows", key: (row) => row.symbol, sort: (name) => this.#sortBy(name) });
    this.element.append(
      el("div.section-head", {}, el("h2", { id: "rows-title" }, "Rows"), this.#count, this.#links),
      this.#tools, this.#table.box, this.#none);
    this.#setUp();
  }

  /** The order that the request asked for, and what its links to symbols carry. */
  asked(order, query) {
    this.#order = order;
    this.#query = { scan: this.#scanId, ...query };
    this.#columns();
  }

  /** Draw what is new. */
  show() {
    if (this.#fields.length === 0) return;
    const { rows, result, snapshot } = this.#feed;
    const now = `${rows.size} ${result !== null}`;
    if (now !== this.#drawn) this.#rows();
    this.#drawn = now;
    this.#emptiness(rows.size, result, snapshot);
  }

  /** Leave the page. */
  close() {
    this.#table.close();
  }

  async #setUp() {
    this.#fields = await fields();
    this.#names = chosenColumns(this.#fields);
    this.#tools.append(this.#search(), this.#signals(), columnChooser(this.#fields, this.#names, () => this.#columns()));
    this.#columns();
    this.show();
  }

  #search() {
    const input = el("input", { type: "search", placeholder: "Symbol, name or sector", autocomplete: "off", oninput: () => {
      this.#chosen.text = input.value;
      this.#again();
    } });
    return el("label.search", {}, el("span.unseen", {}, "Filter the rows"), input);
  }

  #signals() {
    const buttons = SIGNALS.map((signal) => el("button.signal.toggle", {
      type: "button", "aria-pressed": "false", dataset: { signal }, onclick: (event) => {
        const on = !this.#chosen.signals.delete(signal);
        if (on) this.#chosen.signals.add(signal);
        event.currentTarget.setAttribute("aria-pressed", String(on));
        this.#again();
      },
    }, signalWords(signal)));
    return el("div.signals", { role: "group", "aria-label": "Only these signals" }, buttons);
  }

  #sortBy(name) {
    const { by, descending } = this.#chosen.sort ?? this.#order;
    const text = this.#fields.find((field) => field.name === name)?.kind === "text" && name !== "signal";
    this.#chosen.sort = { by: name, descending: by === name ? !descending : !text };
    this.#again();
  }

  #again() {
    this.#table.top();
    this.#rows();
    this.#emptiness(this.#feed.rows.size, this.#feed.result, this.#feed.snapshot);
  }

  #columns() {
    if (this.#fields.length === 0) return;
    this.#table.columns(columnsOf(this.#fields, this.#names, this.#query));
    this.#rows();
  }

  #rows() {
    const sort = this.#chosen.sort ?? this.#order;
    const shown = ordered(this.#feed.rows.values(), { ...sort, ...this.#chosen });
    const all = this.#feed.rows.size;
    this.#table.show(shown, sort);
    say(this.#count, shown.length === all ? whole(all) : `${whole(shown.length)} of ${whole(all)}`);
    this.#table.box.hidden = shown.length === 0;
    this.#downloads();
  }

  #downloads() {
    const ended = this.#feed.result !== null;
    if (this.#links.dataset.ended === String(ended) || this.#feed.rows.size === 0) return;
    this.#links.dataset.ended = String(ended);
    const path = `scan/results/${encodeURIComponent(this.#scanId)}`;
    keep(this.#links, FORMATS, {
      key: ([format]) => format,
      make: ([format, label]) => el("a", { download: `technic-${this.#scanId.slice(0, 8)}.${format}` }, label),
      update: (link, [format]) => { link.href = address(path, { format, partial: ended ? null : "true" }); },
    });
  }

  #emptiness(count, result, snapshot) {
    const shown = !this.#table.box.hidden;
    this.#none.hidden = shown;
    if (shown) return;
    if (count > 0) say(this.#none, "No row passes what you filter by above.");
    else if (result === null) say(this.#none, snapshot === null ? "" : "Nothing found yet. Rows appear here as they are found.");
    else say(this.#none, whyEmpty(result));
  }
}

function whyEmpty(result) {
  const stats = result.performance_metrics?.scan_stats ?? {};
  const [reason, count] = Object.entries(stats.rejected ?? {}).sort((left, right) => right[1] - left[1])[0] ?? [];
  if (reason === undefined) return "The scan returned no rows.";
  return `No symbol passed. Most were kept out by “${reason}”: ${whole(count)} of ${whole(stats.attempted)}.`;
}
