// When the page is drawn: at most ten times a second, and never while nobody looks.

const LEAST_MS = 100;

/**
 * A function that asks for a drawing: many askings become one, which happens in an animation frame, at least
 * 100 ms after the last; a hidden page draws when it is seen again.
 *
 * @param {function(): void} draw
 * @param {{gatherMs?: number}} [how] - How long a drawing waits for more: where news come in bursts, one drawing
 *   then shows all of a burst.
 * @returns {{ask: function(): void, stop: function(): void}}
 */
export function painter(draw, { gatherMs = 0 } = {}) {
  let last = -Infinity;
  let timer = null;
  let frame = null;

  function paint() {
    frame = null;
    if (document.hidden) return document.addEventListener("visibilitychange", ask, { once: true });
    last = performance.now(); // the time of the frame may be long ago on a busy machine
    draw();
  }

  function plan() {
    timer = null;
    frame = requestAnimationFrame(paint);
  }

  function ask() {
    if (timer !== null || frame !== null) return;
    const wait = Math.max(gatherMs, last + LEAST_MS - performance.now());
    if (wait > 0) timer = setTimeout(plan, wait);
    else plan();
  }

  function stop() {
    document.removeEventListener("visibilitychange", ask);
    clearTimeout(timer);
    if (frame !== null) cancelAnimationFrame(frame);
    timer = frame = null;
  }

  return { ask, stop };
}
