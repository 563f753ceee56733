// Words and marks: see opinia/text/words.py.

import { GLAD, SAD, STROKES } from "./data.js";
import { normalise, normaliseWithPlaces } from "./normalise.js";
import { hasUnassigned, isAscii, LETTER, lower, pinned, WORD } from "./unicode.js";

const TOKEN = new RegExp(
  [
    `[${LETTER}]+(?:'[${LETTER}]+)*`, // a word, apostrophes inside
    `\\p{Nd}+(?:[./:,]\\p{Nd}+)*[${LETTER}]*`, // a number, a rating, a year
    `[:;=]-?(?:[()\\[\\]]+|[DPp](?![${WORD}]))`, // an emoticon
    "!+|\\?+|\\.+", // a mark, repeated or not
    "[,;:()*&$%#]",
    // A symbol, such as an emoji; white space beyond Latin-1 is in U+2000-206F but for three.
    `[^${WORD}\\x00-\\xbf\\u1680\\u2000-\\u206f\\u3000\\ud800-\\udfff\\ufe00-\\ufe0f]`,
  ].join("|"),
  "gu",
);
const TAG = /<\/?[a-zA-Z][^<>]{0,200}>/gu;
const LONE_SURROGATE = /\p{Cs}/gu;
const LONG_RUN = new RegExp(`([${WORD}])\\1{2,}`, "gu");
const RATING = /^(\d{1,3}(?:[.,]\d{1,2})?)\/(5|10|100)$/;
const MARKS = new Set("!?.");
const EYES = new Set(":;=");
const ALL_GLAD = new Set(GLAD);
const ALL_SAD = new Set(SAD);
const ALL_STROKES = new Map(Object.entries(STROKES));

/**
 * Return the tokens of one text.
 * @param {string} text
 */
export const splitWords = (text) => piecesOf(normalise(prepared(text))).map(fold);

/**
 * Return the place of each token in the text as it was given, in UTF-16 code units.
 * @param {string} text
 * @returns {[number, number][]}
 */
export function wordSpans(text) {
  const given = prepared(text);
  const [plain, places] = normaliseWithPlaces(given);
  const spans = [...pinned(plain).matchAll(TOKEN)].map((match) => [match.index, match.index + match[0].length]);
  return plain === given ? spans : spans.map(([start, end]) => places.span(start, end));
}

function piecesOf(plain) {
  if (!hasUnassigned(plain)) return plain.match(TOKEN) ?? [];
  return [...pinned(plain).matchAll(TOKEN)].map(({ index, 0: piece }) => plain.slice(index, index + piece.length));
}

/**
 * Return the token that a piece of text stands for.
 * @param {string} piece
 */
export function fold(piece) {
  if (MARKS.has(piece[0])) return piece.slice(0, 2);
  if (EYES.has(piece[0]) && piece.length > 1) return /[([]$/.test(piece) ? ":(" : ":)";
  return lower(piece);
}

/**
 * Return what else a token may stand for, nearest first; for tokens outside a vocabulary.
 * @param {string} token
 */
export function plainerSpellings(token) {
  if (ALL_GLAD.has(token)) return [":)"];
  if (ALL_SAD.has(token)) return [":("];
  if (MARKS.has(token[0])) return [token[0]];
  const rating = token.match(RATING);
  if (rating) return equalRatings(rating[1], rating[2]);
  const spellings = token.endsWith("nt") ? [`${token.slice(0, -1)}'t`] : [];
  const apostrophe = token.lastIndexOf("'");
  for (const word of apostrophe < 0 ? [token] : [token, token.slice(0, apostrophe)]) {
    if (word !== token) spellings.push(word);
    const shorter = word.replace(LONG_RUN, "$1$1");
    if (shorter !== word) spellings.push(shorter, word.replace(LONG_RUN, "$1"));
  }
  return spellings;
}

/** Return the same share of ten points, to a half and to a whole one; nothing where it is above all. */
function equalRatings(points, most) {
  const halves = (Number(points.replace(",", ".")) * 20) / Number(most);
  if (halves > 20) return [];
  const numbers = [Math.floor(halves + 0.5), 2 * Math.floor(halves / 2 + 0.5)];
  return numbers.map((number) => `${Math.floor(number / 2)}${number % 2 ? ".5" : ""}/10`);
}

/**
 * Return a word as people type it in a hurry, "świetny" as "swietny"; one that is not of Latin letters stays.
 * @param {string} word
 */
export function withoutDiacritics(word) {
  if (isAscii(word)) return word;
  let plain = "";
  for (const letter of word) plain += ALL_STROKES.get(letter) ?? letter;
  const bare = plain.normalize("NFD").replace(/\p{Mn}+/gu, "");
  return isAscii(bare) ? bare : word;
}

/**
 * Return the text with blanks for tags, every place kept. Lone surrogates, which are no token and part words, become
 * a control character that does the same: what stands between two of them may go, and they would be an emoji then.
 */
function prepared(text) {
  const parted = text.includes("<") ? text.replace(TAG, (tag) => " ".repeat(tag.length)) : text;
  return isAscii(parted) ? parted : parted.replace(LONE_SURROGATE, "\x80");
}
