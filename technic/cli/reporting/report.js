// Draws the plots in the page's colours, light or dark, and sorts the rows.
(() => {
  "use strict";
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** The page's colour behind `$name`, everywhere in a value. */
  function painted(value, colours) {
    if (typeof value === "string") return value.startsWith("$") ? colours(value.slice(1)) : value;
    if (Array.isArray(value)) return value.map((item) => painted(item, colours));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, painted(item, colours)]));
  }

  function look(colours) {
    const axis = { gridcolor: colours("line"), zerolinecolor: colours("faint"), linecolor: colours("line") };
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false,
      font: { color: colours("text"), family: "system-ui, sans-serif", size: 12 },
      hoverlabel: { bgcolor: colours("raised"), font: { color: colours("text") }, bordercolor: colours("line") },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 1, xanchor: "right" },
      axis,
    };
  }

  function draw() {
    const style = getComputedStyle(document.documentElement);
    const colours = (name) => style.getPropertyValue(`--${name}`).trim();
    const { axis, ...common } = look(colours);
    for (const place of document.querySelectorAll("[data-figure]")) {
      const { data, layout } = painted(figures[place.dataset.figure], colours);
      for (const name of Object.keys(layout)) {
        if (/^[xy]axis/.test(name)) layout[name] = { ...axis, ...layout[name], fixedrange: true };
      }
      Plotly.react(place, data, { ...common, ...layout }, { displayModeBar: false, responsive: true });
    }
  }

  /** Rows in order of a column; a missing value is last either way. */
  function sort(head, button) {
    const table = head.closest("table");
    const body = table.tBodies[0];
    const column = [...head.parentElement.children].indexOf(head);
    const numeric = head.dataset.kind === "number";
    const before = head.getAttribute("aria-sort");
    const down = before ? before === "ascending" : numeric && column > 0;
    const value = (row) => row.children[column].dataset.value;
    const compare = (a, b) =>
      (numeric || (!isNaN(a) && !isNaN(b)) ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true }));
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
      return down ? compare(b, a) : compare(a, b);
    });
    body.append(...rows);
    for (const each of head.parentElement.children) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    button.focus();
  }

  for (const button of document.querySelectorAll(".sortable thead button")) {
    button.addEventListener("click", () => sort(button.closest("th"), button));
  }
  draw();
  dark.addEventListener("change", draw);
  addEventListener("beforeprint", draw);
})();
