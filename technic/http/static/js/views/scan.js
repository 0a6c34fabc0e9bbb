import { el } from "../dom.js";

/** scan. */
export function scan(room) {
  room.append(el("h1", {}, "scan"));
}
