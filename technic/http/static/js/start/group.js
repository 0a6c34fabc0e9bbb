// Conditions that belong together, as a group of the filter; groups nest.

import { el } from "../dom.js";
import { Condition, Written } from "./condition.js";

const WAYS = [
  ["all", "All of"],
  ["any", "Any of"],
  ["none", "None of"],
];
const DEPTH_MOST = 8;

/** A list of conditions with what adds to it: the filters of a request, or a group among them. */
export class Group {
  /** What goes into the page. */
  element;
  #fields;
  #depth;
  #members = new Map();
  #list = el("ul.members");
  #how = el(
    "select",
    { "aria-label": "How many have to hold" },
    WAYS.map(([value, words]) => el("option", { value }, words)),
  );

  /**
   * @param {Object[]} fields - Of GET /fields.
   * @param {number} [depth] - 1 for the filters of a request themselves, of which all have to hold.
   */
  constructor(fields, depth = 1) {
    this.#fields = fields;
    this.#depth = depth;
    const head = depth > 1 ? el("div.group-head", {}, this.#how, el("span", {}, "these:")) : null;
    this.element = el(
      depth > 1 ? "div.group" : "div.filters",
      { role: "group", "aria-label": depth > 1 ? "Group of conditions" : "Conditions" },
      head,
      this.#list,
      this.#adders(),
    );
  }

  /** The JSON of its members; of a group within the filters that of the group. Tells where each part stands. */
  value(pointer, places) {
    const how = this.#how.value;
    const below = this.#depth > 1 ? `${pointer}/${how}` : pointer;
    places.set(pointer, this.element);
    const members = [...this.#members.values()].map((member, place) => member.value(`${below}/${place}`, places));
    return this.#depth > 1 ? { [how]: members } : members;
  }

  /** Put other members in the place of its own; `given` is as `value` gives it. */
  set(given) {
    this.#members.clear();
    this.#list.replaceChildren();
    for (const one of [].concat(given ?? [])) this.add(one);
  }

  /** One more member, from its JSON or text; gives what goes into the page. */
  add(given) {
    return this.#add(this.#made(given));
  }

  #made(given) {
    if (typeof given === "string") return new Written(given);
    const way = WAYS.map(([how]) => how).find((how) => Array.isArray(given?.[how]));
    if (way === undefined) return new Condition(this.#fields, given);
    const group = new Group(this.#fields, this.#depth + 1);
    group.#how.value = way;
    group.set(given[way]);
    return group;
  }

  #add(member) {
    const away = el(
      "button.quiet.away",
      { type: "button", "aria-label": "Remove this condition", onclick: () => this.#remove(member, item) },
      "×",
    );
    const item = el("li", {}, member.element, away);
    this.#members.set(item, member);
    this.#list.append(item);
    return member.element;
  }

  #remove(member, item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    this.#members.delete(item);
    item.remove();
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
    (next?.querySelector("select, input") ?? this.element.querySelector(":scope > .adders button")).focus();
  }

  #adders() {
    const adder = (words, given) =>
      el(
        "button",
        {
          type: "button",
          onclick: () => {
            const added = this.add(given());
            this.element.dispatchEvent(new Event("change", { bubbles: true }));
            added.querySelector("select, input").focus();
          },
        },
        words,
      );
    return el(
      "div.actions.adders",
      {},
      adder("Add a condition", () => undefined),
      adder("Write one", () => ""),
      this.#depth < DEPTH_MOST ? adder("Add a group", () => ({ any: [undefined] })) : null,
    );
  }
}
