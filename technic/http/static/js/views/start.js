import { el } from "../dom.js";

/** start. */
export function start(room) {
  room.append(el("h1", {}, "start"));
}
