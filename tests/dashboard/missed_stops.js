// What could have had the focus and never had it; of radio buttons one of a group is enough, arrows reach the others.
() => {
  const group = (one) => document.querySelector(`input[type="radio"][name="${one.name}"][data-visited]`);
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0)
    .filter((one) => !one.dataset.visited && !(one.type === "radio" && group(one)))
    .map((one) => one.outerHTML.slice(0, 160));
}
