// One scan as a row of the list.

import { el, say } from "./dom.js";
import { hasEnded } from "./fleet.js";
import { duration, percent, time, whole } from "./format.js";
import { href } from "./router.js";
import { stageBar } from "./stages.js";
import { TRENDS } from "./trend.js";

/** The columns: what stands above each; those with a `figure` stand to the right. */
export const COLUMNS = [
  { name: "pick", label: "" }, { name: "scan", label: "Scan" }, { name: "what", label: "Asked for" },
  { name: "state", label: "Status" }, { name: "progress", label: "Progress" },
  { name: "left", label: "Left", figure: true }, { name: "trend", label: "Trend" },
  { name: "speed", label: "Symbols/s", figure: true }, { name: "matches", label: "Matches", figure: true },
  { name: "failures", label: "Failed", figure: true }, { name: "when", label: "Time", figure: true },
  { name: "act", label: "" },
];

/**
 * A row. `show` touches the page only where something has changed.
 *
 * @param {string} scanId
 * @param {{pick: function(string, boolean): void, cancel: function(string): void}} does
 */
export class ScanRow {
  element;
  #bar;
  #cells = {};
  #box;
  #cancel;
  #shown = null;
  #words = "";
  #trend = null;

  constructor(scanId, does) {
    const short = scanId.slice(0, 8);
    this.#bar = stageBar({ label: `Progress of scan ${short}` });
    this.#box = el("input", { type: "checkbox", "aria-label": `Select scan ${short}`, onchange: () => does.pick(scanId, this.#box.checked) });
    this.#cancel = el("button.quiet.small", { type: "button", "aria-label": `Cancel scan ${short}`, onclick: () => does.cancel(scanId) }, "Cancel");
    const made = { status: el("span.status"), percent: el("span.percent") };
    const content = {
      pick: this.#box, scan: el("a.id", { href: href("scan", scanId), title: scanId }, short), state: made.status,
      progress: [this.#bar.element, made.percent], act: this.#cancel,
    };
    this.element = el("tr", { role: "row" }, COLUMNS.map(({ name, label, figure }) => {
      const cell = el(`${name === "scan" ? "th" : "td"}.${name}${figure ? ".figure" : ""}`, {
        role: name === "scan" ? "rowheader" : "cell", ...(name === "scan" ? { scope: "row" } : {}), dataset: { label },
      }, content[name]);
      this.#cells[name] = cell;
      return cell;
    }));
    Object.assign(this.#cells, made);
  }

  /** Whether the box is ticked. */
  set picked(on) {
    if (this.#box.checked !== on) this.#box.checked = on;
  }

  /** The status that it shows, null before it shows anything. */
  get status() {
    return this.#shown?.status ?? null;
  }

  /** Show a snapshot, or an entry of the history, with the words of its request and the trend of its end. */
  show(scan, words, trend) {
    if (scan === this.#shown && words === this.#words && trend === this.#trend) return;
    const ended = hasEnded(scan);
    this.#state(scan, ended);
    this.#figures(scan, ended, trend);
    if (words !== this.#words || this.#shown === null) this.#ask(scan, words);
    [this.#shown, this.#words, this.#trend] = [scan, words, trend];
  }

  #state(scan, ended) {
    const { status } = this.#cells;
    const word = scan.cancel_requested && !ended ? "cancelling" : scan.status;
    if (status.dataset.status !== word) status.dataset.status = word;
    say(status, word === "pending" ? ["waiting", scan.queue_position && `#${whole(scan.queue_position)}`].filter(Boolean).join(" ") : word);
    this.#bar.show(scan.stages ? scan : { ...scan, stages: [{ name: scan.stage, weight: 1, current: scan.percentage, total: 100 }] });
    if (this.#shown !== null && hasEnded(this.#shown) === ended && this.#shown.cancel_requested === scan.cancel_requested) return;
    this.#box.disabled = this.#cancel.hidden = ended;
    this.#cancel.disabled = Boolean(scan.cancel_requested);
    this.element.dataset.ended = String(ended);
  }

  #figures(scan, ended, trend) {
    const { percent: done, left, trend: way, speed, matches, failures, when } = this.#cells;
    say(done, percent(scan.percentage));
    const waits = scan.status === "pending";
    say(left, ended ? `took ${duration(scan.elapsed_seconds)}` : waits ? "" : duration(scan.eta_seconds));
    const [arrow, word] = TRENDS[trend] ?? ["", ""];
    say(way, ended || trend === null ? "" : `${arrow} ${word}`);
    if (way.dataset.trend !== (trend ?? "")) way.dataset.trend = trend ?? "";
    say(speed, ended || waits ? "" : whole(scan.symbols_per_second));
    say(matches, waits ? "" : whole(scan.matches));
    say(failures, scan.failures ? whole(scan.failures) : "");
    this.#when(when, ...timed(scan, ended));
  }

  #when(cell, word, at) {
    const said = clock(at);
    if (cell.textContent === said && cell.dataset.word === word) return;
    cell.textContent = said;
    cell.dataset.word = word;
    cell.title = `${word} ${time(at)}`;
  }

  #ask(scan, words) {
    const tags = (scan.tags ?? []).map((tag) => el("span.chip", {}, tag));
    this.#cells.what.replaceChildren(...tags.flatMap((tag) => [tag, " "]), words);
    this.#cells.what.title = words;
  }
}

// The time that counts of a scan: when it ended, began, or was asked for.
function timed(scan, ended) {
  if (ended) return ["Ended", scan.completed_at];
  return scan.started_at ? ["Began", scan.started_at] : ["Asked for", scan.created_at];
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const clock = (text) => CLOCK.format(new Date(text));
