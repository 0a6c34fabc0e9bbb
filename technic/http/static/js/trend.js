// Whether a scan's end comes nearer or moves away: what it was expected at, then and now.

const BACK_MS = 5_000;
const LEAST_SECONDS = 2;
const LEAST_SHARE = 0.05;

/** How each trend looks and reads. */
export const TRENDS = { nearer: ["↘", "sooner"], farther: ["↗", "later"], steady: ["→", "on time"] };

/** The trend of one scan's expected end, by what was expected some seconds ago. */
export class Trend {
  #ends = [];

  /**
   * @param {number|null} etaSeconds - What the newest snapshot says is left.
   * @param {number} now - Milliseconds; of the same clock each time.
   * @returns {"nearer"|"farther"|"steady"|null} Null until there is something to go by.
   */
  note(etaSeconds, now) {
    if (etaSeconds === null || etaSeconds === undefined) {
      this.#ends = [];
      return null;
    }
    const end = now + 1000 * etaSeconds;
    this.#ends.push({ at: now, end });
    while (this.#ends.length > 1 && this.#ends[1].at <= now - BACK_MS) this.#ends.shift();
    const first = this.#ends[0];
    if (now - first.at < BACK_MS / 2) return null;
    const moved = (end - first.end) / 1000;
    if (Math.abs(moved) < Math.max(LEAST_SECONDS, LEAST_SHARE * etaSeconds)) return "steady";
    return moved < 0 ? "nearer" : "farther";
  }
}
