// Light or dark: the system's choice until the person makes one.

const KEY = "technic.theme";
const CHOICES = ["system", "light", "dark"];

/** Let a button go through system, light and dark; the choice outlives the page. */
export function theme(button) {
  let chosen = remembered();

  function apply() {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    button.textContent = `Theme: ${chosen}`;
    document.dispatchEvent(new Event("themechange"));
  }

  button.addEventListener("click", () => {
    chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length];
    remember(chosen);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

/** What a custom property of the style sheet is now: colours for charts. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function remembered() {
  try {
    const kept = localStorage.getItem(KEY);
    return CHOICES.includes(kept) ? kept : "system";
  } catch {
    return "system"; // a browser may keep nothing
  }
}

function remember(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // then it holds for as long as the page
  }
}
