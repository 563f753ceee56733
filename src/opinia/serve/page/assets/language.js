// Polish and English: which one is spoken, its words, its numbers.

import { choices } from "./store.js";
import WORDS from "./words.js"; // the server makes it of opinia/language, where all words stand

let current = "en";
let plural = new Intl.PluralRules(current);
const listeners = [];

/** Return the language to start with: the person's choice, else the first of the browser's that is ours. */
export function preferredLanguage() {
  const chosen = choices.get("language");
  if (chosen in WORDS) return chosen;
  const ours = (navigator.languages ?? [navigator.language]).map((one) => one.slice(0, 2).toLowerCase());
  return ours.find((one) => one in WORDS) ?? "en";
}

export const language = () => current;

/** Speak a language from now on, on the whole page. */
export function speak(name) {
  current = name;
  plural = new Intl.PluralRules(name);
  document.documentElement.lang = name;
  translate(document);
  for (const listener of listeners) listener();
}

/** Call a function each time the language changes. */
export const onLanguage = (listener) => listeners.push(listener);

/** Return the words for a key, with each {name} filled in; `count` chooses between plural forms. */
export function t(key, values = {}) {
  let words = WORDS[current][key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  if (typeof words === "object") words = words[plural.select(values.count)] ?? words.other;
  return words.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : value;
  });
}

/** Return whether there are words for a key. */
export const known = (key) => key in WORDS[current];

/** Return the person's word for a label of the model; a label without one stays as it is. */
export const labelWord = (label) => (known(`label_${label}`) ? t(`label_${label}`) : label);

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(current, { maximumFractionDigits: digits, useGrouping: "always" }).format(value);

/** Return a number with exactly so many decimal places. */
export const decimal = (value, digits) =>
  new Intl.NumberFormat(current, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** Return a share from 0 to 1 as percent. */
export const percent = (share, digits = 1) =>
  new Intl.NumberFormat(current, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);

/** Return a probability as percent: one that rounds to certainty is said to be beyond the last digit, as no model is certain. */
export function chance(share, digits = 1) {
  const least = 10 ** -(digits + 2);
  if (share > 1 - least / 2) return `>${percent(1 - least, digits)}`;
  return share < least / 2 ? `<${percent(least, digits)}` : percent(share, digits);
}

/** Return a difference of shares in percentage points, without a sign. */
export const size = (change) =>
  new Intl.NumberFormat(current, change < 0.01 ? { maximumSignificantDigits: 1 } : { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(
    100 * change,
  );

/** Return a change of a share, from -1 to 1, in percentage points with its sign. */
export const points = (change) =>
  new Intl.NumberFormat(current, {
    ...(Math.abs(change) < 0.01 ? { maximumSignificantDigits: 1 } : { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    signDisplay: "exceptZero",
  })
    .format(100 * change)
    .replace("-", "\u2212");

function translate(root) {
  for (const one of root.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of root.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
  for (const one of root.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
}
