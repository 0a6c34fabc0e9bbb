// Which part of the history is looked at: as the address says it, as the server is asked for it.

/** So many scans stand on a page. */
export const PAGE = 25;

/** How a scan can end. */
export const STATUSES = ["completed", "failed", "cancelled"];

/** How long a step of the plots over time can be, in seconds. */
export const STEPS = { hour: 3_600, day: 86_400, week: 604_800 };

/** The filters that are text, and how long each may be. */
export const TEXTS = { preset: 64, tag: 100, scan_id: 64, text: 200 };

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * What an address asks for; what makes no sense in it counts as not said.
 *
 * @param {URLSearchParams} query
 * @returns {Object} `statuses`, the names of TEXTS, `since` and `until` (days or empty), `page` (from 1),
 *   `show` (scans or figures), `by` (of STEPS, or empty for whatever suits).
 */
export function read(query) {
  const named = new Set((query.get("status") ?? "").split(","));
  const page = Number(query.get("page"));
  return {
    statuses: STATUSES.filter((status) => named.has(status)),
    ...Object.fromEntries(Object.entries(TEXTS).map(([name, most]) => [name, (query.get(name) ?? "").slice(0, most)])),
    since: day(query.get("since")),
    until: day(query.get("until")),
    page: Number.isSafeInteger(page) && page > 0 ? Math.min(page, 1_000_000) : 1,
    show: query.get("show") === "figures" ? "figures" : "scans",
    by: Object.hasOwn(STEPS, query.get("by") ?? "") ? query.get("by") : "",
  };
}

function day(text) {
  return DAY.test(text ?? "") && !Number.isNaN(Date.parse(`${text}T00:00`)) ? text : "";
}

/** The same as the address says it; what is usual is left out. */
export function written(asked) {
  const said = {
    show: asked.show === "figures" ? "figures" : "", status: asked.statuses.join(","),
    ...Object.fromEntries(Object.keys(TEXTS).map((name) => [name, asked[name]])),
    since: asked.since, until: asked.until, by: asked.by, page: asked.page > 1 ? String(asked.page) : "",
  };
  return new URLSearchParams(Object.entries(said).filter(([, value]) => value !== ""));
}

/** Whether only a part of the history is asked for. */
export function narrowed(asked) {
  return asked.statuses.length > 0 || Object.keys(TEXTS).some((name) => asked[name] !== "") || asked.since !== "" || asked.until !== "";
}

/** For GET /scan/history. */
export function ofPage(asked) {
  return {
    status: asked.statuses.join(","), ...Object.fromEntries(Object.keys(TEXTS).map((name) => [name, asked[name]])),
    ...period(asked), offset: (asked.page - 1) * PAGE, limit: PAGE,
  };
}

/** For GET /scan/stats. */
export function ofFigures(asked, by) {
  return { ...period(asked), bucket_seconds: STEPS[by] };
}

// Days are those of the person's own clock, both included.
function period({ since, until }) {
  return { since: since && midnight(since, 0), until: until && midnight(until, 1) };
}

function midnight(text, later) {
  const moment = new Date(`${text}T00:00`);
  moment.setDate(moment.getDate() + later);
  return moment.toISOString();
}
