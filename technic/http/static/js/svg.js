// Elements of a drawing, made as `el` makes those of the page: text stays text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element of an SVG drawing.
 *
 * @param {string} tag - `path`, or `path.zone` with classes.
 * @param {Object} [attributes] - `dataset` is an object; null ones are left out.
 * @param {...(Node|string|number|null|Array)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElementNS(SVG, name);
  if (classes.length > 0) element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "dataset") Object.assign(element.dataset, value);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}
