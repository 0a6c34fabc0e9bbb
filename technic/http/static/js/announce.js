// What a scan's progress says to those who hear the page: a new stage, each quarter, the end; no more.

import { el, say } from "./dom.js";
import { stageName } from "./stages.js";

const QUARTER = 25;

/**
 * A place that is read out.
 *
 * @returns {{element: HTMLElement, tell: function(Object): void}} `tell` takes every snapshot, as often as they come.
 */
export function announcer() {
  const element = el("p.unseen", { role: "status" });
  let told = "";

  function tell(snapshot) {
    const milestone = milestoneOf(snapshot);
    if (milestone === told) return;
    told = milestone;
    say(element, sentence(snapshot));
  }

  return { element, tell };
}

function milestoneOf({ status, stage, percentage, cancel_requested: stops }) {
  return `${status} ${stage} ${Math.floor((percentage ?? 0) / QUARTER)} ${stops}`;
}

function sentence({ status, stage, percentage, matches, cancel_requested: stops }) {
  const found = `${matches} ${matches === 1 ? "match" : "matches"}`;
  if (status !== "running") return status === "pending" ? "Waiting" : `${status}, ${found}`;
  return stops ? "Cancelling" : `${stageName(stage)}, ${Math.floor(percentage ?? 0)} percent, ${found}`;
}
