// What moves, or would as soon as it changes.
() => [...document.querySelectorAll("*")].filter((one) => {
  const { animationName, transitionDuration } = getComputedStyle(one);
  return animationName !== "none" || transitionDuration.split(",").some((seconds) => parseFloat(seconds) > 0);
}).map((one) => `${one.localName}.${one.className}`)
