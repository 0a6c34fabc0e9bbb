// Draws what the dashboard draws: candles with a line and bars, a gauge, a heatmap.
async () => {
  const { Chart } = await import("./static/js/charts.js");
  const x = [1, 2, 3, 4, 5].map((day) => `2024-01-0${day}`);
  const charts = [
    {
      data: [
        { type: "candlestick", x, open: [1, 2, 3, 4, 5], close: [2, 3, 4, 3, 6], high: [3, 4, 5, 5, 7], low: [0, 1, 2, 2, 4] },
        { type: "scatter", x, y: [1, 2, 1, 2, 1], name: "<b>SMA</b>" },
        { type: "bar", x, y: [1, 2, 3, 4, 5], yaxis: "y2" },
      ],
      layout: {
        xaxis: { rangeslider: { visible: false } }, yaxis2: { overlaying: "y", side: "right" }, hovermode: "x unified",
        annotations: [{ x: x[1], y: 3, text: "stop" }],
      },
    },
    { data: [{ type: "indicator", mode: "gauge+number", value: 40, gauge: { axis: { range: [-100, 100] } } }], layout: {} },
    { data: [{ type: "heatmap", z: [[1, 2], [3, 4]] }], layout: {} },
  ];
  for (const made of charts) {
    const chart = new Chart("A chart", () => made);
    document.getElementById("view").append(chart.element);
    await chart.draw();
  }
}
