// The request that somebody was about to make, kept by the browser.

const KEY = "technic.request";

/** What was kept last; an empty request where nothing was. */
export function recalled() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept !== null && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

/** Keep a request until the next one. */
export function remember(request) {
  try {
    localStorage.setItem(KEY, JSON.stringify(request));
  } catch {
    // a browser may keep nothing; then the form begins empty
  }
}
