// What the browser keeps of somebody's choices, each under a name, from one page to the next.

/** What was kept last under a name; null where nothing was, where the browser keeps nothing, or nothing readable. */
export function recalled(name) {
  try {
    return JSON.parse(localStorage.getItem(`technic.${name}`));
  } catch {
    return null;
  }
}

/** Keep a value of JSON until the next one; a browser that keeps nothing loses it with the page. */
export function remember(name, value) {
  try {
    localStorage.setItem(`technic.${name}`, JSON.stringify(value));
  } catch {
    // then it holds for as long as the page
  }
}
