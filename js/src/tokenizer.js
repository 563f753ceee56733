// From text to tokens to ids: see opinia/text/tokenizer.py.

import { ModelFileError } from "./errors.js";
import { chunks, expressible, lowerAscii, TextRule, withoutPunctuation } from "./vectorization.js";
import { plainerSpellings, splitWords, withoutDiacritics, wordSpans } from "./words.js";

export const UNKNOWN_ID = 1;
export const FIRST_WORD_ID = 2;
const KINDS = ["keras", "words", "vectorization"];
const LONE_SURROGATE = /\p{Cs}/u;

/** A vocabulary, and the ids it gives to the tokens of a text; id 0 is padding, 1 any token that it lacks. */
export class Tokenizer {
  #ids;
  #bare = new Map();

  /**
   * @param {string[]} words the vocabulary, most frequent first
   * @param {{kind?: string, folds?: boolean, rule?: TextRule | null}} [options]
   */
  constructor(words, { kind = "keras", folds = false, rule = null } = {}) {
    this.words = words;
    this.kind = kind;
    this.folds = folds;
    this.rule = rule;
    this.#ids = new Map(words.map((word, index) => [word, index + FIRST_WORD_ID]));
    if (folds && kind === "words") {
      words.forEach((word, index) => {
        const bare = withoutDiacritics(word);
        if (!this.#bare.has(bare)) this.#bare.set(bare, index + FIRST_WORD_ID);
      });
    }
  }

  /**
   * Build the tokenizer that a model file describes.
   * @param {any} config
   */
  static fromConfig(config) {
    const { kind, words, folds = false, rule } = config;
    if (!KINDS.includes(kind)) {
      throw new ModelFileError(`the model's tokenizer is of an unknown kind. Received: ${String(JSON.stringify(kind)).slice(0, 40)}`, {
        hint: "a newer opinia may know it: update yours",
      });
    }
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string" && !LONE_SURROGATE.test(word)) || new Set(words).size < words.length) {
      throw new ModelFileError("the model's vocabulary must be a list of different words");
    }
    if (typeof folds !== "boolean") {
      throw new ModelFileError(`the tokenizer's folds is true or false. Received: ${String(JSON.stringify(folds)).slice(0, 40)}`);
    }
    return new Tokenizer(words, { kind, folds, rule: kind === "vectorization" ? TextRule.fromConfig(rule) : null });
  }

  /** How many ids there are, padding and unknown included. */
  get size() {
    return this.words.length + FIRST_WORD_ID;
  }

  /**
   * Return the id of each token of one text.
   * @param {string} text
   */
  encode(text) {
    if (this.kind === "vectorization") return Int32Array.from(this.#read(text).ids);
    if (this.kind === "words") return Int32Array.from(splitWords(text), (token) => this.#ids.get(token) ?? this.#nearest(token));
    const tokens = withoutPunctuation(lowerAscii(expressible(text))).split(/[ \t\n\v\f\r]+/);
    return Int32Array.from(tokens.filter(Boolean), (token) => this.#ids.get(token) ?? UNKNOWN_ID);
  }

  /**
   * Return the place of each token of `encode` in the text, in UTF-16 code units.
   * @param {string} text
   * @returns {[number, number][]}
   */
  spans(text) {
    if (this.kind === "vectorization") return this.#read(text).spans;
    if (this.kind === "words") return wordSpans(text);
    // A token's place is that of its chunk between white space: its own letters need not stand side by side.
    const found = [];
    for (const { index, 0: chunk } of chunks(text)) {
      if (withoutPunctuation(expressible(chunk)) !== "") found.push([index, index + chunk.length]);
    }
    return found;
  }

  /**
   * Return the id of one token as it stands in the vocabulary; 1 where it does not.
   * @param {string} token
   */
  idOf(token) {
    return this.#ids.get(token) ?? UNKNOWN_ID;
  }

  #read(text) {
    const { tokens, spans } = this.rule.read(text);
    let found = tokens.map((token, index) => ({ id: this.idOf(token), span: spans[index] }));
    if (this.rule.dropsUnknown) found = found.filter(({ id }) => id !== UNKNOWN_ID);
    found = this.rule.kept(found);
    return { ids: found.map(({ id }) => id), spans: found.map(({ span }) => span) };
  }

  #nearest(token) {
    const spellings = plainerSpellings(token);
    for (const spelling of spellings) {
      const id = this.#ids.get(spelling);
      if (id !== undefined) return id;
    }
    if (!this.folds) return UNKNOWN_ID;
    for (const spelling of [token, ...spellings]) {
      const id = this.#bare.get(withoutDiacritics(spelling));
      if (id !== undefined) return id;
    }
    return UNKNOWN_ID;
  }
}
