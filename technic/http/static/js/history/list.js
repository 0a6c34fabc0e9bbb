// A page of ended scans as a table, of which some can be chosen.

import { el, keep } from "../dom.js";
import { milliseconds } from "../account.js";
import { time, whole } from "../format.js";
import { inWords } from "../request.js";
import { href } from "../router.js";

const COUNTS = { symbols: "Symbols", rows: "Rows", failures: "Failures" };
const HEADS = [["Ended"], ["Asked for"], ["Status"], ...Object.values(COUNTS).map((name) => [name, "figure"]), ["Took", "figure"]];

/** A table of scans. `chosen` holds the ids of those that are ticked. */
export class List {
  element;
  chosen = new Set();
  #does;
  #shown = [];
  #body = el("tbody", { role: "rowgroup" });
  #all = el("input", { type: "checkbox", disabled: true, "aria-label": "Choose all on this page" });

  /** @param {{choose: function(): void, again: function(string): void, remove: function(string): void}} does - Given an id. */
  constructor(does) {
    this.#does = does;
    this.#all.addEventListener("change", () => this.#chooseAll(this.#all.checked));
    // The roles are those that the elements have anyhow, until a narrow screen shows the rows as cards.
    const head = (kind, ...content) => el(kind ? `th.${kind}` : "th", { scope: "col", role: "columnheader" }, ...content);
    this.element = el("div.scroller", { tabindex: 0, role: "region", "aria-label": "Table of ended scans" },
      el("table.listing.past", { role: "table", "aria-label": "Ended scans, newest first" },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head("", this.#all),
          HEADS.map(([name, kind]) => head(kind, name)), head("", el("span.unseen", {}, "What can be done")))), this.#body));
  }

  /** Show these scans, as GET /scan/history has them. */
  show(scans) {
    this.#shown = scans;
    const there = new Set(scans.map((scan) => scan.scan_id));
    for (const scanId of this.chosen) if (!there.has(scanId)) this.chosen.delete(scanId);
    keep(this.#body, scans, { key: (scan) => scan.scan_id, make: (scan) => this.#row(scan), update: () => {} });
    this.#ticks();
  }

  #row(scan) {
    const box = el("input", { type: "checkbox", "aria-label": `Choose the scan of ${time(scan.completed_at)}, ${short(scan)}`, onchange: () => {
      if (box.checked) this.chosen.add(scan.scan_id);
      else this.chosen.delete(scan.scan_id);
      this.#ticks();
    } });
    return el("tr", { role: "row" }, cell("", box), cell("when", time(scan.completed_at)), asked(scan),
      cell("", el("span.status", { dataset: { status: scan.status } }, scan.status)),
      ...Object.entries(COUNTS).map(([name, label]) => figure(label, whole(scan[name]))),
      figure("Took", milliseconds(scan.elapsed_seconds)), cell("acts", this.#acts(scan)));
  }

  #acts(scan) {
    const button = (words, act) => el("button.quiet", { type: "button", onclick: () => act(scan.scan_id) },
      words, el("span.unseen", {}, ` ${short(scan)}`));
    return el("div.actions", {}, button("Start again", this.#does.again), button("Delete", this.#does.remove));
  }

  #chooseAll(wanted) {
    this.chosen = new Set(wanted ? this.#shown.map((scan) => scan.scan_id) : []);
    this.#ticks();
  }

  #ticks() {
    this.#all.disabled = this.#shown.length === 0;
    for (const row of this.#body.children) row.querySelector("input").checked = this.chosen.has(row.dataset.key);
    this.#all.checked = this.#shown.length > 0 && this.chosen.size === this.#shown.length;
    this.#all.indeterminate = this.chosen.size > 0 && !this.#all.checked;
    this.#does.choose();
  }
}

const short = (scan) => scan.scan_id.slice(0, 8);
const cell = (kind, content) => el(kind ? `td.${kind}` : "td", { role: "cell" }, content);
const figure = (label, text) => el("td.figure", { role: "cell", dataset: { label } }, text);

function asked(scan) {
  const tags = (scan.tags ?? []).map((tag) => el("span.chip", {}, tag));
  return el("th", { scope: "row", role: "rowheader" }, el("a", { href: href("scan", scan.scan_id) }, inWords(scan.request)), " ",
    el("span.faint", {}, short(scan)), tags.length > 0 ? el("span.tags", {}, tags) : null,
    scan.error ? el("p.trouble", {}, scan.error.message) : null);
}
