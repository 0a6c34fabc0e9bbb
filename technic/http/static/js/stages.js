// The bar of the four stages: each as wide as its weight, filled as far as it is.

import { el, say } from "./dom.js";
import { duration, percent, whole } from "./format.js";

const NAMES = {
  universe_loading: "Universe", data_fetching: "Fetching", symbol_scanning: "Scanning", finalization: "Finishing",
};
const SEEN_SHARE = 0.08; // a stage of one in twenty must be seen too
const NAMED_SHARE = 0.14; // and its name be read

/** A stage as people call it. */
export const stageName = (name) => NAMES[name] ?? String(name ?? "").replaceAll("_", " ");

/** How far one stage is, 0 to 1. */
export const share = (part) => (part.status === "completed" ? 1 : Math.min(1, Math.max(0, part.current / Math.max(part.total, 1))));

/**
 * A bar to put into the page. It touches the page only where something has changed.
 *
 * @param {{label: string, names?: boolean}} how - What it is the progress of; whether the stages' names stand below.
 * @returns {{element: HTMLElement, show: function(Object): void}} `show` takes a snapshot.
 */
export function stageBar({ label, names = false }) {
  const bar = el("div.stages", {
    role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, dataset: { names: String(names) },
  });
  let segments = [];
  let value = "";
  let status = "";

  function show(snapshot) {
    const parts = snapshot.stages ?? [];
    if (segments.length !== parts.length) {
      segments = parts.map((part) => segment(part, names));
      bar.replaceChildren(...segments.map(({ element }) => element));
    }
    parts.forEach((part, nth) => segments[nth].show(part));
    const now = `${Math.floor(snapshot.percentage ?? 0)} ${snapshot.stage}`;
    if (now !== value) {
      value = now;
      bar.setAttribute("aria-valuenow", Math.floor(snapshot.percentage ?? 0));
      bar.setAttribute("aria-valuetext", `${percent(snapshot.percentage)}, ${stageName(snapshot.stage)}`);
    }
    if (status !== snapshot.status) bar.dataset.status = status = snapshot.status;
  }

  return { element: bar, show };
}

// The fill is scaled and not widened: that is painted without laying out the page.
function segment({ name }, named) {
  const fill = el("div.fill");
  const said = el("span.faint");
  const element = el("div.stage", { title: stageName(name) }, el("div.track", {}, fill),
    named ? el("div.stage-name", {}, el("span", {}, stageName(name)), said) : null);
  let [filled, weight, status] = ["", 0, ""];

  function show(part) {
    if (part.weight !== weight) {
      weight = part.weight;
      element.style.flexGrow = Math.max(weight, named ? NAMED_SHARE : SEEN_SHARE);
    }
    const scale = share(part).toFixed(3);
    if (scale !== filled) {
      filled = scale;
      fill.style.transform = `scaleX(${scale})`;
    }
    if (part.status !== status) element.dataset.status = status = part.status;
    if (named) say(said, told(part));
  }

  return { element, show };
}

function told(part) {
  if (part.status === "completed") return duration(part.seconds);
  return part.status === "running" && part.total > 1 ? `${whole(part.current)} of ${whole(part.total)}` : "";
}
