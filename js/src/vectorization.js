// How layers of Keras split a text into tokens: see opinia/text/vectorization.py.

import { ModelFileError } from "./errors.js";
import { lower } from "./unicode.js";

const STANDARDS = ["lower_and_strip_punctuation", "lower", "strip_punctuation", "none", "tokenizer"];
const SPLITS = ["whitespace", "character", "none"];
const KEEPS = ["first", "last"];
const MOST_TOKENS = 1 << 14;
const LONGEST_NGRAM = 10;
const LONE_SURROGATE = /\p{Cs}+/gu;
const CAPITALS = /[A-Z]+/g;
const PUNCTUATION = /[!-/:-@[-`{-~]+/g;
/** White space of ASCII, which is all that bytes are split at. */
const CHUNK = /[^ \t\n\v\f\r]+/g;
const FILTERED = /[^!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~\t\n ]+/g;

/** @typedef {[number, number]} Span */

/**
 * Return a text without lone surrogates, which UTF-8 cannot express.
 * @param {string} text
 */
export const expressible = (text) => text.replace(LONE_SURROGATE, "");

/**
 * Return a text with its ASCII letters small.
 * @param {string} text
 */
export const lowerAscii = (text) => text.replace(CAPITALS, (letters) => letters.toLowerCase());

/**
 * Return a text without ASCII punctuation.
 * @param {string} text
 */
export const withoutPunctuation = (text) => text.replace(PUNCTUATION, "");

/**
 * Return the stretches of a text between white space of ASCII, each with its place.
 * @param {string} text
 */
export const chunks = (text) => text.matchAll(CHUNK);

/** How a text becomes tokens. */
export class TextRule {
  /** @param {object} config of a model file */
  constructor(config) {
    this.standardize = config.standardize;
    this.split = config.split;
    this.ngrams = config.ngrams;
    this.length = config.length;
    this.keeps = config.keeps;
    this.dropsUnknown = config.drops_unknown;
  }

  /**
   * Build the rule that a model file describes.
   * @param {any} config
   */
  static fromConfig(config) {
    const isWidth = (width) => Number.isInteger(width) && width >= 1 && width <= LONGEST_NGRAM;
    const known = ["standardize", "split", "ngrams", "length", "keeps", "drops_unknown"];
    const isKnown =
      config !== null &&
      typeof config === "object" &&
      Object.keys(config).every((key) => known.includes(key)) &&
      STANDARDS.includes(config.standardize ?? STANDARDS[0]) &&
      SPLITS.includes(config.split ?? SPLITS[0]) &&
      KEEPS.includes(config.keeps ?? KEEPS[0]) &&
      Array.isArray(config.ngrams) &&
      config.ngrams.length <= LONGEST_NGRAM &&
      config.ngrams.every(isWidth) &&
      (config.length === null || (Number.isInteger(config.length) && config.length >= 1 && config.length <= MOST_TOKENS)) &&
      typeof config.drops_unknown === "boolean" &&
      !(config.ngrams.length > 0 && config.drops_unknown);
    if (!isKnown) {
      throw new ModelFileError(`the model's rule for texts is not one that is known. Received: ${String(JSON.stringify(config)).slice(0, 120)}`, {
        hint: "a newer opinia may know it: update yours",
      });
    }
    return new TextRule({ standardize: STANDARDS[0], split: SPLITS[0], keeps: KEEPS[0], ...config });
  }

  /**
   * Return all tokens of a text, and the place of each; `kept` chooses those that count.
   * @param {string} text
   * @returns {{tokens: string[], spans: Span[]}}
   */
  read(text) {
    const single = this.#single(text);
    if (this.ngrams.length === 0) return single;
    const found = { tokens: [], spans: [] };
    for (const width of this.ngrams) {
      for (let first = 0; first + width <= single.tokens.length; first += 1) {
        found.tokens.push(single.tokens.slice(first, first + width).join(" "));
        found.spans.push([single.spans[first][0], single.spans[first + width - 1][1]]);
      }
    }
    return found;
  }

  /**
   * Return those tokens, ids or places that count.
   * @template T
   * @param {T[]} all
   */
  kept(all) {
    if (this.length === null) return all;
    return this.keeps === "first" ? all.slice(0, this.length) : all.slice(-this.length);
  }

  #single(text) {
    const found = { tokens: [], spans: [] };
    const add = (token, start, end) => {
      found.tokens.push(token);
      found.spans.push([start, end]);
    };
    if (this.standardize === "tokenizer") {
      // A small letter may hang on the letters beside it, so the whole text is lowered, and places are counted in chunks.
      const places = [...text.matchAll(FILTERED)].filter(([chunk]) => expressible(chunk) !== "");
      const tokens = lower(expressible(text)).match(FILTERED) ?? [];
      tokens.forEach((token, index) => add(token, places[index].index, places[index].index + places[index][0].length));
    } else if (this.split === "whitespace") {
      for (const chunk of chunks(text)) {
        const token = this.#standardized(chunk[0]);
        if (token !== "") add(token, chunk.index, chunk.index + chunk[0].length);
      }
    } else if (this.split === "character") {
      let place = 0;
      for (const letter of text) {
        const token = this.#standardized(letter);
        if (token !== "") add(token, place, place + letter.length);
        place += letter.length;
      }
    } else {
      const token = this.#standardized(text);
      if (token !== "") add(token, 0, text.length);
    }
    return found;
  }

  #standardized(text) {
    const given = expressible(text);
    const lowered = this.standardize.startsWith("lower") ? lowerAscii(given) : given;
    return this.standardize.includes("strip") ? withoutPunctuation(lowered) : lowered;
  }
}
