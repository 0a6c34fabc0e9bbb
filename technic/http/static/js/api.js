// The HTTP API: JSON in, JSON out, and its problems as errors.

/** What the server says where it refuses: `code`, `message`, `suggestion`, and `errors` and `metadata` where it has them. */
export class Problem extends Error {
  /** @param {Object} said - The body of an application/problem+json. */
  constructor(said) {
    super(said.message || said.detail || "The server refused.");
    this.name = "Problem";
    this.code = said.code ?? "internal_error";
    this.status = said.status ?? 0;
    this.suggestion = said.suggestion ?? "";
    this.errors = said.errors ?? [];
    this.metadata = said.metadata ?? {};
    this.retryAfter = said.retry_after ?? null;
  }
}

const UNREACHABLE = {
  code: "unreachable",
  message: "The server cannot be reached.",
  suggestion: "It may be restarting; the page goes on by itself when it is back.",
};

const AWAY = new Set([502, 503, 504]); // of a proxy that finds nobody behind it

/**
 * Where a route is: beside this page, wherever a proxy has put that.
 *
 * @param {string} path - `scan/active`.
 * @param {Object} [query] - Left out where null or empty.
 */
export function address(path, query = {}) {
  const url = new URL(path, document.baseURI);
  url.hash = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** GET a JSON object. Throws Problem; an aborted signal throws AbortError. */
export function get(path, query = {}, { signal } = {}) {
  return call(address(path, query), { signal });
}

/** POST a JSON object. Throws Problem. */
export function post(path, body = undefined, { headers = {}, signal } = {}) {
  const said = body === undefined ? {} : { body: JSON.stringify(body) };
  return call(address(path), {
    method: "POST", headers: { "Content-Type": "application/json", ...headers }, signal, ...said,
  });
}

/** DELETE what is there. Throws Problem. */
export function remove(path) {
  return call(address(path), { method: "DELETE" });
}

async function call(url, options) {
  let answer;
  try {
    answer = await fetch(url, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE);
  }
  const said = answer.status === 204 ? null : await read(answer);
  if (!answer.ok) throw new Problem({ status: answer.status, ...said });
  return said;
}

// A server that dies while it answers leaves half of it: that is no answer, and asking again helps.
async function read(answer) {
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (answer.ok || AWAY.has(answer.status)) throw new Problem(UNREACHABLE);
    return {};
  }
}
