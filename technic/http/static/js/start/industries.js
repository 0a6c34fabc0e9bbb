// The industries: many, so they fold away and can be filtered.

import { el, say } from "../dom.js";
import { setEntry } from "../forms/entries.js";

/** The entry of the industries. @param {Object<string, number>} counts - By name. */
export function industriesEntry(counts) {
  const entry = setEntry({ name: "industries", label: "Industries", counts });
  const chosen = el("span.faint");
  const filter = el("input", {
    type: "search",
    placeholder: "Filter industries",
    "aria-label": "Filter industries",
    autocomplete: "off",
    oninput: () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const choice of entry.room.children) choice.hidden = !choice.dataset.value.toLowerCase().includes(wanted);
    },
  });
  const folded = el("details.fold", {}, el("summary", {}, "Industries ", chosen), filter, entry.room);

  function count() {
    const many = (entry.value() ?? []).length;
    say(chosen, many > 0 ? `${many} chosen` : "all");
  }

  entry.element.querySelector("legend").classList.add("unseen");
  entry.element.append(folded);
  entry.element.addEventListener("change", count);
  return {
    ...entry,
    set: (values) => {
      entry.set(values);
      count();
      if ((entry.value() ?? []).length > 0) folded.open = true;
    },
  };
}
