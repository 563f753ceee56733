// Small helpers to build elements. Texts go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Return a new HTML element with attributes and children (elements or texts). */
export const html = (name, attributes = {}, ...children) =>
  dressed(document.createElement(name), attributes, children);

/** Return a new SVG element with attributes and children. */
export const svg = (name, attributes = {}, ...children) =>
  dressed(document.createElementNS(SVG, name), attributes, children);

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Call a function once the calls have stopped for so many milliseconds. */
export function settled(milliseconds, work) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

/** Wait, or throw at once when the signal aborts. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Return the first letters of a text, with an ellipsis if there are more. */
export function shortened(text, most) {
  const flat = text.slice(0, 4 * most).trim().replace(/\s+/g, " ");
  const letters = Array.from(flat);
  return letters.length <= most && flat.length >= text.trim().length - 3
    ? flat
    : `${letters.slice(0, most - 1).join("").trimEnd()}…`;
}
