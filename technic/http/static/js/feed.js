// One scan, with its rows as they are found: what its page shows.

import { address, get } from "./api.js";
import { hasEnded } from "./fleet.js";
import { Stream } from "./socket.js";

const UNKNOWN = 4404;
const DONE = 1000;
const RETRY_MS = 1_000;

/** The newest snapshot and the rows of one scan; each row once, whatever happens to the connection. */
export class Feed extends EventTarget {
  /** The newest snapshot, null before the first. */
  snapshot = null;
  /** Rows by symbol, in the order in which they were found. */
  rows = new Map();
  /** The result with its failures, figures and warnings, once the scan has ended. */
  result = null;
  #scanId;
  #epoch = null;
  #seq = -1;
  #leaving = new AbortController();
  #retry = null;
  #stream = new Stream({
    where: () => address(`scan/ws/${encodeURIComponent(this.#scanId)}`, { events: "all", since: this.#place() }),
    take: (frame) => this.#take(frame),
    tell: (state) => this.dispatchEvent(new CustomEvent("state", { detail: state })),
    over: (event) => event.code === UNKNOWN || (event.code === DONE && this.snapshot !== null),
  });

  constructor(scanId) {
    super();
    this.#scanId = scanId;
  }

  /** Follow the scan until `close` or its end. */
  open() {
    this.#stream.open();
  }

  /** Leave it. */
  close() {
    this.#leaving.abort();
    clearTimeout(this.#retry);
    this.#stream.close();
  }

  #place() {
    return this.#epoch === null ? -1 : `${this.#epoch}-${this.#seq}`;
  }

  #take(frame) {
    if (frame.type === "hello") this.#greeted(frame);
    else if (frame.type === "error") this.dispatchEvent(new CustomEvent("refused", { detail: frame.error }));
    else {
      this.#seq = Math.max(this.#seq, frame.seq);
      if (frame.type === "match") this.#add(frame.rows);
      else this.#learn(frame);
    }
  }

  #greeted(hello) {
    this.#epoch = hello.epoch;
    if (hello.recovered) return;
    this.#seq = hello.seq;
    this.rows.clear(); // what we had may not hold any more: the scan may have been begun anew
    this.#fetch({ partial: true });
  }

  #learn(snapshot) {
    this.snapshot = snapshot;
    if (hasEnded(snapshot)) this.#fetch({});
    this.#changed();
  }

  #add(rows) {
    for (const row of rows) this.rows.set(row.symbol, row);
    this.#changed();
  }

  // The rows that the server has, where the stream cannot tell them one by one, or after its end in their order.
  async #fetch(query) {
    try {
      const result = await get(`scan/results/${encodeURIComponent(this.#scanId)}`, query, {
        signal: this.#leaving.signal,
      });
      if (query.partial && this.result !== null) return;
      if (!query.partial) {
        this.result = result;
        this.rows.clear();
      }
      this.#add(result.results);
    } catch (error) {
      if (error.code === "unreachable") this.#retry = setTimeout(() => this.#fetch(query), RETRY_MS);
      else if (error.name !== "AbortError") this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
