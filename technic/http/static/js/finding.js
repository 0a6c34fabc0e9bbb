// Which scans are looked for: by what stands in their id, request or tags, by status, by time. Nothing here touches the page.

const HOUR_MS = 3_600_000;

/** How far back one can look: milliseconds by the name of the choice. */
export const SPANS = { any: null, hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS };

const ENDS = ["completed", "failed", "cancelled"];

/** What is looked for. Empty at first: then the list shows what goes on, and what ended lately. */
export class Search {
  text = "";
  status = "";
  span = "any";

  /** Whether anything is looked for. */
  get active() {
    return this.text.trim() !== "" || this.status !== "" || this.span !== "any";
  }

  /** Whether a scan is among what is looked for; `words` is its request. */
  finds(scan, words, now = Date.now()) {
    if (this.status !== "" && scan.status !== this.status) return false;
    const since = SPANS[this.span];
    if (since !== null && new Date(scan.completed_at ?? scan.created_at).getTime() < now - since) return false;
    const said = `${words} ${(scan.tags ?? []).join(" ")}`.toLowerCase();
    return this.#words().every((word) => said.includes(word) || scan.scan_id.startsWith(word));
  }

  /**
   * The queries of GET /scan/history that find the same there; none where no scan of the past can be meant.
   *
   * @returns {Object[]} By text and, where it could be one, by how an id begins.
   */
  queries(limit, now = Date.now()) {
    if (this.status !== "" && !ENDS.includes(this.status)) return [];
    const since = SPANS[this.span];
    const query = { limit, status: this.status, since: since === null ? null : new Date(now - since).toISOString() };
    const text = this.text.trim();
    if (text === "") return [query];
    const byId = /^[0-9a-f]{1,32}$/i.test(text) ? [{ ...query, scan_id: text.toLowerCase() }] : [];
    return [...byId, { ...query, text: text.slice(0, 100) }];
  }

  #words() {
    return this.text.toLowerCase().split(/\s+/).filter(Boolean);
  }
}
