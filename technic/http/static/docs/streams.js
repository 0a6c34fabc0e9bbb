// The streams' reference: the AsyncAPI document of this server as a page to read. What it says goes in as text.

import { el } from "../js/dom.js";

const MOST_DEEP = 2;

/** What a reference of the document names. */
function follow(document, value) {
  if (value?.$ref === undefined) return value;
  return value.$ref.slice(2).split("/").reduce((place, name) => place[name.replaceAll("~1", "/")], document);
}

/** A text in which `code` and blank lines are all that is marked. */
function paragraphs(text) {
  return text.trim().split(/\n\s*\n/).map((part) => el("p", {}, marked(part)));
}

function marked(text) {
  return text.split("`").map((part, place) => (place % 2 === 1 ? el("code", {}, part) : part));
}

/** The type of a value in a few words. */
function kind(schema) {
  if (schema === undefined) return "";
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined && schema.type === undefined) return branches.map(kind).join(" | ");
  if (schema.type === "array") return `${kind(schema.items)}[]`;
  return [schema.format ?? schema.type ?? "anything"].flat().join(" | ");
}

function table(heads, rows) {
  const head = el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))));
  return el("div.scrolls", {}, el("table", {}, el("thead", {}, head), el("tbody", {}, body)));
}

/** The properties of an object, and of those that it holds, in tables below. */
function properties(document, schema, depth = 0) {
  const whole = follow(document, schema);
  const needed = new Set(whole.required ?? []);
  const rows = Object.entries(whole.properties ?? {}).map(([name, part]) => [
    el("code", {}, name),
    el("code", {}, kind(part)),
    [needed.has(name) ? "" : "May be missing. ", marked(part.description ?? "")],
  ]);
  if (rows.length === 0) return [];
  const inner = depth < MOST_DEEP ? held(document, whole) : new Map();
  return [
    table(["Field", "Type", "Meaning"], rows),
    [...inner].map(([name, part]) =>
      el("details", {}, el("summary", {}, el("code", {}, name)), properties(document, part, depth + 1)),
    ),
  ];
}

/** The named objects that the properties of an object hold. */
function held(document, schema) {
  const found = new Map();
  const look = (part) => {
    if (part?.$ref !== undefined) found.set(part.$ref.split("/").at(-1), part);
    [part?.items, ...(part?.anyOf ?? [])].filter(Boolean).forEach(look);
  };
  Object.values(schema.properties ?? {}).forEach(look);
  return found;
}

function messages(document, operation) {
  return operation.messages.map((reference) => {
    const message = follow(document, follow(document, reference));
    return el(
      "details",
      {},
      el("summary", {}, el("code", {}, message.name), " ", marked(message.summary)),
      properties(document, message.payload),
    );
  });
}

function read(binding) {
  const rows = ["query", "headers"].flatMap((place) =>
    Object.entries(binding[place]?.properties ?? {}).map(([name, schema]) => [
      el("code", {}, name),
      place === "query" ? "query" : "header",
      el("code", {}, kind(schema)),
      marked(schema.description ?? ""),
    ]),
  );
  return rows.length === 0 ? [] : [el("h3", {}, "What it is asked"), table(["Name", "In", "Type", "Meaning"], rows)];
}

function pairs(title, heads, found) {
  const rows = Object.entries(found ?? {}).map(([name, words]) => [el("code", {}, name), words]);
  return rows.length === 0 ? [] : [el("h3", {}, title), table(heads, rows)];
}

function channel(document, [name, stream]) {
  const operations = Object.values(document.operations).filter((one) => follow(document, one.channel) === stream);
  const events = { ...operations.map((one) => one.bindings?.http).find(Boolean), headers: stream["x-headers"] };
  return el(
    "section",
    { id: name, "aria-label": stream.title },
    el("h2", {}, stream.title),
    el("p", {}, el("span.address", {}, `${stream.bindings?.ws ? "WS" : "GET"} ${stream.address}`)),
    paragraphs(stream.description),
    read(stream.bindings?.ws ?? events),
    operations.map((one) => [el("h3", {}, one.summary), messages(document, one)]),
    pairs("Subprotocols", ["Name", "What it changes"], stream["x-subprotocols"]),
    pairs("Close codes", ["Code", "Reason"], stream["x-close-codes"]),
  );
}

async function show(place) {
  const response = await fetch(new URL("../asyncapi.json", window.document.baseURI));
  if (!response.ok) throw new Error(`asyncapi.json: ${response.status}`);
  const document = await response.json();
  place.append(
    el("h1", {}, document.info.title),
    ...paragraphs(document.info.description),
    ...Object.entries(document.channels).map((entry) => channel(document, entry)),
  );
}

const place = window.document.getElementById("reference");
show(place).catch((error) => place.append(el("p", { role: "alert" }, `The document cannot be shown: ${error.message}`)));
