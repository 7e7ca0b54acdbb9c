// Elements without markup in strings: what a series is called can never become HTML.

export const $ = id => document.getElementById(id);

/** @param properties  `class`, `text`, `on*` handlers, and attributes; null and false leave an attribute out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === false || value === undefined) continue;
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null));
  return element;
}

/** A text that may be broken after the signs that join its words. */
export const breakable = text =>
  text.split(/(?<=[_.:/={-])/).flatMap((part, i) => i === 0 ? [part] : [document.createElement("wbr"), part]);

/** Shows a message in its place, or takes it away. */
export function say(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** The chosen one of a group of radio buttons. */
export const chosen = name => document.querySelector(`input[name="${name}"]:checked`).value;

export function choose(name, value) {
  const radio = document.querySelector(`input[name="${name}"][value="${value}"]`);
  if (radio) radio.checked = true;
}
