import { el } from "../dom.js";

/** history. */
export function history(room) {
  room.append(el("h1", {}, "history"));
}
