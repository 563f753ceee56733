// Letters in disguise: a text as plainly written as Unicode allows, every place kept. See opinia/text/normalise.py,
// which this file follows function by function; places are UTF-16 code units here.

import { bisectRight } from "./lists.js";
import { firstLetter, hasCase, hasUnassigned, isAscii, isFramed } from "./unicode.js";

/** @typedef {[number, number]} Span */
/** @typedef {[number, number, string]} Change from where to where, and what stands there now */

const NOT_ASCII = /[^\x00-\x7f]+/g;
const ONE_MARK = /^(?:([!?.])\1*|[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e])$/;
// What people and programs write for an apostrophe; NFKC knows one of them.
const APOSTROPHES = /[\u02bc\u2018\u2019\u201b\u2032\u055a\uff07]/;
// Seen as blanks, but letters, symbols or nothing to Unicode.
const BLANKS = /[\u115f\u1160\u2800\u3164\uffa0]/;
// Selectors of a variant and joiners of marks: unseen like what Unicode calls format characters.
const UNSEEN = /[\p{Cf}\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
const LONGEST_CLUSTER = 31;
// Raised letters of their own meaning: 1º is no 1o.
const ORDINALS = /[\u00aa\u00ba]/;
const MOST_KEPT = 4096;

/**
 * Return a text as plainly written as Unicode allows.
 * @param {string} text
 */
export const normalise = (text) => (isAscii(text) ? text : rewritten(text, changesOf(text)));

/**
 * Return a text as plainly written as Unicode allows, and where its characters stood.
 * @param {string} text
 * @returns {[string, Places]}
 */
export function normaliseWithPlaces(text) {
  const changes = isAscii(text) ? [] : changesOf(text);
  return [rewritten(text, changes), new Places(changes)];
}

/** Where the characters of a normalised text stood before. */
export class Places {
  #firsts = [];
  #changes = [];

  /** @param {Change[]} changes of the text, in order */
  constructor(changes) {
    let shift = 0;
    for (const [start, end, plain] of changes) {
      const first = start + shift;
      this.#firsts.push(first);
      this.#changes.push([first + plain.length, start, end]);
      shift += plain.length - (end - start);
    }
  }

  /**
   * Return where a span of at least one code unit stood, without unseen characters at its ends.
   * @returns {Span}
   */
  span(start, end) {
    return [this.#place(start)[0], this.#place(end - 1)[1]];
  }

  #place(unit) {
    const number = bisectRight(this.#firsts, unit) - 1;
    if (number < 0) return [unit, unit + 1];
    const [last, start, end] = this.#changes[number];
    if (unit < last) return [start, end];
    return [unit + end - last, unit + end - last + 1];
  }
}

function rewritten(text, changes) {
  if (changes.length === 0) return text;
  const pieces = [];
  let place = 0;
  for (const [start, end, plain] of changes) {
    pieces.push(text.slice(place, start), plain);
    place = end;
  }
  pieces.push(text.slice(place));
  return pieces.join("");
}

/** @returns {Change[]} each place of a text that is written otherwise, and what stands there then */
function changesOf(text) {
  const changes = [];
  for (const run of text.matchAll(NOT_ASCII)) {
    for (const letter of run[0]) {
      if (!isPlain(letter)) {
        // Marks may belong to the ASCII character before them.
        changesWithin(text, Math.max(0, run.index - 1), run.index + run[0].length, changes);
        break;
      }
    }
  }
  return changes;
}

function changesWithin(text, first, last, changes) {
  let [cluster, places, free] = [[], [], first];
  for (let place = first; ; ) {
    const letter = place < last ? firstLetter(text.slice(place, place + 2)) : "";
    const behind = place + letter.length;
    if (letter && isUnseen(letter)) {
      place = behind;
      continue;
    }
    if (letter && cluster.length > 0 && cluster.length < LONGEST_CLUSTER && belongs(letter, cluster.at(-1))) {
      cluster.push(letter);
      places.push(place);
      place = behind;
      continue;
    }
    for (const [begin, end, plain] of partsOf(cluster)) {
      const [start, stop] = [places[begin], places[end - 1] + cluster[end - 1].length];
      if (free < start) changes.push([free, start, ""]);
      if (plain !== text.slice(start, stop)) changes.push([start, stop, plain]);
      free = stop;
    }
    if (free < place) changes.push([free, place, ""]);
    if (letter === "") return;
    [cluster, places, free] = [[letter], [place], place];
    place = behind;
  }
}

/** @returns {(letter: string) => any} a function that remembers what it has found, of some thousand letters */
function remembered(find) {
  const known = new Map();
  return (letter) => {
    let found = known.get(letter);
    if (found === undefined) {
      if (known.size >= MOST_KEPT) known.clear();
      found = find(letter);
      known.set(letter, found);
    }
    return found;
  };
}

// Whether a character stays, whatever stands beside it.
const isPlain = remembered((letter) => {
  if (isUnseen(letter) || continues(letter)) return false;
  const plain = plainOf(letter);
  return plain === null || plain === letter;
});

const isUnseen = remembered((letter) => UNSEEN.test(letter) && !hasUnassigned(letter));

// Whether a character may belong to the one before: a mark, or a later letter of Hangul.
const continues = remembered((letter) => {
  if (hasUnassigned(letter)) return false;
  const first = firstLetter(letter.normalize("NFKC"));
  return isLaterJamo(first) || /\p{M}/u.test(first);
});

/** Tell whether a character belongs to this one before it: letters of Hangul do to Hangul alone. */
function belongs(letter, before) {
  if (!continues(letter)) return false;
  if (!isLaterJamo(firstLetter(letter.normalize("NFKC")))) return true;
  if (hasUnassigned(before)) return false;
  return /[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]$/.test(before.normalize("NFKC"));
}

const isLaterJamo = (letter) => /^[\u1161-\u11ff\ud7b0-\ud7ff]/.test(letter);

/** @returns {Change[]} what a cluster is in plain characters: whole, or else letters and each mark alone */
function partsOf(cluster) {
  if (cluster.length === 0) return [];
  let end = cluster.length;
  let plain = plainOf(cluster.join(""));
  if (plain === null) {
    end = 1;
    if (isLetter(cluster[0])) while (end < cluster.length && isLetter(cluster[end])) end += 1;
    const start = cluster.slice(0, end).join("");
    plain = plainOf(start) ?? start;
  }
  const parts = [[0, end, plain]];
  for (let place = end; place < cluster.length; place += 1) parts.push([place, place + 1, plainOf(cluster[place]) ?? cluster[place]]);
  return parts;
}

const isLetter = (letter) => /^\p{L}/u.test(letter) && !hasUnassigned(letter);

// A cluster in plain characters of the same kind, or null where there are none.
const plainOf = remembered((cluster) => {
  const base = firstLetter(cluster);
  if (hasUnassigned(base)) return null;
  if (APOSTROPHES.test(base) || BLANKS.test(base)) {
    if (base !== cluster) return null;
    return APOSTROPHES.test(base) ? "'" : " ";
  }
  const plain = cluster.normalize("NFKC");
  if (/[\p{P}\p{S}]/u.test(base) && ONE_MARK.test(plain)) return plain;
  const bare = plain.replace(/\p{M}+/gu, "");
  if (/\p{Nd}/u.test(base) || isFramed(base)) {
    return /^(?:\p{Nd}+|\p{L})$/u.test(bare) ? bare : null;
  }
  if (/[\p{L}\p{Nl}]/u.test(base) && !ORDINALS.test(base)) {
    const found = hasCase(firstLetter(plain)) ? bare : plain;
    return /^\p{L}+$/u.test(found) && !APOSTROPHES.test(found) ? found : null;
  }
  return null;
});
