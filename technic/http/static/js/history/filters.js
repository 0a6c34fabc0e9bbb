// What narrows the history down: how scans ended, what was asked for, when.

import { get } from "../api.js";
import { el, say } from "../dom.js";
import { STATUSES, TEXTS } from "./query.js";

const TYPED_MS = 300;
const FIELDS = {
  text: { label: "Asked for", hint: "Symbol, field" },
  tag: { label: "Tag", hint: "Whole word" },
  scan_id: { label: "Id", hint: "How it begins" },
};
const DAYS = { since: "From", until: "To" };

/** A form that tells what was chosen, as often as it changes. */
export class Filters {
  element = el("form.filters", { role: "search", "aria-label": "Filter the history", onsubmit: (event) => event.preventDefault() });
  #asked = null;
  #change;
  #typing = null;
  #timer = null;
  #boxes = STATUSES.map((status) => el("input", { type: "checkbox", name: "status", value: status }));
  #preset = el("select", { id: "of-preset" }, el("option", { value: "" }, "any"));
  #inputs = {};
  #faults = {};
  #scans;

  /**
   * @param {function(Object, {replace: boolean}): void} change - Given what of the query is another now, and
   *   whether it goes on from the change before.
   */
  constructor(change) {
    this.#change = change;
    this.#scans = el("div.together", {}, this.#statuses(), this.#field("preset", "Preset", this.#preset),
      Object.entries(FIELDS).map(([name, { label, hint }]) => this.#field(name, label, this.#text(name, hint))));
    this.element.append(this.#scans, ...Object.entries(DAYS).map(([name, label]) => this.#field(name, label, this.#day(name))));
    this.#preset.addEventListener("change", () => this.#tell({ preset: this.#preset.value }));
    this.#presets();
  }

  /** Show what is asked for; what somebody types into is left alone. */
  show(asked) {
    this.#asked = asked;
    this.#scans.hidden = asked.show === "figures";
    for (const box of this.#boxes) box.checked = asked.statuses.includes(box.value);
    this.#choose(asked.preset);
    for (const [name, input] of Object.entries(this.#inputs)) {
      if (input !== document.activeElement && input.value !== asked[name]) input.value = asked[name];
    }
  }

  /** Say beside each field what is wrong with it; none clears them. */
  fault(errors = []) {
    const said = Object.fromEntries(errors.map(({ pointer, detail }) => [pointer.slice(1), detail]));
    for (const [name, { input, element }] of Object.entries(this.#faults)) {
      say(element, said[name] ?? "");
      element.hidden = !said[name];
      if (said[name]) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }

  /** Leave the page. */
  close() {
    clearTimeout(this.#timer);
  }

  #statuses() {
    for (const box of this.#boxes) {
      box.addEventListener("change", () => this.#tell({ statuses: this.#boxes.filter((each) => each.checked).map((each) => each.value) }));
    }
    return el("fieldset.field", {}, el("legend", {}, "Ended"),
      el("div.ticks", {}, this.#boxes.map((box) => el("label", {}, box, box.value))));
  }

  #field(name, label, input) {
    const fault = el("p.fault", { id: `of-${name}-fault`, hidden: true });
    input.setAttribute("aria-describedby", fault.id);
    this.#faults[name] = { input, element: fault };
    return el("div.field", {}, el("label", { for: input.id }, label), input, fault);
  }

  #text(name, hint) {
    const input = el("input", { id: `of-${name}`, type: "search", placeholder: hint, maxlength: TEXTS[name], autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => this.#soon(name, input));
    input.addEventListener("change", () => this.#now(name, input));
    this.#inputs[name] = input;
    return input;
  }

  #day(name) {
    const input = el("input", { id: `of-${name}`, type: "date", min: "2000-01-01", max: "9999-12-30" });
    input.addEventListener("change", () => this.#tell({ [name]: input.value }));
    this.#inputs[name] = input;
    return input;
  }

  // While somebody types, the address changes without a step back for each letter.
  #soon(name, input) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tell({ [name]: input.value }, { replace: this.#typing === name });
      this.#typing = name;
    }, TYPED_MS);
  }

  #now(name, input) {
    clearTimeout(this.#timer);
    if (input.value !== this.#asked[name]) this.#tell({ [name]: input.value }, { replace: this.#typing === name });
    this.#typing = null;
  }

  #tell(changed, { replace = false } = {}) {
    this.#change({ ...changed, page: 1 }, { replace });
  }

  async #presets() {
    const { presets } = await get("presets");
    this.#preset.append(...presets.map(({ name, title }) => el("option", { value: name }, title ?? name)));
    if (this.#asked !== null) this.#choose(this.#asked.preset);
  }

  // One that nobody knows can stand in an address; it is shown as it stands there.
  #choose(preset) {
    const known = [...this.#preset.options].some((option) => option.value === preset);
    if (!known) this.#preset.append(el("option", { value: preset }, preset));
    this.#preset.value = preset;
  }
}
