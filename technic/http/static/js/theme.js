// Light or dark: the system's choice until the person makes one.

import { recalled, remember } from "./memory.js";

const CHOICES = ["system", "light", "dark"];

/** Let a button go through system, light and dark; the choice outlives the page. */
export function theme(button) {
  let chosen = CHOICES.find((choice) => choice === recalled("theme")) ?? "system";

  function apply() {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    button.textContent = `Theme: ${chosen}`;
    document.dispatchEvent(new Event("themechange"));
  }

  button.addEventListener("click", () => {
    chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length];
    remember("theme", chosen);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

/** What a custom property of the style sheet is now: colours for charts. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
