// Elements. Whatever text comes from a trace becomes a text node here and nothing else.

function textNode(text) {
  return document.createTextNode(text);
}

/** An element with attributes, `on…` listeners and children, which are elements or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, ...children);
  return element;
}

export function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : textNode(String(child)));
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  add(element, ...children);
}

export function byId(id) {
  return document.getElementById(id);
}
