// Two models as one: each text is read by that of its language. See opinia/model/bilingual.py.

import { checkBand, checkedTexts, Classifier } from "./classifier.js";
import { described, InputError, ModelFileError } from "./errors.js";
import { explainText } from "./explain.js";
import { languageOf } from "./language.js";
import { UNKNOWN_ID } from "./tokenizer.js";
import { firstLetter, firstLetters, hasUnassigned } from "./unicode.js";
import { splitWords } from "./words.js";

const RARE = 3000;
const SUSPECT = 0.2;
const LOOKED_AT = 200;
const CHARACTERS = 4000;
const UNSEEN = 20;

const beginsWithLetter = (word) => {
  const letter = firstLetter(word);
  return /^\p{L}/u.test(letter) && !hasUnassigned(letter);
};

/** Judges texts of two languages, each with the model that reads it. */
export class BilingualClassifier {
  #first;
  #open;
  #second = null;
  #isWord;

  /**
   * @param {Classifier} first reads the first language, and whatever is in neither
   * @param {() => Promise<Classifier>} open gives the second, which is opened by the first text that may need it
   * @param {string[]} languages both, as codes of ISO 639-1
   */
  constructor(first, open, languages) {
    this.#first = first;
    this.#open = open;
    this.languages = Object.freeze([...languages]);
    this.classes = first.classes;
    this.card = first.card;
    this.#isWord = Uint8Array.from([0, 1, ...first.tokenizer.words.map(beginsWithLetter)]);
  }

  get name() {
    return "auto";
  }

  /** Null: there are two; `languages` has them. */
  get language() {
    return null;
  }

  /** Return both models, in the order of the languages. */
  async models() {
    return [this.#first, await this.#opened()];
  }

  async release() {
    await this.#first.release();
    if (this.#second !== null) await (await this.#second).release();
  }

  async #opened() {
    this.#second ??= this.#open().then((second) => {
      if (second.classes.join("\n") !== this.classes.join("\n")) throw new ModelFileError("the second model has other classes than the first");
      return second;
    });
    try {
      return await this.#second;
    } catch (error) {
      this.#second = null; // the next text tries again
      throw error;
    }
  }

  /** Return the classifier of the text's language. */
  async readerOf(text) {
    return this.#isPlain(this.#first.tokenizer.encode(text)) ? this.#first : this.#choose(text);
  }

  /**
   * Say of each text which class is the most probable, how sure that is, and what speaks against it.
   * @param {string | Iterable<string>} texts
   * @param {{uncertain?: number, details?: boolean, pause?: () => Promise<void> | void}} [options]
   */
  async predict(texts, options = {}) {
    checkBand(options.uncertain ?? 0, this.classes);
    const given = checkedTexts(texts);
    const found = new Array(given.length);
    const rows = new Map();
    for (const [row, text] of given.entries()) {
      const reader = await this.readerOf(text);
      if (!rows.has(reader)) rows.set(reader, []);
      rows.get(reader).push(row);
    }
    for (const [reader, own] of rows) {
      const judged = await reader.predict(own.map((row) => given[row]), options);
      own.forEach((row, index) => (found[row] = { ...judged[index], readBy: reader.name }));
    }
    for (const [row, text] of given.entries()) this.#lookAgain(found[row], text, options);
    return found;
  }

  /** Doubt a text that the first model reads, though it is plainly in a third language. */
  #lookAgain(found, text, { details = false }) {
    if (found.readBy !== this.#first.name || found.doubt !== null) return;
    const ids = this.#first.tokenizer.encode(text);
    if (this.#isPlain(ids)) return;
    const language = languageOf(text);
    if (language === null || this.languages.includes(language)) return;
    found.doubt = "other_language";
    if (details) Object.assign(found, this.#first.details(text, ids, found.doubt));
  }

  /**
   * Say what each word does to the answer, and how the answer comes about in reading.
   * @param {string} text
   * @param {{phrases?: (string | [number, number])[], target?: string | null, curve?: boolean, pause?: () => Promise<void> | void}} [options]
   */
  async explain(text, options = {}) {
    if (typeof text !== "string") throw new InputError(`only a text can be explained. Received: ${described(text)}`, { hint: "one text a call" });
    return explainText(await this.readerOf(text), text, options);
  }

  /** Tell whether nearly all words are frequent ones of the first model. */
  #isPlain(ids) {
    let [words, strange] = [0, 0];
    for (const id of ids.subarray(0, LOOKED_AT)) {
      if (this.#isWord[id] === 1) words += 1;
      if (id === UNKNOWN_ID || (this.#isWord[id] === 1 && id >= RARE)) strange += 1;
    }
    return words === 0 || strange < SUSPECT * words;
  }

  /** Return the classifier that reads a text of which the first model knows little. */
  async #choose(text) {
    const language = languageOf(text);
    if (language !== null) return language === this.languages[1] ? this.#opened() : this.#first;
    const second = await this.#opened();
    const words = splitWords(firstLetters(text, CHARACTERS)).slice(0, LOOKED_AT).filter(beginsWithLetter);
    const [ours, theirs] = [this.#first, second].map(({ tokenizer }) => words.reduce((sum, word) => sum + likelihood(tokenizer, word), 0));
    return theirs > ours ? second : this.#first;
  }
}

/** Return the logarithm, but for a constant, of how likely a word is, by its rank. */
function likelihood(tokenizer, word) {
  const ids = tokenizer.encode(word); // also without diacritics, where it knows them so
  const rank = ids.length === 0 ? UNKNOWN_ID : ids[0];
  return -Math.log(rank === UNKNOWN_ID ? UNSEEN * tokenizer.size : rank + 10);
}
