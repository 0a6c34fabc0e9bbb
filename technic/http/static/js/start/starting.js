// Sending a request: once, however often it has to be sent, and saying when to try again.

import { post } from "../api.js";

/** Starts scans; a request that had no answer is sent again under the same key, so that it starts one scan. */
export class Starter {
  #key = null;
  #said = "";

  /** Start a scan; gives the answer of POST /scan/start. Throws Problem. */
  async start(request) {
    const said = JSON.stringify(request);
    if (this.#key === null || said !== this.#said) this.#key = freshKey();
    this.#said = said;
    try {
      const started = await post("scan/start", request, { headers: { "Idempotency-Key": this.#key } });
      this.#key = null;
      return started;
    } catch (problem) {
      if (problem.code !== "unreachable") this.#key = null;
      throw problem;
    }
  }
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Keep a button from being pressed until it is time to try again, and let it say how long that is.
 *
 * @param {HTMLButtonElement} button
 * @param {number} seconds
 * @returns {function(): void} Ends the waiting.
 */
export function waiting(button, seconds) {
  const words = button.textContent;
  const until = performance.now() + 1000 * seconds;
  let timer = null;

  function end() {
    clearTimeout(timer);
    button.disabled = false;
    button.textContent = words;
  }

  function tick() {
    const left = until - performance.now();
    if (left <= 0) return end();
    button.disabled = true;
    button.textContent = `Try again in ${Math.ceil(left / 1000)} s`;
    timer = setTimeout(tick, Math.min(left, 1000));
  }

  tick();
  return end;
}
