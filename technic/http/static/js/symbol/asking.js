// What a symbol's page asks the server for: the bars and stakes of the scan that led to it, or one's own.

import { get } from "../api.js";
import { recalled } from "../memory.js";
import { STAKES } from "./plan.js";

const BARS = ["as_of", "lookback_bars"];
const SHOWN_BARS = 2520;

/**
 * What was asked for: by the page's address, else by the scan that it names, else as kept by the browser.
 *
 * @param {URLSearchParams} query - Of the address.
 * @returns {Promise<Object>} The fields of a ScanRequest that GET /symbols takes.
 */
export async function askedFor(query, { signal }) {
  const named = Object.fromEntries(
    [...BARS, ...STAKES].filter((name) => query.get(name)).map((name) => [name, query.get(name)]),
  );
  const under = query.get("scan") === null ? keptStakes() : await ofScan(query.get("scan"), signal);
  const asked = { ...under, ...named };
  return "allow_shorts" in asked ? { ...asked, allow_shorts: String(asked.allow_shorts) === "true" } : asked;
}

async function ofScan(scanId, signal) {
  try {
    const { request } = await get(`scan/request/${encodeURIComponent(scanId)}`, {}, { signal });
    return Object.fromEntries(
      [...BARS, ...STAKES].filter((name) => name in request).map((name) => [name, request[name]]),
    );
  } catch (problem) {
    if (problem.code !== "unknown_scan") throw problem; // it was deleted: what the address says remains
    return {};
  }
}

/** The report of a symbol. Throws Problem. */
export function report(symbol, asked, { signal }) {
  return get(
    `symbols/${encodeURIComponent(symbol)}`,
    { ...asked, bars: shown(Number(asked.lookback_bars ?? SHOWN_BARS)) },
    { signal },
  );
}

/** Ten years, but never less than is rated; 0 stands for all there are. */
const shown = (lookback) => (lookback === 0 ? 0 : Math.max(SHOWN_BARS, lookback || SHOWN_BARS));

function keptStakes() {
  const kept = Object(recalled("stakes"));
  return Object.fromEntries(STAKES.filter((name) => name in kept).map((name) => [name, kept[name]]));
}
