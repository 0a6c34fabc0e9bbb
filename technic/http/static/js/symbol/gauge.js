// A rating as a gauge: from Strong sell on the left to Strong buy on the right, true to scale.

import { direction, signalWords, signed } from "../cells.js";
import { el } from "../dom.js";
import { svg } from "../svg.js";

/** Where each label ends on the scale of -100 to 100, lowest first. */
export const SCALE = [
  ["STRONG_SELL", -100, -50],
  ["SELL", -50, -10],
  ["NEUTRAL", -10, 10],
  ["BUY", 10, 50],
  ["STRONG_BUY", 50, 100],
];

const [WIDTH, HEIGHT, MIDDLE, GROUND, OUTER, INNER] = [240, 134, 120, 116, 96, 76];
const GAP = 0.8;

/**
 * A gauge.
 *
 * @param {string} title - Whose rating it is.
 * @param {{value: number|null, signal: string|null}} rating - As GET /symbols has it.
 * @param {string} [note] - What stands below.
 */
export function gauge(title, { value, signal }, note = "") {
  const said = value === null ? "no vote" : `${capital(signalWords(signal))}, ${signed(value)}`;
  return el(
    "figure.gauge",
    { dataset: { signal: signal ?? "" } },
    el("figcaption", {}, title),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: ${said}` },
      SCALE.map(zone),
      SCALE.map(name),
      value === null ? null : needle(value),
    ),
    el(
      "p.verdict",
      {},
      el(
        "strong.signal-words",
        { dataset: { signal: signal ?? "" } },
        value === null ? "No vote" : capital(signalWords(signal)),
      ),
      value === null ? null : el(`span.figure.${direction(value) || "level"}`, {}, signed(value)),
    ),
    note ? el("p.faint.note", {}, note) : null,
  );
}

const capital = (words) => words.slice(0, 1).toUpperCase() + words.slice(1);

/** The point of a value at a distance from the middle. */
function point(value, radius) {
  const angle = Math.PI * (1 - (value + 100) / 200);
  return [MIDDLE + radius * Math.cos(angle), GROUND - radius * Math.sin(angle)].map((at) => at.toFixed(2)).join(" ");
}

function zone([signal, from, to]) {
  const [first, last] = [from === -100 ? from : from + GAP, to === 100 ? to : to - GAP];
  return svg("path.zone", {
    dataset: { signal },
    d: [
      `M ${point(first, OUTER)} A ${OUTER} ${OUTER} 0 0 1 ${point(last, OUTER)}`,
      `L ${point(last, INNER)} A ${INNER} ${INNER} 0 0 0 ${point(first, INNER)} Z`,
    ].join(" "),
  });
}

function name([signal, from, to]) {
  const [x, y] = point((from + to) / 2, OUTER + 8).split(" ");
  const anchor = from < -10 ? "end" : to > 10 ? "start" : "middle";
  return svg(
    "text.zone-name",
    { x, y, "text-anchor": anchor },
    { STRONG_SELL: "strong", STRONG_BUY: "strong", NEUTRAL: "neutral" }[signal] ?? signal.toLowerCase(),
  );
}

function needle(value) {
  const angle = 180 * ((value + 100) / 200) - 90;
  return svg(
    "g.needle",
    { transform: `rotate(${angle.toFixed(2)} ${MIDDLE} ${GROUND})`, dataset: { value } },
    svg("path", { d: `M ${MIDDLE - 3.5} ${GROUND} L ${MIDDLE} ${GROUND - INNER + 8} L ${MIDDLE + 3.5} ${GROUND} Z` }),
    svg("circle", { cx: MIDDLE, cy: GROUND, r: 6 }),
  );
}
