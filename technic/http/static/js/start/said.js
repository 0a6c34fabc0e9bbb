// A request as people hand it on: as JSON, as a curl command, as a command of technic's own.

import { shapeOf } from "./operators.js";

const LISTS = new Set(["symbols", "sectors", "industries"]);
const SERVER_ONLY = new Set(["priority", "tags", "fresh"]);

/** The request as JSON to read. */
export const asJson = (request) => JSON.stringify(request, null, 2);

/**
 * The request as a curl command.
 *
 * @param {Object} request
 * @param {URL} url - Of POST /scan/start.
 */
export function asCurl(request, url) {
  const parts = [
    `curl -X POST ${quoted(url.href)}`,
    "-H 'Content-Type: application/json'",
    `-d ${quoted(JSON.stringify(request))}`,
  ];
  return parts.join(" \\\n  ");
}

/**
 * The request as a command that runs in a terminal: `technic start` asks a server, `technic scan` needs none.
 *
 * @param {Object} request
 * @param {"start"|"scan"} verb
 * @param {URL} url - Of POST /scan/start.
 * @returns {{text: string, unsaid: string[]}} `unsaid` names what the command has no words for.
 */
export function asCommand(request, verb, url) {
  const unsaid = [];
  const parts = Object.entries(request).flatMap(([name, value]) => option(name, value, verb, unsaid));
  const server = verb === "start" ? [`--url ${quoted(new URL("..", url).href.replace(/\/$/, ""))}`] : [];
  return { text: [`technic ${verb}`, ...parts, ...server].join(" \\\n  "), unsaid };
}

function option(name, value, verb, unsaid) {
  if (SERVER_ONLY.has(name) && verb === "scan") return unsay(name, unsaid);
  if (name === "filters") return [].concat(value).flatMap((given) => filter(given, unsaid));
  if (name === "tags") return value.map((tag) => `--tag ${quoted(tag)}`);
  if (name === "descending") return value === false ? ["--ascending"] : [];
  if (name === "allow_shorts" || name === "fresh") return value === true ? [`--${name.replaceAll("_", "-")}`] : [];
  const said = LISTS.has(name) ? value.join(",") : String(value);
  return [`--${name.replaceAll("_", "-")} ${quoted(said)}`];
}

function unsay(what, unsaid) {
  unsaid.push(what);
  return [];
}

function filter(given, unsaid) {
  const text = typeof given === "string" ? given : conditionText(given);
  return text === null ? unsay("groups of conditions", unsaid) : [`--filter ${quoted(text)}`];
}

/** A condition as a line of text that every reader of filters understands; null for a group. */
export function conditionText({ field, op, value, within }) {
  if (field === undefined) return null;
  switch (shapeOf(op)) {
    case "missing":
      return `${field} ${value === false ? "is not null" : "is null"}`;
    case "two":
      return `${field} between ${word(value[0])} and ${word(value[1])}`;
    case "list":
      return `${field} ${op} ${value.map(word).join(", ")}`;
    default:
      return `${field} ${op} ${word(value)}${within === undefined ? "" : ` within ${within}`}`;
  }
}

const word = (value) => (value !== null && typeof value === "object" ? value.field : String(value));

/** A text as one word of a POSIX shell. */
export function quoted(text) {
  return /^[\w./:,%@+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
