// All scans, live: those that run, those that wait, those that ended lately; found, and called off.

import { agreed } from "../ask.js";
import { Asked } from "../asked.js";
import { el, keep, say } from "../dom.js";
import { Search } from "../finding.js";
import { hasEnded } from "../fleet.js";
import { holdingFocus } from "../focus.js";
import { duration, whole } from "../format.js";
import { painter } from "../paint.js";
import { Past } from "../past.js";
import { href } from "../router.js";
import { searchTools } from "../searchtools.js";
import { COLUMNS, ScanRow } from "../scanrow.js";
import { complain, toast } from "../toasts.js";
import { Trend } from "../trend.js";

const CANCELS_AT_ONCE = 500;
const SHOWN = 200;
const BEYOND_PX = 200;
const GATHER_MS = 60; // the server tells of all scans in bursts

/** The list of all scans. Gives the function that ends it. */
export function scans(room, { fleet }) {
  const page = new ScansPage(room, fleet);
  return () => page.close();
}

class ScansPage {
  #room;
  #fleet;
  #search = new Search();
  #painter = painter(() => this.#draw(), { gatherMs: GATHER_MS });
  #ask = () => this.#painter.ask();
  #missed = () => this.#past.seek(this.#search, { atOnce: true });
  #asked = new Asked(this.#ask);
  #past = new Past(() => this.#foundPast());
  #picked = new Set();
  #rows = new WeakMap();
  #trends = new Map();
  #parts = parts();
  #groups = { running: group("Running"), pending: group("Waiting"), ended: group("Lately ended") };

  constructor(room, fleet) {
    [this.#room, this.#fleet] = [room, fleet];
    const { cancel, all, table, frame } = this.#parts;
    table.append(...Object.values(this.#groups).flatMap(({ head, body }) => [head, body]));
    cancel.addEventListener("click", () => this.#cancelPicked());
    all.addEventListener("change", () => this.#pickAll(all.checked));
    const tools = searchTools(this.#search, () => this.#sought());
    room.append(this.#parts.head, this.#parts.totals.element, tools, frame, this.#parts.none);
    fleet.addEventListener("scans", this.#ask);
    fleet.addEventListener("missed", this.#missed);
    window.addEventListener("scroll", this.#ask, { passive: true });
    window.addEventListener("resize", this.#ask);
    this.#past.seek(this.#search, { atOnce: true });
    this.#draw();
  }

  close() {
    this.#fleet.removeEventListener("scans", this.#ask);
    this.#fleet.removeEventListener("missed", this.#missed);
    window.removeEventListener("scroll", this.#ask);
    window.removeEventListener("resize", this.#ask);
    this.#painter.stop();
    this.#past.close();
    this.#asked.close();
  }

  #sought() {
    this.#past.seek(this.#search);
    this.#painter.ask();
  }

  #foundPast() {
    for (const scan of this.#past.scans.values()) this.#asked.learn(scan.scan_id, scan.request);
    this.#painter.ask();
  }

  // --- drawing

  // A row that changes its group is made anew there, a button that has done its work is taken away.
  #draw() {
    holdingFocus(this.#room, () => this.#drawAll(), () => this.#parts.title);
  }

  #drawAll() {
    const found = this.#found();
    const groups = Object.entries(this.#groups);
    const places = groups.map(([, { body }]) => body.getBoundingClientRect()); // all before anything is written
    for (const [nth, [name, { head, body, title }]] of groups.entries()) {
      const shown = found[name].slice(0, SHOWN);
      head.hidden = body.hidden = shown.length === 0;
      say(title, told(name, found[name].length, shown.length, this.#search.active));
      this.#list(body, shown, places[nth]);
    }
    this.#parts.totals.show([...this.#fleet.scans.values()]);
    this.#selection(found);
    this.#emptiness(found);
    this.#forgetTrends();
  }

  #found() {
    const { scans: past } = this.#past;
    const all = [...this.#fleet.scans.values(), ...[...past.values()].filter(({ scan_id: id }) => !this.#fleet.scans.has(id))];
    const wanted = this.#search.active
      ? all.filter((scan) => past.has(scan.scan_id) || this.#search.finds(scan, this.#asked.known(scan.scan_id))) : all;
    const byStatus = { running: [], pending: [], ended: [] };
    for (const scan of wanted) byStatus[hasEnded(scan) ? "ended" : scan.status].push(scan);
    byStatus.running.sort(newest("started_at"));
    byStatus.pending.sort((left, right) => (left.queue_position ?? Infinity) - (right.queue_position ?? Infinity) || newest("created_at")(left, right));
    byStatus.ended.sort(newest("completed_at"));
    return byStatus;
  }

  // Rows out of sight keep the figures that they showed last: nobody sees them, and drawing them would cost the same.
  #list(body, scans, place) {
    const height = scans.length > 0 && body.children.length > 0 ? place.height / body.children.length : 40;
    let nth = 0;
    keep(body, scans, {
      key: (scan) => scan.scan_id,
      make: (scan) => this.#row(scan),
      update: (element, scan) => {
        const at = place.top + height * nth;
        nth += 1;
        const row = this.#rows.get(element);
        row.picked = this.#picked.has(scan.scan_id);
        if ((at > -BEYOND_PX && at < window.innerHeight + BEYOND_PX) || row.status !== scan.status) this.#show(row, scan);
      },
    });
  }

  #row(scan) {
    const row = new ScanRow(scan.scan_id, { pick: (id, on) => this.#pick(id, on), cancel: (id) => this.#cancel([id]) });
    this.#rows.set(row.element, row);
    return row.element;
  }

  #show(row, scan) {
    let trend = this.#trends.get(scan.scan_id);
    if (trend === undefined) this.#trends.set(scan.scan_id, trend = new Trend());
    row.show(scan, this.#asked.of(scan.scan_id), trend.note(scan.eta_seconds, performance.now()));
  }

  #forgetTrends() {
    if (this.#trends.size <= 2 * SHOWN) return;
    for (const scanId of this.#trends.keys()) if (!this.#fleet.scans.has(scanId)) this.#trends.delete(scanId);
  }

  #emptiness({ running, pending, ended }) {
    const { none, frame } = this.#parts;
    const nothing = running.length + pending.length + ended.length === 0;
    frame.hidden = nothing;
    none.hidden = !nothing;
    if (nothing) say(none.firstElementChild, this.#search.active ? "No scan is like this" : "No scans yet");
    none.dataset.sought = String(this.#search.active);
  }

  // --- choosing and calling off

  #living() {
    const { running, pending } = this.#found();
    return [...running, ...pending].filter((scan) => !scan.cancel_requested).map((scan) => scan.scan_id);
  }

  #pick(scanId, on) {
    if (on) this.#picked.add(scanId);
    else this.#picked.delete(scanId);
    this.#painter.ask();
  }

  #pickAll(on) {
    this.#picked = new Set(on ? this.#living() : []);
    this.#painter.ask();
  }

  #selection({ running, pending }) {
    const living = [...running, ...pending];
    for (const scanId of this.#picked) {
      const scan = this.#fleet.scans.get(scanId);
      if (scan === undefined || hasEnded(scan)) this.#picked.delete(scanId);
    }
    const { cancel, all } = this.#parts;
    const { size } = this.#picked;
    say(cancel, size > 0 ? `Cancel ${whole(size)} selected` : "Cancel selected");
    cancel.disabled = size === 0;
    all.disabled = living.length === 0;
    all.checked = size > 0 && size >= living.length;
    all.indeterminate = size > 0 && size < living.length;
  }

  async #cancelPicked() {
    const scanIds = [...this.#picked];
    if (scanIds.length > 1 && !(await agreed(`Cancel ${whole(scanIds.length)} scans? What they have found is kept.`, "Cancel them"))) return;
    this.#picked.clear();
    this.#cancel(scanIds);
  }

  #cancel(scanIds) {
    for (let from = 0; from < scanIds.length; from += CANCELS_AT_ONCE) {
      if (this.#fleet.cancel(scanIds.slice(from, from + CANCELS_AT_ONCE))) continue;
      return complain({ message: "Nothing was cancelled: the connection is lost.", suggestion: "Try again when it is back." });
    }
    if (scanIds.length > 1) toast(`${whole(scanIds.length)} scans are being cancelled.`);
    this.#painter.ask();
  }
}

const newest = (field) => (left, right) => String(right[field] ?? "").localeCompare(String(left[field] ?? "")) || left.scan_id.localeCompare(right.scan_id);

const TITLES = { running: "Running", pending: "Waiting", ended: "Lately ended" };

function told(name, count, shown, searched) {
  const title = name === "ended" && searched ? "Ended" : TITLES[name];
  return count > shown ? `${title}: the first ${whole(shown)} of ${whole(count)}` : `${title}: ${whole(count)}`;
}

function group(label) {
  const title = el("th", { colspan: COLUMNS.length, scope: "colgroup", role: "columnheader" }, label);
  return { title, head: el("tbody.scan-group", { role: "rowgroup", hidden: true }, el("tr", { role: "row" }, title)), body: el("tbody", { role: "rowgroup" }) };
}

function parts() {
  const cancel = el("button.danger", { type: "button", disabled: true }, "Cancel selected");
  const all = el("input", { type: "checkbox", "aria-label": "Select all that go on" });
  const title = el("h1", {}, "Scans");
  const head = el("div.page-head", {}, title, el("div.actions", {}, cancel, el("a.button.primary", { href: href("start") }, "New scan")));
  const heads = COLUMNS.map(({ name, label, figure }) => el(`th.${name}${figure ? ".figure" : ""}`, { scope: "col", role: "columnheader" },
    name === "pick" ? all : label || el("span.unseen", {}, "Act")));
  const table = el("table.scans", { "aria-label": "Scans", role: "table" }, el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)));
  return { head, title, cancel, all, table, frame: el("div.scroller.flush", {}, table), none: nothing(), totals: totals() };
}

function nothing() {
  return el("section.panel.empty-state", { hidden: true }, el("h2", {}, "No scans yet"),
    el("p.faint.unsought", {}, "Start one here, or send one to POST /scan/start: it appears by itself."),
    el("p.faint.sought", {}, "Look for less, or further back. Scans that are older than the retention are forgotten."),
    el("p.actions.unsought", {}, el("a.button.primary", { href: href("start") }, "Start a scan")));
}

function totals() {
  const labels = { running: "Running", waiting: "Waiting", speed: "Symbols a second", matches: "Matches so far", failures: "Failures", left: "All done in" };
  const values = Object.fromEntries(Object.keys(labels).map((name) => [name, el("dd")]));
  const element = el("dl.totals", { "aria-label": "All that goes on" },
    Object.entries(labels).map(([name, label]) => el("div", {}, el("dt", {}, label), values[name])));

  function show(scans) {
    const living = scans.filter((scan) => !hasEnded(scan));
    const running = living.filter((scan) => scan.status === "running");
    const sum = (field) => running.reduce((total, scan) => total + (scan[field] ?? 0), 0);
    say(values.running, whole(running.length));
    say(values.waiting, whole(living.length - running.length));
    say(values.speed, whole(sum("symbols_per_second")));
    say(values.matches, whole(sum("matches")));
    say(values.failures, whole(sum("failures")));
    const known = running.map((scan) => scan.eta_seconds).filter((eta) => typeof eta === "number");
    say(values.left, known.length > 0 ? duration(Math.max(...known)) : "–");
  }

  return { element, show };
}
