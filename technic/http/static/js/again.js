// The same scan once more.

import { get, post } from "./api.js";
import { href } from "./router.js";
import { complain } from "./toasts.js";

/** Start a scan like an earlier one, and go to its page; says why where it is refused. */
export async function startAgain(scanId) {
  try {
    const { request } = await get(`scan/request/${encodeURIComponent(scanId)}`);
    const started = await post("scan/start", { ...request, async_mode: true });
    location.hash = href("scan", started.scan_id);
  } catch (problem) {
    complain(problem);
  }
}
