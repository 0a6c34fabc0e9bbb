// A table of many rows of which only those in sight are in the page.

import { el, keep } from "./dom.js";

const ROW_PX = 36;
const BEYOND = 10;

/**
 * A scrolling table.
 *
 * A column has `name`, `label`, `unit`, `description`, `width` (rem), `figure` (whether it stands to the right) and
 * `cell(row)`, which makes the td or th of a row.
 */
export class Table {
  /** The box that scrolls: what goes into the page. */
  box;
  #columns = [];
  #rows = [];
  #versions = new WeakMap();
  #version = 0;
  #frame = null;
  #key;
  #sort;
  #head = el("tr", { "aria-rowindex": 1 });
  #widths = el("colgroup");
  #body = el("tbody");
  #above = el("td");
  #below = el("td");
  #table;
  #watch = new ResizeObserver(() => this.#ask());

  /** @param {{label: string, key: function(Object): string, sort: function(string): void}} how */
  constructor({ label, key, sort }) {
    this.#key = key;
    this.#sort = sort;
    const space = (cell) => el("tbody.space", { "aria-hidden": "true" }, el("tr", {}, cell));
    this.#table = el("table.rows", { "aria-label": label }, this.#widths, el("thead", {}, this.#head),
      space(this.#above), this.#body, space(this.#below));
    this.box = el("div.scroller.tall", { tabindex: 0, role: "region", "aria-label": `${label}, scrollable`,
      onscroll: () => this.#ask() }, this.#table);
    this.#watch.observe(this.box);
  }

  /** Show these columns from now on. */
  columns(columns) {
    this.#columns = columns;
    this.#version += 1;
    this.#widths.replaceChildren(...columns.map((column) => {
      const width = el("col");
      width.style.width = `${column.width}rem`;
      return width;
    }));
    this.#table.style.minWidth = `${columns.reduce((sum, column) => sum + column.width, 0)}rem`;
    this.#above.colSpan = this.#below.colSpan = columns.length;
    keep(this.#head, columns, { key: (column) => column.name, make: (column) => this.#heading(column), update: () => {} });
  }

  /** Show these rows, ordered by a column. */
  show(rows, { by, descending }) {
    this.#rows = rows;
    this.#table.setAttribute("aria-rowcount", rows.length + 1);
    for (const heading of this.#head.children) {
      const order = heading.dataset.name === by ? (descending ? "descending" : "ascending") : "none";
      if (heading.getAttribute("aria-sort") !== order) heading.setAttribute("aria-sort", order);
    }
    this.#draw();
  }

  /** Begin at the top again, after another order was asked for. */
  top() {
    this.box.scrollTop = 0;
  }

  /** Leave the page. */
  close() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #heading(column) {
    const button = el("button", { type: "button", onclick: () => this.#sort(column.name) },
      column.label, column.unit ? el("span.unit", {}, ` ${column.unit}`) : null);
    return el(column.figure ? "th.figure" : "th", {
      scope: "col", title: column.description, "aria-sort": "none", dataset: { name: column.name },
    }, button);
  }

  #ask() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }

  #draw() {
    const seen = this.box.clientHeight || 600;
    const first = Math.max(0, Math.min(Math.floor(this.box.scrollTop / ROW_PX), this.#rows.length) - BEYOND);
    const last = Math.min(this.#rows.length, first + Math.ceil(seen / ROW_PX) + 2 * BEYOND);
    this.#above.style.height = `${first * ROW_PX}px`;
    this.#below.style.height = `${(this.#rows.length - last) * ROW_PX}px`;
    const focused = this.#body.contains(document.activeElement);
    const items = this.#rows.slice(first, last).map((row, nth) => ({ row, index: first + nth + 2 }));
    keep(this.#body, items, { key: ({ row }) => this.#key(row), make: () => el("tr"),
      update: (element, item) => this.#fill(element, item) });
    if (focused && !this.#body.contains(document.activeElement)) this.box.focus({ preventScroll: true }); // its row is out of sight
  }

  #fill(element, { row, index }) {
    if (element.ariaRowIndex !== String(index)) element.setAttribute("aria-rowindex", index);
    const shown = this.#versions.get(element);
    if (shown?.row === row && shown.version === this.#version) return;
    this.#versions.set(element, { row, version: this.#version });
    const place = [...element.querySelectorAll("a, button")].indexOf(document.activeElement);
    element.replaceChildren(...this.#columns.map((column) => column.cell(row)));
    if (place >= 0) element.querySelectorAll("a, button")[place]?.focus({ preventScroll: true });
  }
}
