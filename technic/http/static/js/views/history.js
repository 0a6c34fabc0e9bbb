// Scans that have ended, newest first, and figures over them. The address says which, so that it can be shared.

import { startAgain } from "../again.js";
import { get } from "../api.js";
import { el, say } from "../dom.js";
import { hasEnded } from "../fleet.js";
import { Figures } from "../history/figures.js";
import { Filters } from "../history/filters.js";
import { forget } from "../history/forget.js";
import { List } from "../history/list.js";
import { Pager } from "../history/pager.js";
import { PAGE, narrowed, ofPage, read, written } from "../history/query.js";
import { painter } from "../paint.js";
import { href, turn } from "../router.js";
import { complain } from "../toasts.js";

const QUIET_MS = 1_000;

/** The page of the history. */
export function history(room, { query, fleet }) {
  const page = new HistoryPage(room, fleet);
  page.show(query);
  return { leave: () => page.close(), turn: (now) => page.show(now) };
}

class HistoryPage {
  #fleet;
  #asked = null;
  #tabs = tabs();
  #filters = new Filters((changed, how) => this.#go({ ...this.#asked, ...changed }, how));
  #list = new List({ choose: () => this.#chosen(), again: startAgain, remove: (scanId) => this.#forget([scanId]) });
  #pagers = ["Pages", "Pages, below the table"].map((label) => new Pager(label, (step) => this.#go({ ...this.#asked, page: this.#asked.page + step })));
  #figures = new Figures({ by: (by) => this.#go({ ...this.#asked, by }), nothing: nothing("There is nothing to count: no scan ended in this time.") });
  #several = el("button.danger", { type: "button", hidden: true, onclick: () => this.#forget([...this.#list.chosen]) });
  #none = nothing("No scan has ended yet.");
  #trouble = el("p.trouble", { role: "alert", hidden: true });
  #told = el("p.unseen", { role: "status" });
  #scans;
  #title = el("h1", {}, "History");
  #asking = new AbortController();
  #painter = painter(() => this.#look());
  #news = () => this.#painter.ask();
  #missed = () => this.#lookSoon();
  #known = new Set();
  #timer = null;

  constructor(room, fleet) {
    this.#fleet = fleet;
    this.#scans = el("section.panel", { "aria-label": "Ended scans" }, el("div.section-head", {}, this.#pagers[0].element, this.#several),
      this.#list.element, this.#pagers[1].element, this.#none);
    room.append(el("div.section-head.view-head", {}, this.#title, this.#tabs.element), this.#filters.element, this.#trouble, this.#told, this.#scans, this.#figures.element);
    fleet.addEventListener("scans", this.#news);
    fleet.addEventListener("missed", this.#missed);
  }

  /** Show what an address asks for. */
  async show(query) {
    this.#asked = read(query);
    const figures = this.#asked.show === "figures";
    this.#tabs.show(this.#asked);
    this.#filters.show(this.#asked);
    this.#scans.hidden = figures;
    this.#figures.element.hidden = !figures;
    this.#list.chosen.clear();
    await this.#load({ quietly: false });
  }

  close() {
    this.#fleet.removeEventListener("scans", this.#news);
    this.#fleet.removeEventListener("missed", this.#missed);
    this.#painter.stop();
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#filters.close();
    this.#figures.close();
  }

  #go(asked, how) {
    turn(written(asked), how);
  }

  // Of several questions the last one is answered.
  async #load({ quietly }) {
    this.#asking.abort();
    const asking = this.#asking = new AbortController();
    this.#known = this.#ended();
    try {
      if (this.#asked.show === "figures") await this.#figures.show(this.#asked);
      else this.#page(await get("scan/history", ofPage(this.#asked), { signal: asking.signal }), quietly);
      this.#well();
    } catch (problem) {
      if (problem.name !== "AbortError" && !asking.signal.aborted) this.#refused(problem);
    }
  }

  #page(page, quietly) {
    if (page.scans.length === 0 && page.total > 0) return this.#go({ ...this.#asked, page: Math.ceil(page.total / PAGE) }, { replace: true });
    this.#list.show(page.scans);
    const [words] = this.#pagers.map((pager) => pager.show(page));
    this.#empty(page.total === 0);
    if (!quietly) say(this.#told, words);
    return undefined;
  }

  #empty(is) {
    for (const { element } of [this.#list, ...this.#pagers]) element.hidden = is;
    this.#none.hidden = !is;
    if (!is) return;
    const some = narrowed(this.#asked);
    say(this.#none.firstElementChild, some ? "No ended scan is like this." : "No scan has ended yet.");
    this.#none.querySelector("a").href = some ? href("history") : href("start");
    say(this.#none.querySelector("a"), some ? "Show all" : "Start one");
  }

  #well() {
    this.#trouble.hidden = true;
    this.#filters.fault();
  }

  #refused(problem) {
    this.#filters.fault(problem.errors);
    this.#trouble.hidden = false;
    say(this.#trouble, `${problem.message} ${problem.suggestion}`);
  }

  #chosen() {
    const count = this.#list.chosen.size;
    this.#several.hidden = count === 0;
    say(this.#several, count === 1 ? "Delete 1 scan" : `Delete ${count} scans`);
  }

  async #forget(scanIds) {
    if (!(await forget(scanIds, (scanId) => this.#fleet.forget(scanId)))) return;
    await this.#load({ quietly: true });
    if (document.activeElement === document.body) this.#title.focus();
  }

  #ended() {
    return new Set([...this.#fleet.scans.values()].filter(hasEnded).map((scan) => scan.scan_id));
  }

  // The newest page and the figures go with the time; an older page stands still while somebody reads it.
  #look() {
    if ([...this.#ended()].some((scanId) => !this.#known.has(scanId))) this.#lookSoon();
  }

  #lookSoon() {
    if (this.#timer !== null || this.#asked.page > 1) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#asked.page === 1) this.#load({ quietly: true }).catch(complain);
    }, QUIET_MS);
  }
}

function nothing(text) {
  return el("div.empty-state", { hidden: true }, el("p", {}, text), el("p.actions", {}, el("a.button", { href: href("start") }, "Start one")));
}

function tabs() {
  const [scans, figures] = [el("a", {}, "Scans"), el("a", {}, "Figures")];

  function show(asked) {
    for (const [link, name] of [[scans, "scans"], [figures, "figures"]]) {
      link.href = `${href("history")}?${written({ ...asked, show: name, page: 1, by: "" })}`;
      if (asked.show === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  return { element: el("nav.tabs", { "aria-label": "History" }, scans, figures), show };
}
