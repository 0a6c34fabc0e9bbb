// The bar of the four stages: each as wide as its weight, filled as far as it is.

import { el, keep, say } from "./dom.js";
import { duration, percent, whole } from "./format.js";

const NAMES = {
  universe_loading: "Universe", data_fetching: "Fetching", symbol_scanning: "Scanning", finalization: "Finishing",
};

/** A stage as people call it. */
export const stageName = (name) => NAMES[name] ?? name.replaceAll("_", " ");

/**
 * A bar to put into the page.
 *
 * @param {{label: string, names?: boolean}} how - What it is the progress of; whether the stages' names stand below.
 * @returns {{element: HTMLElement, show: function(Object): void}} `show` takes a snapshot.
 */
export function stageBar({ label, names = false }) {
  const bar = el("div.stages", {
    role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, dataset: { names: String(names) },
  });

  function show(snapshot) {
    const stage = snapshot.stage ? `, ${stageName(snapshot.stage)}` : "";
    bar.setAttribute("aria-valuenow", Math.floor(snapshot.percentage ?? 0));
    bar.setAttribute("aria-valuetext", `${percent(snapshot.percentage)}${stage}`);
    bar.dataset.status = snapshot.status;
    keep(bar, snapshot.stages ?? [], { key: (part) => part.name, make: segment, update });
  }

  return { element: bar, show };
}

function segment(part) {
  const element = el("div.stage", {},
    el("div.track", {}, el("div.fill")),
    el("div.stage-name", {}, el("span", {}, stageName(part.name)), el("span.faint")));
  element.style.flexGrow = Math.max(part.weight, 0.12); // a stage of one in twenty must be seen too
  return element;
}

function update(element, part) {
  const share = part.status === "completed" ? 1 : part.current / Math.max(part.total, 1);
  element.dataset.status = part.status;
  element.querySelector(".fill").style.width = `${Math.min(100, Math.max(0, 100 * share))}%`;
  say(element.querySelector(".faint"), said(part));
  element.title = `${stageName(part.name)}: ${whole(part.current)} of ${whole(part.total)}, ${duration(part.seconds)}`;
}

function said(part) {
  if (part.status === "completed") return duration(part.seconds);
  return part.status === "running" && part.total > 1 ? `${whole(part.current)} of ${whole(part.total)}` : "";
}
