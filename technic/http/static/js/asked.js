// What scans were asked for, in words: asked of the server once a scan, a few at a time, for those that are looked at.

import { get } from "./api.js";
import { inWords } from "./request.js";

const AT_ONCE = 2;
const MOST = 2_000;

/** Words by scan; whoever looks at a scan gets them as soon as they are there. */
export class Asked {
  #words = new Map();
  #waiting = new Set();
  #asking = new Set();
  #changed;
  #leaving = new AbortController();

  /** @param {function(): void} changed - Called when there are more. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** A scan's request in words; "" while nobody knows it. */
  of(scanId) {
    const known = this.#words.get(scanId);
    if (known === undefined && !this.#asking.has(scanId)) {
      this.#waiting.add(scanId);
      this.#next();
    }
    return known ?? "";
  }

  /** The same without asking: for looking through all of them. */
  known(scanId) {
    return this.#words.get(scanId) ?? "";
  }

  /** What another answer told. */
  learn(scanId, request) {
    this.#keep(scanId, inWords(request));
  }

  /** Ask no more. */
  close() {
    this.#leaving.abort();
    this.#waiting.clear();
  }

  #keep(scanId, words) {
    this.#words.set(scanId, words);
    if (this.#words.size > MOST) this.#words.delete(this.#words.keys().next().value);
  }

  #next() {
    for (const scanId of this.#waiting) {
      if (this.#asking.size >= AT_ONCE) return;
      this.#waiting.delete(scanId);
      this.#asking.add(scanId);
      this.#ask(scanId);
    }
  }

  async #ask(scanId) {
    try {
      const { request } = await get(`scan/request/${encodeURIComponent(scanId)}`, {}, { signal: this.#leaving.signal });
      this.learn(scanId, request);
      this.#changed();
    } catch (problem) {
      if (problem.code === "unknown_scan") this.#keep(scanId, "");
    } finally {
      this.#asking.delete(scanId);
      this.#next();
    }
  }
}
