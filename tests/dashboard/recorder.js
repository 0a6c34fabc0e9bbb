// Keeps how the page of a scan looked after each change, in window.looks: what a person would have seen.
() => {
  window.looks = [];
  const look = () => {
    const bar = document.querySelector(".scan-head .stages");
    if (bar === null) return;
    window.looks.push({
      status: document.querySelector(".scan-head .status").textContent,
      percentage: Number(bar.getAttribute("aria-valuenow")),
      stages: [...bar.querySelectorAll(".fill")].map((fill) => Number(/scaleX\((.*)\)/.exec(fill.style.transform)?.[1] ?? 0)),
      rows: document.querySelectorAll(".results .rows tbody:not(.space) tr").length,
    });
  };
  new MutationObserver(look).observe(document.getElementById("view"), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
}
