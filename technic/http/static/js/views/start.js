// Start a scan: a form for its request, checked by the server, whose answer stands beside each entry.

import { get } from "../api.js";
import { fields } from "../columns.js";
import { el, say } from "../dom.js";
import { Faults } from "../forms/faults.js";
import { recalled, remember } from "../memory.js";
import { inWords } from "../request.js";
import { href } from "../router.js";
import { RequestForm } from "../start/form.js";
import { handout } from "../start/handout.js";
import { Starter, waiting } from "../start/starting.js";
import { complain } from "../toasts.js";

/** The page on which a scan is started; `?from=SCAN_ID` begins with what that one was asked for. */
export function start(room, { query }) {
  const leaving = new AbortController();
  const heading = el("h1", {}, "New scan");
  const loading = el("p.faint", { role: "status" }, "Asking the server what there is to scan …");
  room.append(heading, loading);
  prepare(room, query.get("from"), leaving.signal).then(
    () => loading.remove(),
    (problem) => {
      if (leaving.signal.aborted) return;
      say(loading, `${problem.message} ${problem.suggestion ?? ""}`);
      loading.after(
        el(
          "p",
          {},
          el(
            "button",
            { type: "button", onclick: () => window.dispatchEvent(new HashChangeEvent("hashchange")) },
            "Try again",
          ),
        ),
      );
    },
  );
  return () => leaving.abort();
}

async function prepare(room, from, signal) {
  const [{ presets }, known, universe, begun] = await Promise.all([
    get("presets", {}, { signal }),
    fields(),
    get("universe", { limit: 1 }, { signal }),
    beginning(from, signal),
  ]);
  if (signal.aborted) return;
  const page = new StartPage(new RequestForm({ presets, fields: known, universe }), begun.request);
  if (begun.from)
    room.append(
      el(
        "p.hint",
        {},
        "Begun with what ",
        el("a", { href: href("scan", begun.from) }, `scan ${begun.from.slice(0, 8)}`),
        " was asked for.",
      ),
    );
  room.append(page.element);
  signal.addEventListener("abort", () => page.close());
}

/** What somebody was about to ask for last; an empty request where that is not known. */
function lastRequest() {
  const kept = recalled("request");
  return kept !== null && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
}

async function beginning(from, signal) {
  if (from === null) return { request: lastRequest(), from: null };
  try {
    const { request } = await get(`scan/request/${encodeURIComponent(from)}`, {}, { signal });
    return { request, from };
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    complain(problem);
    return { request: lastRequest(), from: null };
  }
}

class StartPage {
  element;
  #form;
  #faults = new Faults();
  #handout = handout();
  #starter = new Starter();
  #words = el("p.asked");
  #go = el("button.primary", { type: "submit", "aria-keyshortcuts": "Control+Enter" }, "Start the scan");
  #waited = () => {};
  #keys = (event) => this.#shortcut(event);

  constructor(form, request) {
    this.#form = form;
    this.element = el(
      "form.start",
      {
        novalidate: true,
        onsubmit: (event) => this.#submit(event),
        oninput: () => this.#changed(),
        onchange: () => this.#changed(),
      },
      form.element,
      this.#aside(),
    );
    form.set(request);
    this.#changed();
    document.addEventListener("keydown", this.#keys);
  }

  close() {
    this.#waited();
    document.removeEventListener("keydown", this.#keys);
  }

  #aside() {
    const empty = el("button.quiet", { type: "button", onclick: () => this.#empty() }, "Empty the form");
    return el(
      "aside.request-aside",
      { "aria-label": "The request" },
      el(
        "section.panel",
        {},
        el("h2", {}, "Request"),
        this.#words,
        this.#faults.element,
        el("div.actions", {}, this.#go, empty),
        el("p.hint", {}, el("kbd", {}, "Ctrl"), "+", el("kbd", {}, "Enter"), " starts it."),
        this.#handout.element,
      ),
    );
  }

  #changed() {
    const request = this.#form.value();
    remember("request", request);
    say(this.#words, inWords(request));
    this.#handout.show(request);
  }

  #empty() {
    this.#faults.clear();
    this.#form.set({});
    this.#changed();
  }

  // Enter alone would start a scan from the middle of an entry.
  #shortcut(event) {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!this.#go.disabled) this.element.requestSubmit();
    } else if (this.element.contains(event.target) && event.target.matches("input:not([type=checkbox], [type=radio])"))
      event.preventDefault();
  }

  async #submit(event) {
    event.preventDefault();
    const places = new Map();
    const request = this.#form.value(places);
    this.#faults.clear();
    this.#go.disabled = true;
    try {
      const started = await this.#starter.start(request);
      location.hash = href("scan", started.scan_id);
    } catch (problem) {
      this.#go.disabled = false;
      this.#refused(problem, places, request);
    }
  }

  #refused(problem, places, request) {
    if (problem.retryAfter !== null || problem.status === 429) {
      const seconds = problem.retryAfter ?? 1;
      this.#faults.tell(problem.message, `${problem.suggestion} Try again in ${Math.ceil(seconds)} s.`);
      this.#waited = waiting(this.#go, seconds);
    } else this.#faults.show(problem, places, request);
  }
}
