// Ended scans that the history has: the latest ones, or those that are looked for.

import { get } from "./api.js";

const LATEST = 25;
const FOUND = 100;
const WAIT_MS = 250;

/** Ended scans, as many as a list shows. */
export class Past {
  /** By scan_id, as GET /scan/history tells them. */
  scans = new Map();
  /** How many there are in all, where more are found than are shown. */
  total = 0;
  #changed;
  #timer = null;
  #leaving = new AbortController();

  /** @param {function(): void} changed - Called when others were found. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Look in a moment, so that whoever types is not asked after each letter. */
  seek(search, { atOnce = false } = {}) {
    clearTimeout(this.#timer);
    this.#leaving.abort();
    if (atOnce) this.#look(search);
    else this.#timer = setTimeout(() => this.#look(search), WAIT_MS);
  }

  /** Look no more. */
  close() {
    clearTimeout(this.#timer);
    this.#leaving.abort();
  }

  async #look(search) {
    const { signal } = (this.#leaving = new AbortController());
    const queries = search.queries(search.active ? FOUND : LATEST);
    try {
      const pages = await Promise.all(queries.map((query) => get("scan/history", query, { signal })));
      this.scans = new Map(pages.flatMap((page) => page.scans).map((scan) => [scan.scan_id, scan]));
      this.total = Math.max(this.scans.size, ...pages.map((page) => page.total));
      this.#changed();
    } catch (problem) {
      if (problem.name !== "AbortError" && problem.code !== "unreachable") throw problem;
    }
  }
}
