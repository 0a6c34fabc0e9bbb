// Forgetting scans for good, after a question.

import { remove } from "../api.js";
import { agreed } from "../ask.js";
import { whole } from "../format.js";
import { complain, toast } from "../toasts.js";

const AT_ONCE = 6;

/**
 * Ask, and delete.
 *
 * @param {string[]} scanIds
 * @param {function(string): void} gone - Told each that is no more.
 * @returns {Promise<boolean>} Whether anything may have changed.
 */
export async function forget(scanIds, gone) {
  const many = scanIds.length > 1 ? `these ${whole(scanIds.length)} scans, their rows and their places` : "this scan, its rows and its place";
  if (!(await agreed(`Delete ${many} in the history?`, "Delete"))) return false;
  const left = [...scanIds];
  let done = 0;
  let trouble = null;
  const lane = async () => {
    while (left.length > 0 && trouble === null) {
      const scanId = left.shift();
      try {
        await remove(`scan/${encodeURIComponent(scanId)}`);
      } catch (problem) {
        if (problem.code !== "unknown_scan") { // somebody else was quicker
          trouble = problem;
          continue;
        }
      }
      done += 1;
      gone(scanId);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, lane));
  if (trouble !== null) complain(trouble);
  if (done > 0) toast(done === 1 ? "The scan was deleted." : `${whole(done)} scans were deleted.`);
  return true;
}
