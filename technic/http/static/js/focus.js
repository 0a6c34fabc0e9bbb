// The focus, which must not get lost when what has it is drawn anew, disabled or taken away.

const REACHABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]";

/** Whether an element can have the focus now. */
export const reachable = (element) => element.isConnected && element.matches(REACHABLE) && element.checkVisibility();

/**
 * Draw, and give the focus to what stands for the element that had it and has it no more: the same place in the
 * row of the same `data-key`, else the first place there, else what is nearest.
 *
 * @param {Element} room - Where the focus is looked after.
 * @param {function(): void} draw
 * @param {function(): Element} nearest - Asked for where the whole row is gone.
 */
export function holdingFocus(room, draw, nearest) {
  const before = document.activeElement;
  if (before === document.body || !room.contains(before)) return draw();
  const row = before.closest("[data-key]");
  const place = row === null ? -1 : placesOf(row).indexOf(before);
  draw();
  if (reachable(before)) {
    if (before !== document.activeElement) before.focus({ preventScroll: true });
    return undefined;
  }
  const now = row?.dataset.key === undefined ? null : room.querySelector(`[data-key="${CSS.escape(row.dataset.key)}"]`);
  const places = now === null ? [] : placesOf(now);
  (places[place] ?? places[0] ?? nearest()).focus({ preventScroll: true });
  return undefined;
}

const placesOf = (row) => [...row.querySelectorAll(REACHABLE)].filter((element) => element.checkVisibility());
