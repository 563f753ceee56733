// Why an answer should not be trusted: see opinia/model/doubt.py.

import { isPlainly, LANGUAGES, languageOf, OTHER, vocabularyLanguage } from "./language.js";
import { FIRST_WORD_ID, UNKNOWN_ID } from "./tokenizer.js";
import { firstLetter, hasUnassigned, lettersUpTo } from "./unicode.js";

export const OTHER_LANGUAGE = "other_language";
const UNKNOWN_LIMIT = 0.6;
const FEW_WORDS = 3;
const ONLY_MARKS = /^[ \t\r\n.,!?…\-–—_*#/\\'"`~|+=&%$@^]*$/;
const ONLY_MARK_TOKENS = /^[ \t\r\n.,!?…\-–—_*#/\\'"`~|+=&%$@^:;()[\]{}<>¡¿·•«»„“”‘’。、，！？]*$/;
const EMOTICON = /^[:;=]-?[()[\]]+$/;
const ONLY_NUMBERS = /^[0-9 \t\r\n.,:;()/#+€$£!?–—-]*$/;
const SHORT = 40;
const COMMON = 500;

/** Tells which answers of a model should not be trusted. */
export class Doubter {
  #tokenizer;
  #says;
  #said;
  #limit;
  #lookedAt;
  #language;
  #marks = null;

  /**
   * @param {import("./tokenizer.js").Tokenizer} tokenizer
   * @param {Record<string, any>} card of the model
   */
  constructor(tokenizer, card) {
    this.#tokenizer = tokenizer;
    this.#says = Object.hasOwn(card, "language");
    this.#said = [...LANGUAGES, OTHER].includes(card.language) ? card.language : null;
    this.#limit = Math.min(shareIn(card.text, "unknown_limit") ?? UNKNOWN_LIMIT, 1 - 1e-9);
    this.#lookedAt = (this.#limit + (shareIn(card.text, "unknown_mean") ?? 0)) / 2;
  }

  /** The language that the model reads, as a code of ISO 639-1 or "other"; null where neither card nor words tell. */
  get language() {
    if (this.#says) return this.#said;
    if (this.#language === undefined) {
      const words = this.#tokenizer.words.slice(0, COMMON);
      this.#language = vocabularyLanguage(words, (word) => this.#tokenizer.idOf(word) !== UNKNOWN_ID);
    }
    return this.#language;
  }

  /**
   * Count the words of a text, given as ids, and those of them outside the vocabulary; marks that it knows are no words.
   * @param {Int32Array} ids
   * @returns {{words: number, unknown: number}} how many words, and the share of unknown ones: 1 without words
   */
  count(ids) {
    this.#marks ??= Uint8Array.from([0, 0, ...this.#tokenizer.words.map(isMark)]);
    let [words, unknown] = [0, 0];
    for (const id of ids) {
      words += 1 - this.#marks[id];
      if (id === UNKNOWN_ID) unknown += 1;
    }
    return { words, unknown: words === 0 ? 1 : unknown / words };
  }

  /** The language that people are asked about; English where a card is silent on it. */
  get askedFor() {
    return this.#says ? this.language : (this.language ?? "en");
  }

  /**
   * Return why the answer to a text should not be trusted; null if it may.
   * @param {string} text
   * @param {number} unknown share of its words that the vocabulary lacks
   * @param {number} words how many it has
   * @returns {"no_words" | "none_known" | "other_language" | "mostly_unknown" | null}
   */
  about(text, unknown, words) {
    if (words === 0 || saysNothing(text)) return "no_words";
    if (unknown === 1) return "none_known";
    if (unknown > this.#lookedAt && this.language !== null && !isPlainly(text, this.language)) {
      const found = languageOf(text);
      if (found !== null && found !== this.language) return OTHER_LANGUAGE;
    }
    return unknown > this.#limit && words >= FEW_WORDS ? "mostly_unknown" : null;
  }
}

/** Tell whether a token is punctuation, which says nothing of whether a text is understood. */
const isMark = (token) => ONLY_MARK_TOKENS.test(token) && !EMOTICON.test(token);

/**
 * Return the share of a text's words that the vocabulary lacks and that are no signs such as emoji.
 * @param {string} text
 * @param {import("./tokenizer.js").Tokenizer} tokenizer
 */
export function unknownWords(text, tokenizer) {
  const [ids, spans] = [tokenizer.encode(text), tokenizer.spans(text)];
  const isWord = ([start]) => {
    const letter = firstLetter(text.slice(start, start + 2));
    return /^\p{L}/u.test(letter) && !hasUnassigned(letter);
  };
  const words = ids.filter((id) => id === UNKNOWN_ID || !isMark(tokenizer.words[id - FIRST_WORD_ID])).length;
  return spans.filter((span, index) => ids[index] === UNKNOWN_ID && isWord(span)).length / Math.max(1, words);
}

function shareIn(about, name) {
  const value = about !== null && typeof about === "object" && Object.hasOwn(about, name) ? about[name] : undefined;
  return typeof value === "number" && value >= 0 && value <= 1 ? value : null;
}

/** Tell whether a text is marks alone, or a number such as a year, a price or an id: no rating. */
function saysNothing(text) {
  if (lettersUpTo(text, SHORT) > SHORT) return false;
  if (ONLY_MARKS.test(text)) return true;
  return ONLY_NUMBERS.test(text) && (text.match(/[0-9]+/g) ?? []).some((digits) => digits.length > 2 && digits !== "100");
}
