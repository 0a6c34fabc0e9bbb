// All scans, as one WebSocket tells of them: what the list shows.

import { address, get } from "./api.js";
import { Stream } from "./socket.js";

const ENDED = new Set(["completed", "failed", "cancelled"]);
const KEPT_ENDED = 500;
const EVERY_SECONDS = 0.5; // a frame costs more than what is drawn of it

/** Whether nothing more can happen to a scan. */
export function hasEnded(snapshot) {
  return ENDED.has(snapshot.status);
}

/**
 * The scans that go on, and those that ended while we looked; newest news of each. Dispatches `scans` when there
 * are news, `missed` when scans may have ended that it has not heard of, `state` and `refused`.
 */
export class Fleet extends EventTarget {
  /** By scan_id. */
  scans = new Map();
  /** connecting, live, lost or paused. */
  state = "connecting";
  #place = null;
  #epoch = null;
  #stream = new Stream({
    where: () => address("scan/ws", { events: "states", every_seconds: EVERY_SECONDS, since: this.#place }),
    take: (frame) => this.#take(frame),
    tell: (state) => this.#tell(state),
  });

  /** Look, for as long as the page lives. */
  open() {
    this.#stream.open();
  }

  /** Call off scans; their end is told like any other news. False where nobody is connected. */
  cancel(scanIds) {
    return this.#stream.send({ action: "cancel", scan_ids: [...scanIds] });
  }

  /** Put in what another answer told; older news than ours is left out. */
  learn(snapshot) {
    const known = this.scans.get(snapshot.scan_id);
    if (known !== undefined && (hasEnded(known) || known.seq > snapshot.seq)) return;
    this.scans.set(snapshot.scan_id, snapshot);
    if (hasEnded(snapshot)) this.#forgetOldest();
    this.#changed();
  }

  /** Take out a scan that was deleted. */
  forget(scanId) {
    this.scans.delete(scanId);
    this.#changed();
  }

  #take(frame) {
    if (frame.type === "hello") this.#greeted(frame);
    else if (frame.type === "progress" || frame.type === "state") {
      this.#place = `${this.#epoch}-${frame.offset}`;
      this.learn(frame);
    } else if (frame.type === "error") this.dispatchEvent(new CustomEvent("refused", { detail: frame.error }));
  }

  #greeted(hello) {
    this.#epoch = hello.epoch;
    this.#place = `${hello.epoch}-${hello.offset}`;
    if (hello.recovered) return;
    this.dispatchEvent(new Event("missed"));
    this.#catchUp();
  }

  // What we show as going on may have ended where nobody could tell us: in another life of the server.
  async #catchUp() {
    const open = [...this.scans.values()].filter((scan) => !hasEnded(scan)).map((scan) => scan.scan_id);
    if (open.length === 0) return;
    try {
      const { scans } = await get("scan/active");
      const active = new Set(scans.map((scan) => scan.scan_id));
      for (const scanId of open) if (!active.has(scanId)) await this.#lookUp(scanId);
    } catch (problem) {
      if (problem.code !== "unreachable") throw problem; // else the next greeting begins again
    }
    this.#changed();
  }

  async #lookUp(scanId) {
    try {
      this.scans.set(scanId, await get(`scan/progress/${encodeURIComponent(scanId)}`));
    } catch (problem) {
      if (problem.code !== "unknown_scan") throw problem;
      this.scans.delete(scanId);
    }
  }

  #forgetOldest() {
    const ended = [...this.scans.values()].filter(hasEnded);
    for (const scan of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) this.scans.delete(scan.scan_id);
  }

  #tell(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #changed() {
    this.dispatchEvent(new Event("scans"));
  }
}
