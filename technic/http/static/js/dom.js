// Elements, made so that whatever comes from outside is text and never HTML.

import { unturned } from "./plain.js";

/**
 * An element with its attributes and children.
 *
 * @param {string} tag - `div`, or `button.primary.wide` with classes.
 * @param {Object} [attributes] - `onclick` and its like are listeners, `dataset` an object, `hidden` and its
 *   like booleans; properties that an attribute does not set live (`value`, `checked`) are set as properties.
 * @param {...(Node|string|number|null|false|undefined|Array)} children - Text is set as text; nothing is left out.
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  element.append(...children.flat(Infinity).filter(present).map(node));
  return element;
}

const LIVE = new Set(["value", "checked", "selected", "indeterminate"]);

function set(element, key, value) {
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key === "dataset") Object.assign(element.dataset, value);
  else if (LIVE.has(key)) element[key] = value;
  else if (typeof value === "boolean") element.toggleAttribute(key, value);
  else if (value !== null && value !== undefined) element.setAttribute(key, key === "href" ? value : unturned(String(value)));
}

function present(child) {
  return child !== null && child !== undefined && child !== false;
}

function node(child) {
  return child instanceof Node ? child : document.createTextNode(unturned(String(child)));
}

/** Put text into an element, and touch the page only where it changes. */
export function say(element, text) {
  const wanted = unturned(String(text));
  if (element.textContent !== wanted) element.textContent = wanted;
}

/**
 * Make the children of a parent those of `items`, in their order, keeping each item's element.
 *
 * @param {Element} parent
 * @param {Array} items
 * @param {{key: function(*): string, make: function(*): Element, update: function(Element, *): void}} how
 */
export function keep(parent, items, { key, make, update }) {
  let focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const old = new Map();
  for (const child of parent.children) old.set(child.dataset.key, child);
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let child = old.get(name);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = name;
    }
    old.delete(name);
    update(child, item);
    if (child.contains(document.activeElement)) focused = document.activeElement; // it may be another one now
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of old.values()) child.remove();
  // An element that was moved has lost the focus; one that is gone leaves it to whoever called.
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}
