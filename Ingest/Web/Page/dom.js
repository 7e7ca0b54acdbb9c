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
  text.split(/(?<=[_.:/{-])/).flatMap((part, i) => i === 0 ? [part] : [document.createElement("wbr"), part]);

/** Shows a message in its place, or takes it away. */
export function say(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** Makes what fits the selector one stop of the tab key: that which was last focused. Arrow keys go to the others.
 * @param other  Gets keys first, and where they were pressed; true when it has done something. */
export function rove(host, selector, other = () => false) {
  host.addEventListener("focusin", event => {
    const here = event.target.closest(selector);
    if (here) for (const one of host.querySelectorAll(selector)) one.tabIndex = one === here ? 0 : -1;
  });
  host.addEventListener("keydown", event => {
    const all = shownOf(host, selector), i = all.indexOf(event.target), last = all.length - 1;
    if (i < 0) return;
    if (other(event.key, event.target, i)) return event.preventDefault();
    const back = Math.max(i - 1, 0), on = Math.min(i + 1, last);
    const to = { ArrowLeft: back, ArrowUp: back, ArrowRight: on, ArrowDown: on, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[to].focus();
  });
}

const shownOf = (host, selector) => [...host.querySelectorAll(selector)].filter(one => one.offsetParent);

/** After changes: there is a stop again, the first where the last one is gone. */
export function tabStop(host, selector) {
  const all = shownOf(host, selector);
  if (all.length && all.every(one => one.tabIndex < 0)) all[0].tabIndex = 0;
}

/** The chosen one of a group of radio buttons. */
export const chosen = name => document.querySelector(`input[name="${name}"]:checked`).value;

export function choose(name, value) {
  const radio = document.querySelector(`input[name="${name}"][value="${value}"]`);
  if (radio) radio.checked = true;
}
