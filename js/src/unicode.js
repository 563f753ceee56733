// Python's view of Unicode: code points, white space, and what a character is, in one version for all engines.
//
// Engines know newer versions of Unicode than the Python that wrote data.js (UNICODE). A character that this one
// does not know yet stays one without kind, case or decomposition here, so that a text gets the same answer in
// every browser, and the one that Python gives.

import { FOLDED, FRAMED, UNASSIGNED } from "./data.js";

/** Python's \s, as part of a class in a regular expression. */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** Python's \w, as part of a class. */
export const WORD = "\\p{L}\\p{N}_";
/** Python's [^\W\d_], as part of a class. */
export const LETTER = "\\p{L}\\p{Nl}\\p{No}";

/**
 * Return the ranges that data.js holds in short: a step from the end of the one before, and a length, each in base 36.
 * @param {string} short
 * @returns {[number, number][]} first and last code point of each
 */
export function rangesOf(short) {
  const found = [];
  let place = 0;
  for (const pair of short.split(" ")) {
    const [step, length] = pair.split(",").map((digits) => Number.parseInt(digits, 36));
    found.push([place + step, place + step + length]);
    place += step + length;
  }
  return found;
}

/**
 * Return ranges of code points as part of a class in a regular expression.
 * @param {[number, number][]} ranges
 */
export const classOf = (ranges) => ranges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("");

/** @returns {() => any} a function that makes something once, when it is first asked for */
function once(make) {
  let made;
  return () => (made ??= make());
}

const unassigned = once(() => new RegExp(`[${classOf(rangesOf(UNASSIGNED))}]`, "u"));
const allUnassigned = once(() => new RegExp(`[${classOf(rangesOf(UNASSIGNED))}]`, "gu"));
const framed = once(() => new RegExp(`[${classOf(rangesOf(FRAMED))}]`, "u"));
const folded = once(() => {
  const to = [...FOLDED[1]];
  return new Map([...FOLDED[0]].map((letter, index) => [letter, to[index]]));
});
const NOT_LATIN_1 = /[^\x00-\xff]/;
const SURROGATE = /[\ud800-\udfff]/;
const NOT_ASCII = /[^\x00-\x7f]/;
const SPACES = new RegExp(`[${SPACE}]+`, "u");

/** @param {string} text */
export const isAscii = (text) => !NOT_ASCII.test(text);

/**
 * Tell whether a text has a character that this version of Unicode does not know.
 * @param {string} text
 */
export const hasUnassigned = (text) => NOT_LATIN_1.test(text) && unassigned().test(text);

/**
 * Return a text with a noncharacter, which no version of Unicode ever assigns, for each unassigned character. It takes
 * as many UTF-16 code units. U+2065 stays: it stands among marks of punctuation that tokens are told by.
 * @param {string} text
 */
export const pinned = (text) => (NOT_LATIN_1.test(text) ? text.replace(allUnassigned(), standIn) : text);
const standIn = (letter) => (letter === "\u2065" ? letter : letter.length === 1 ? "\ufdd0" : "\u{1fffe}");

/**
 * Return a text in small letters, as str.lower does.
 * @param {string} text
 */
export function lower(text) {
  if (!hasUnassigned(text)) return text.toLowerCase();
  const kept = text.match(allUnassigned()).filter((letter) => letter !== "\u2065");
  let next = 0;
  return pinned(text)
    .toLowerCase()
    .replace(/[\ufdd0\u{1fffe}]/gu, () => kept[next++]);
}

/**
 * Tell whether a letter is another one in small letters than in capitals.
 * @param {string} letter
 */
export function hasCase(letter) {
  const upper = letter.toUpperCase(); // which may have been added to a letter without one
  return letter.toLowerCase() !== (hasUnassigned(upper) ? letter : upper);
}

/**
 * Return one character without case, as one character: str.casefold where it gives one.
 * @param {string} letter
 */
export function foldedLetter(letter) {
  if (hasUnassigned(letter)) return letter;
  return folded().get(letter) ?? firstLetter(letter.toLowerCase());
}

/**
 * Tell whether a character is a letter or number in a circle or square, by its decomposition.
 * @param {string} letter
 */
export const isFramed = (letter) => framed().test(letter);

/**
 * Return the first character of a text, which may be two UTF-16 code units.
 * @param {string} text
 */
export const firstLetter = (text) => (text.codePointAt(0) > 0xffff ? text.slice(0, 2) : text.slice(0, 1));

/**
 * Return the first so many code points of a text.
 * @param {string} text
 * @param {number} count
 */
export function firstLetters(text, count) {
  if (text.length <= count || !SURROGATE.test(text)) return text.slice(0, count);
  let unit = 0;
  for (let letters = 0; letters < count && unit < text.length; letters += 1) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  return text.slice(0, unit);
}

/**
 * Return the last so many code points of a text.
 * @param {string} text
 * @param {number} count
 */
export const lastLetters = (text, count) =>
  text.length <= count || !SURROGATE.test(text) ? text.slice(-count) : [...text].slice(-count).join("");

/**
 * Return how many code points a text has; more than `most` need not be counted.
 * @param {string} text
 * @param {number} most
 */
export function lettersUpTo(text, most) {
  if (text.length > 2 * most) return most + 1;
  return SURROGATE.test(text) ? [...text].length : text.length;
}

/**
 * Split a text at white space, as str.split does.
 * @param {string} text
 */
export const splitSpaces = (text) => text.split(SPACES).filter(Boolean);
