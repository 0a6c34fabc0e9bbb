// Where the focus is: what has it, and whether that is in sight, free of what lies above it, and marked.
() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  one.dataset.visited = "true";
  const { top, bottom, left, right, width, height } = one.getBoundingClientRect();
  const seen = width > 1 && height > 1 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  const middle = (from, to, most) => (Math.max(from, 0) + Math.min(to, most)) / 2;
  const there = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
  const free = one.contains(there) || there?.contains(one) || there?.closest("label")?.contains(one) || false;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const marked = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  const above = free ? null : there?.outerHTML.slice(0, 80);
  return { name: `${one.localName}#${one.id}.${one.className} ${one.textContent.slice(0, 40)}`, seen, free, above, marked };
}
