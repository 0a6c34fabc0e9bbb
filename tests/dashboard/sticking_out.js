// Which elements make the page wider than its window.
() => {
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  const all = [...document.querySelectorAll("body *")];
  const wide = all.filter((one) => one.getBoundingClientRect().right > innerWidth);
  return [`in a window of ${innerWidth}:`, ...wide.slice(0, 5).map((one) => `${one.localName}.${one.className}`)];
}
