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
 * Show the view of the hash, now and whenever it changes.
 *
 * @param {HTMLElement} room - Where views stand.
 * @param {Object<string, function(HTMLElement, Object): (function(): void)>} views - Each puts itself into the
 *   element that it is given, and gives the function that ends it.
 * @param {Object} context - What every view is given, beside `rest` and `query`.
 */
export function route(room, views, context) {
  let leave = () => {};

  function show() {
    leave();
    const { name, rest, query } = place();
    const view = views[name] ?? views.scans;
    room.replaceChildren();
    leave = view(room, { ...context, rest, query }) ?? (() => {});
    for (const link of document.querySelectorAll("nav a")) {
      const here = place(new URL(link.href).hash).name === name;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${room.querySelector("h1")?.textContent ?? "technic"} · technic`;
  }

  window.addEventListener("hashchange", () => {
    show();
    room.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
  show();
}
