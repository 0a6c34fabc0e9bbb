import { el } from "../dom.js";

/** symbol. */
export function symbol(room) {
  room.append(el("h1", {}, "symbol"));
}
