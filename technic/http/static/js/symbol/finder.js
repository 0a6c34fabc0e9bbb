// Finding a symbol: by how it begins or by a part of its name, with a few to choose from.

import { get } from "../api.js";
import { el } from "../dom.js";
import { freshId } from "../forms/entries.js";

const SHOWN = 20;
const PAUSE_MS = 150;

/**
 * An entry for a symbol.
 *
 * @param {function(string): void} go - Called with the symbol that somebody wants to see.
 * @returns {{element: HTMLElement, close: function(): void}}
 */
export function finder(go) {
  const leaving = new AbortController();
  const list = el("datalist", { id: freshId("symbols") });
  const input = el("input", {
    type: "search",
    list: list.id,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    placeholder: "Symbol or name",
    oninput: ask,
  });
  const element = el(
    "form.finder",
    { role: "search", onsubmit: submit },
    el("label.unseen", { for: (input.id = freshId("find")) }, "Find a symbol"),
    input,
    list,
    el("button", { type: "submit" }, "Show"),
  );
  let timer = null;
  let newest = 0;
  let found = [];

  // Choosing from the list replaces all that stands there; who types A may mean AA.
  function ask(event) {
    const chosen = event.inputType === undefined || event.inputType === "insertReplacementText";
    if (chosen && found.some((listing) => listing.symbol === input.value)) return go(input.value);
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  }

  async function look() {
    const text = input.value.trim();
    const mine = (newest += 1);
    if (text === "") return list.replaceChildren();
    try {
      const { symbols } = await get(
        "universe",
        { search: text.slice(0, 100), limit: SHOWN },
        { signal: leaving.signal },
      );
      if (mine !== newest) return; // a later question is on its way
      found = symbols;
      list.replaceChildren(
        ...symbols.map((listing) => el("option", { value: listing.symbol }, listing.name ?? listing.symbol)),
      );
    } catch {
      // whatever is wrong is said when the symbol is shown
    }
  }

  function submit(event) {
    event.preventDefault();
    const text = input.value.trim();
    if (text === "") return input.focus();
    go(bySymbol(text) ?? onlyName(text) ?? text);
  }

  const bySymbol = (text) => found.find((listing) => listing.symbol.toLowerCase() === text.toLowerCase())?.symbol;
  const onlyName = (text) =>
    found.find((listing) => listing.name?.toLowerCase().startsWith(text.toLowerCase()))?.symbol;

  return {
    element,
    close: () => {
      clearTimeout(timer);
      leaving.abort();
    },
  };
}
