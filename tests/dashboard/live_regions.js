// Keep what the page says to those who hear it, from now on, in `window.said`.
() => {
  window.said = [];
  const live = "[role=status], [role=alert], [role=log], [aria-live]";
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const place = (target instanceof Element ? target : target.parentElement)?.closest(live);
      if (place) window.said.push(`${place.className || place.id}: ${place.textContent}`);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
