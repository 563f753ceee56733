// Where a phrase stands in a text: see opinia/text/phrases.py. Places are UTF-16 code units.

import { described, InputError } from "./errors.js";
import { normalise, normaliseWithPlaces } from "./normalise.js";
import { foldedLetter, hasUnassigned, isAscii, SPACE, splitSpaces, WORD } from "./unicode.js";

const CHUNK = new RegExp(`[^${SPACE}]+`, "gu");

/**
 * Return every place of a phrase in a text: whole words, in any case and spacing.
 * @param {string} text
 * @param {string} phrase
 * @returns {[number, number][]}
 */
export function findPhrase(text, phrase) {
  const wanted = splitSpaces(normalise(phrase)).join(" ");
  if (wanted === "") throw new InputError(`a phrase needs a word. Received: ${described(phrase)}`);
  const [plain, places] = normaliseWithPlaces(text);
  const chunks = [...plain.matchAll(CHUNK)];
  const spaced = chunks.map(([chunk]) => chunk).join(" ");
  const origins = [];
  for (const { index, 0: chunk } of chunks) for (let unit = index; unit <= index + chunk.length; unit += 1) origins.push(unit); // of the blank behind, too
  const found = [];
  let free = 0;
  for (const start of occurrences(folded(spaced), folded(wanted))) {
    const end = start + wanted.length;
    if (start >= free && isWhole(spaced, start, end)) {
      found.push(places.span(origins[start], origins[end - 1] + 1));
      free = end;
    }
  }
  return found;
}

/** Tell whether neither a word nor a character goes on beyond a span. */
function isWhole(text, start, end) {
  if (isInside(text, start) || isInside(text, end)) return false;
  const [before, first] = [letterBefore(text, start), letterAt(text, start)];
  const [last, behind] = [letterBefore(text, end), letterAt(text, end)];
  return !(isWordLetter(first) && isWordLetter(before, "_")) && !(isWordLetter(last) && isWordLetter(behind, "_"));
}

const isInside = (text, place) => /[\ud800-\udbff]/.test(text.charAt(place - 1)) && /[\udc00-\udfff]/.test(text.charAt(place));
const letterAt = (text, place) => (isInside(text, place + 1) ? text.slice(place, place + 2) : text.charAt(place));
const letterBefore = (text, place) => (isInside(text, place - 1) ? text.slice(place - 2, place) : text.charAt(place - 1));
const ALNUM = new RegExp(`^[${WORD}]$`, "u");
const isWordLetter = (letter, more = "") => letter !== "" && (letter === "_" ? more === "_" : ALNUM.test(letter) && !hasUnassigned(letter));

/** Return a text without case, of the same length. */
function folded(text) {
  if (isAscii(text)) return text.toLowerCase();
  let plain = "";
  for (const letter of text) plain += foldedLetter(letter);
  return plain;
}

/** Yield every start, overlapping ones too, in order (Knuth, Morris and Pratt 1977). */
function* occurrences(text, wanted) {
  if (!text.includes(wanted)) return;
  const fallback = fallbacks(wanted);
  let matched = 0;
  for (let place = 0; place < text.length; place += 1) {
    while (matched > 0 && (matched === wanted.length || text[place] !== wanted[matched])) matched = fallback[matched];
    if (text[place] === wanted[matched]) matched += 1;
    if (matched === wanted.length) yield place + 1 - matched;
  }
}

/** Return, for each number of matched code units, how many still match one place further. */
function fallbacks(wanted) {
  const fallback = [0, 0];
  let matched = 0;
  for (let place = 1; place < wanted.length; place += 1) {
    while (matched > 0 && wanted[place] !== wanted[matched]) matched = fallback[matched];
    if (wanted[place] === wanted[matched]) matched += 1;
    fallback.push(matched);
  }
  return fallback;
}
