// A table of rows with a link each; `window.show` draws it anew.
async () => {
  const { Table } = await import("./static/js/table.js");
  const { el } = await import("./static/js/dom.js");
  const table = new Table({ label: "Some", key: (row) => row.symbol, sort: () => {} });
  const cell = (row) => el("td", {}, el("a", { href: "#/scans" }, `${row.symbol} ${row.close}`));
  table.columns([{ name: "symbol", label: "Symbol", width: 9, cell }]);
  document.getElementById("view").replaceChildren(el("h1", {}, "Some"), table.box);
  window.show = (count, close, turned) => {
    const rows = Array.from({ length: count }, (_, nth) => ({ symbol: `S${nth}`, close }));
    table.show(turned ? rows.reverse() : rows, { by: "symbol" });
  };
}
