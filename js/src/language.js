// Which language a text is in, guessed by its script and its commonest words: see opinia/text/language.py.

import { ELIDED, FUNCTION_WORDS, LETTERS, SCRIPTS } from "./data.js";
import { classOf, firstLetters, isAscii, lastLetters, LETTER, lower, pinned, rangesOf, splitSpaces } from "./unicode.js";

const LOOKED_AT = 1_000;
const FEWEST = 4;
const PIECE = 250;
const PLENTY = 4;
const WORD = new RegExp(`[${LETTER}]+(?:['’][${LETTER}]+)?`, "gu");
const STRANGE = /[\u0370-\u1fff\u2c00-\u{10ffff}]/u;
const SETS = new Map(Object.entries(FUNCTION_WORDS).map(([code, words]) => [code, new Set(words.split(" "))]));
const LANGUAGES_OF = new Map();
for (const [code, words] of SETS) for (const word of words) LANGUAGES_OF.set(word, [...(LANGUAGES_OF.get(word) ?? []), code]);
const LANGUAGE_OF_LETTER = new Map(Object.entries(LETTERS).flatMap(([code, letters]) => [...letters].map((letter) => [letter, code])));

/** Stands for a language that is none of these. */
export const OTHER = "other";
/** Codes (ISO 639-1) of the languages that are told apart. */
export const LANGUAGES = [...SETS.keys(), ...Object.keys(SCRIPTS)];

/**
 * Return the language that a text is clearly in, as a code of ISO 639-1; null where it is not clear.
 * @param {string} text
 */
export function languageOf(text) {
  const start = pinned(firstLetters(text, LOOKED_AT));
  if (!isAscii(start)) {
    const script = scriptOf(start);
    if (script !== null) return script;
  }
  const words = new Set(lower(start).match(WORD)); // a word again and again is no more evidence
  if (words.size < FEWEST) return null;
  const counts = new Map();
  const count = (code) => counts.set(code, (counts.get(code) ?? 0) + 1);
  for (const word of words) {
    for (const code of LANGUAGES_OF.get(plain(word)) ?? []) count(code);
    if (!isAscii(word)) new Set([...word].map((letter) => LANGUAGE_OF_LETTER.get(letter)).filter(Boolean)).forEach(count);
  }
  return clearest(counts, words.size);
}

/**
 * Tell quickly that a text is in a language, for `languageOf` takes longer.
 * @param {string} text
 * @param {string} language
 */
export function isPlainly(text, language) {
  const own = SETS.get(language);
  const start = firstLetters(text, LOOKED_AT);
  if (own === undefined || STRANGE.test(start)) return false;
  return [firstLetters(start, PIECE), lastLetters(start, PIECE)].every((part) => {
    let [ours, theirs] = [0, 0];
    for (const word of new Set(splitSpaces(lower(part)))) {
      if (own.has(word)) ours += 1;
      if ((LANGUAGES_OF.get(word) ?? []).some((code) => code !== language)) theirs += 1;
    }
    return ours >= PLENTY && ours > theirs;
  });
}

function plain(word) {
  const parts = word.replaceAll("’", "'");
  const place = parts.indexOf("'");
  if (place < 0) return word;
  const [first, second] = [parts.slice(0, place), parts.slice(place + 1)];
  return ELIDED.includes(first) && [...second].length > 1 ? "l'" : `${first}'${second}`;
}

/** Return the language of most function words, where they are many and clearly more than any other's. */
function clearest(counts, words) {
  const [first, second] = [...counts].sort((one, other) => other[1] - one[1]);
  if (first === undefined) return null;
  const [code, most] = first;
  const next = second?.[1] ?? 0;
  return most >= 3 && most / words >= 0.15 && most >= 1.5 * next && most - next >= 2 ? code : null;
}

let scripts = null;

/** Return the language whose script most letters of a text are in, where one has a script of its own. */
function scriptOf(text) {
  const letters = text.match(/\p{L}/gu) ?? [];
  const strange = letters.filter((letter) => letter >= "\u0370");
  if (strange.length < 3 || strange.length * 2 <= letters.length) return null;
  scripts ??= Object.entries(SCRIPTS).map(([code, ranges]) => [code, new RegExp(`[${classOf(rangesOf(ranges))}]`, "u")]);
  const found = new Map();
  const looked = strange.slice(0, 200);
  for (const letter of looked) {
    const script = scripts.find(([, letters]) => letters.test(letter));
    if (script !== undefined) found.set(script[0], (found.get(script[0]) ?? 0) + 1);
  }
  if (found.has("ja")) return "ja"; // Japanese is written in Chinese characters, too
  for (const [code, most] of found) if (most * 2 > looked.length) return code;
  return null;
}

/**
 * Return the language of a vocabulary, from the function words among its commonest ones; null where none is clear.
 * @param {string[]} words the commonest words of the vocabulary, most frequent first
 * @param {(word: string) => boolean} knows whether the whole vocabulary has a word
 */
export function vocabularyLanguage(words, knows) {
  const common = new Set(words.map(lower));
  const among = (code) => [...SETS.get(code)].filter((word) => common.has(word));
  const shares = [...SETS.keys()].map((code) => [code, among(code).length / SETS.get(code).size]);
  const [[best, most], [, next]] = shares.sort((one, other) => other[1] - one[1]);
  return most < 0.5 || most < 1.5 * next || !among(best).every(knows) ? null : best;
}
