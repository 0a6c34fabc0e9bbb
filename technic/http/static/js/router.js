// Which view stands in the page: told by the hash, so that it works under any path and without the server.

/**
 * `#/scan/ID?tab=rows` as its parts.
 *
 * @returns {{name: string, rest: string[], query: URLSearchParams}}
 */
export function place(hash = location.hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name = "", ...rest] = path.split("/").map(decoded);
  return { name: name || "scans", rest, query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The hash of a view. */
export function href(name, ...rest) {
  return `#/${[name, ...rest].map(encodeURIComponent).join("/")}`;
}

/**
 * Change the query of the address and tell the view that stands: it is not made anew, and the focus stays.
 *
 * @param {URLSearchParams} query
 * @param {{replace?: boolean}} [how] - Whether the step back leads to where one was before the last change.
 */
export function turn(query, { replace = false } = {}) {
  const { name, rest } = place();
  const hash = query.size > 0 ? `${href(name, ...rest)}?${query}` : href(name, ...rest);
  window.history[replace ? "replaceState" : "pushState"](null, "", hash);
  window.dispatchEvent(new Event("hashchange"));
}

/** Give the page the title of its view, after the heading has changed. */
export function entitle(room = document.getElementById("view")) {
  document.title = `${room.querySelector("h1")?.textContent || "technic"} · technic`;
}

/**
 * Show the view of the hash, now and whenever it changes.
 *
 * @param {HTMLElement} room - Where views stand.
 * @param {Object<string, function(HTMLElement, Object)>} views - Each puts itself into the element that it is
 *   given, with an h1, and gives the function that ends it; or `leave`, which is that, and `turn`, which is
 *   told the query where it alone has changed.
 * @param {Object} context - What every view is given, beside `rest` and `query`.
 */
export function route(room, views, context) {
  let shown = { path: null, leave: () => {}, turn: null };

  function show() {
    const { name, rest, query } = place();
    const path = href(name, ...rest);
    if (path === shown.path && shown.turn !== null) {
      shown.turn(query);
      return false;
    }
    shown.leave();
    room.replaceChildren();
    const made = (views[name] ?? views.scans)(room, { ...context, rest, query });
    const ways = typeof made === "function" ? { leave: made } : made;
    shown = { path, leave: ways?.leave ?? (() => {}), turn: ways?.turn ?? null };
    headingOf(room).tabIndex = -1;
    mark(name in views ? name : "scans");
    entitle(room);
    return true;
  }

  window.addEventListener("hashchange", () => {
    if (!show()) return;
    // Who reads by ear hears the heading of what has come; who goes on by Tab goes on from there.
    headingOf(room).focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
  document.querySelector("a.skip").addEventListener("click", (event) => {
    event.preventDefault(); // its hash is no view's
    headingOf(room).focus();
  });
  show();
}

function mark(name) {
  for (const link of document.querySelectorAll("header nav a")) {
    if (place(new URL(link.href).hash).name === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const headingOf = (room) => room.querySelector("h1") ?? room;
