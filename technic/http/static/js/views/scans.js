import { el } from "../dom.js";

/** scans. */
export function scans(room) {
  room.append(el("h1", {}, "scans"));
}
