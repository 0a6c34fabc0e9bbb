// One scan: how far it is, and its rows as they are found.

import { figures, troubles } from "../account.js";
import { startAgain } from "../again.js";
import { get, post, remove } from "../api.js";
import { announcer } from "../announce.js";
import { agreed } from "../ask.js";
import { el, say } from "../dom.js";
import { Feed } from "../feed.js";
import { hasEnded } from "../fleet.js";
import { holdingFocus } from "../focus.js";
import { duration, percent, time, whole } from "../format.js";
import { painter } from "../paint.js";
import { inWords } from "../request.js";
import { Results } from "../results.js";
import { entitle, href } from "../router.js";
import { stageBar } from "../stages.js";
import { complain, toast } from "../toasts.js";
import { TRENDS, Trend } from "../trend.js";

/** The page of one scan. Gives the function that ends it. */
export function scan(room, { rest, fleet }) {
  const scanId = rest[0];
  if (!scanId) return void room.append(nothing("No scan was named", "Choose one from the list of scans."));
  const page = new ScanPage(room, scanId, fleet);
  return () => page.close();
}

function nothing(title, text) {
  return el("section.panel.empty-state", {}, el("h1", { tabindex: -1 }, title), el("p", {}, text),
    el("p.actions", {}, el("a", { href: href("scans") }, "To the scans"), el("a", { href: href("history") }, "To the history")));
}

class ScanPage {
  #room;
  #scanId;
  #fleet;
  #feed;
  #results;
  #bar = stageBar({ label: "Progress of this scan", names: true });
  #parts = headParts();
  #account = el("div.account");
  #announcer = announcer();
  #painter = painter(() => this.#draw());
  #told = null;

  constructor(room, scanId, fleet) {
    [this.#room, this.#scanId, this.#fleet] = [room, scanId, fleet];
    this.#feed = new Feed(scanId);
    this.#results = new Results(this.#feed, scanId);
    this.#buttons();
    room.append(this.#head(), this.#results.element, this.#account);
    this.#feed.addEventListener("change", () => this.#painter.ask());
    this.#feed.addEventListener("refused", (event) => this.#refused(event.detail));
    this.#feed.open();
    this.#recall();
  }

  close() {
    this.#feed.close();
    this.#painter.stop();
    this.#results.close();
  }

  #head() {
    const { title, status, asked, message, figures: shown, trouble, actions } = this.#parts;
    say(title, `Scan ${this.#scanId.slice(0, 8)}`);
    title.title = this.#scanId;
    return el("section.panel.scan-head", { "aria-label": "Progress" },
      el("div.section-head", {}, title, status, actions), asked, this.#bar.element, message, this.#announcer.element, trouble, shown.element);
  }

  #buttons() {
    const { cancel, again, change, away } = this.#parts;
    change.href = `${href("start")}?from=${encodeURIComponent(this.#scanId)}`;
    cancel.addEventListener("click", () => this.#cancel());
    again.addEventListener("click", () => startAgain(this.#scanId));
    away.addEventListener("click", () => this.#delete());
  }

  #draw() {
    const { snapshot, result } = this.#feed;
    if (snapshot !== null) this.#progress(snapshot);
    this.#results.show();
    if (result !== null && result !== this.#told) this.#tell(result);
  }

  #progress(snapshot) {
    const { status, message, figures: shown, cancel, again, away, trouble } = this.#parts;
    const ended = hasEnded(snapshot);
    const word = snapshot.cancel_requested && !ended ? "cancelling" : snapshot.status;
    say(status, word);
    status.dataset.status = word;
    this.#bar.show(snapshot);
    this.#announcer.tell(snapshot);
    say(message, snapshot.message ?? "");
    trouble.hidden = !snapshot.error;
    if (snapshot.error) say(trouble, `${snapshot.error.message} ${snapshot.error.suggestion ?? ""}`);
    shown.show(snapshot, ended);
    const held = document.activeElement === cancel;
    cancel.hidden = ended;
    cancel.setAttribute("aria-disabled", String(snapshot.cancel_requested));
    again.hidden = away.hidden = !ended;
    if (held && ended) again.focus();
  }

  #tell(result) {
    this.#told = result;
    this.#account.replaceChildren(...[troubles(result), figures(result)].filter(Boolean));
  }

  async #recall() {
    try {
      const { request } = await get(`scan/request/${encodeURIComponent(this.#scanId)}`);
      say(this.#parts.asked, [inWords(request), ...(request.tags ?? []).map((tag) => `#${tag}`)].join("  "));
      this.#parts.change.hidden = false;
      const { as_of: asOf, lookback_bars: bars } = request;
      this.#results.asked(await orderOf(request), { as_of: asOf, lookback_bars: bars });
    } catch (problem) {
      if (problem.code !== "unknown_scan") complain(problem); // of an unknown one the feed tells
    }
  }

  // The button keeps the focus: it says that it does nothing, and is not taken away.
  async #cancel() {
    const { cancel } = this.#parts;
    if (cancel.getAttribute("aria-disabled") === "true") return;
    cancel.setAttribute("aria-disabled", "true");
    try {
      await post(`scan/cancel/${encodeURIComponent(this.#scanId)}`);
    } catch (problem) {
      cancel.setAttribute("aria-disabled", "false");
      complain(problem);
    }
  }

  async #delete() {
    if (!(await agreed("Delete this scan, its rows and its place in the history?", "Delete"))) return;
    try {
      await remove(`scan/${encodeURIComponent(this.#scanId)}`);
      this.#fleet.forget(this.#scanId);
      toast("The scan was deleted.");
      location.hash = href("scans");
    } catch (problem) {
      complain(problem);
    }
  }

  #refused(problem) {
    if (problem.code !== "unknown_scan" || this.#feed.rows.size > 0) return complain(problem);
    this.close();
    const told = nothing("This scan is not known", `${problem.suggestion || problem.message} Its id: ${this.#scanId}`);
    holdingFocus(this.#room, () => this.#room.replaceChildren(told), () => told.querySelector("h1"));
    return entitle();
  }
}

function headParts() {
  return {
    title: el("h1"), status: el("span.status"), asked: el("p.asked"), message: el("p.faint.message"),
    trouble: el("p.trouble", { hidden: true }), figures: tiles(),
    ...actions(),
  };
}

function actions() {
  const cancel = el("button.danger", { type: "button", hidden: true }, "Cancel");
  const again = el("button", { type: "button", hidden: true }, "Start again");
  const change = el("a.button", { hidden: true }, "Change and start");
  const away = el("button.danger", { type: "button", hidden: true }, "Delete");
  return { cancel, again, change, away, actions: el("div.actions", {}, cancel, again, change, away) };
}

function tiles() {
  const tile = (label) => {
    const [name, value, note] = [el("dt", {}, label), el("dd"), el("dd.note")];
    return { element: el("div.tile", {}, name, value, note), name, value, note };
  };
  const trend = new Trend();
  const parts = { done: tile("Done"), left: tile("Left"), speed: tile("Symbols a second"), matches: tile("Matches"), failures: tile("Failures") };

  function show(snapshot, ended) {
    say(parts.done.value, percent(snapshot.percentage));
    say(parts.done.note, `${whole(snapshot.current)} of ${whole(snapshot.total)} in this stage`);
    say(parts.left.name, ended ? "Took" : "Left");
    say(parts.left.value, duration(ended ? snapshot.elapsed_seconds : snapshot.eta_seconds));
    const way = (TRENDS[trend.note(snapshot.eta_seconds, performance.now())] ?? []).join(" ");
    say(parts.left.note, ended ? time(snapshot.completed_at) : [way, `${duration(snapshot.elapsed_seconds)} so far`].filter(Boolean).join(", "));
    say(parts.speed.value, whole(snapshot.symbols_per_second));
    say(parts.matches.value, whole(snapshot.matches));
    say(parts.failures.value, whole(snapshot.failures));
    parts.failures.element.classList.toggle("warned", snapshot.failures > 0);
  }

  return { element: el("dl.tiles", {}, Object.values(parts).map((part) => part.element)), show };
}

async function orderOf(request) {
  let preset = {};
  if (request.preset && request.sort_by === undefined) {
    const { presets } = await get("presets");
    preset = presets.find((known) => known.name === request.preset) ?? {};
  }
  return {
    by: request.sort_by ?? preset.sort_by ?? "tech_rating", descending: request.descending ?? preset.descending ?? true,
  };
}
