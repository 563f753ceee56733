// A trained model at work: texts in, labels and probabilities out. See opinia/model/classifier.py.

import { Doubter, unknownWords } from "./doubt.js";
import { described, InputError, ModelFileError } from "./errors.js";
import { explainText } from "./explain.js";
import { languageOf } from "./language.js";
import { argmax } from "./lists.js";

const UNCERTAIN = "uncertain";

/** Judges texts with one model. */
export class Classifier {
  #network;
  #description;
  #doubter;

  /**
   * @param {import("./network.js").Network} network
   * @param {import("./model-file.js").Description} description
   * @param {number} size bytes of the file
   */
  constructor(network, description, size) {
    this.#network = network;
    this.#description = description;
    this.#doubter = new Doubter(description.tokenizer, description.card);
    this.classes = Object.freeze([...description.labels]);
    this.card = description.card;
    this.sha256 = description.sha256;
    this.size = size;
    /** Of two classes the second is answered above it; null where the likeliest is. */
    this.threshold = thresholdOf(description);
  }

  /** Name of the model, as its card says it. */
  get name() {
    return typeof this.card.name === "string" ? this.card.name : "";
  }

  get tokenizer() {
    return this.#description.tokenizer;
  }

  /** The language that the model reads, as a code of ISO 639-1 or "other"; null where that is open. */
  get language() {
    return this.#doubter.askedFor;
  }

  /** The languages that are read; empty where that is open. */
  get languages() {
    return this.language === null ? [] : [this.language];
  }

  /** Let go of the memory that the model takes. */
  async release() {
    await this.#network.release();
  }

  /** Return the classifier of one model that reads a text: this one, if it has no other. */
  async readerOf(text) {
    void text;
    return this;
  }

  /**
   * Say of each text which class is the most probable, how sure that is, and what speaks against it.
   * @param {string | Iterable<string>} texts
   * @param {{uncertain?: number, details?: boolean, pause?: () => Promise<void> | void}} [options]
   */
  async predict(texts, { uncertain = 0, details = false, pause } = {}) {
    checkBand(uncertain, this.classes);
    const given = checkedTexts(texts);
    const encoded = given.map((text) => this.tokenizer.encode(text));
    const judged = await this.probabilities(encoded, pause);
    return judged.map((row, index) => {
      const best = this.answer(row);
      const { unknown } = this.#doubter.count(encoded[index]);
      const doubt = this.doubt(given[index], encoded[index]);
      const found = {
        label: this.#isUncertain(row, uncertain) ? UNCERTAIN : this.classes[best],
        probability: row[best],
        positive: row.at(-1),
        unknown,
        doubt,
        probabilities: row,
        readBy: null,
      };
      return details ? { ...found, ...this.details(given[index], encoded[index], doubt) } : found;
    });
  }

  /** Return the number of the class that a text is answered with: the likeliest, or by the threshold. */
  answer(row) {
    return this.threshold === null ? argmax(row) : Number(row[1] > this.threshold);
  }

  #isUncertain(row, band) {
    if (this.threshold !== null) return Math.abs(row[1] - this.threshold) < band;
    return band > 0 && row[argmax(row)] < 0.5 + band;
  }

  /** Return how many tokens a text has, and of one that is doubted its language and its unknown words. */
  details(text, ids, doubt) {
    const tokens = { tokens: ids.length };
    return doubt === null ? tokens : { ...tokens, language: languageOf(text), unknownWords: unknownWords(text, this.tokenizer) };
  }

  /** Return why the answer to a text should not be trusted; null if it may. */
  doubt(text, ids) {
    const { words, unknown } = this.#doubter.count(ids);
    return this.#doubter.about(text, unknown, words);
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

  /**
   * Return the probability of each class for texts given as ids.
   * @param {Int32Array[]} encoded
   * @param {() => Promise<void> | void} [pause]
   * @returns {Promise<number[][]>}
   */
  async probabilities(encoded, pause) {
    const logits = await this.#network.logits(encoded, pause);
    return logits.map((row) => {
      const scaled = Array.from(row, (logit) => logit / this.#description.temperature);
      if (!scaled.every(Number.isFinite)) {
        throw new ModelFileError("the model's answer to a text is no finite number", {
          hint: "its weights are damaged, or its training failed: copy or train it again",
        });
      }
      // The logit of the second class against the first is softmax over (0, logit).
      const all = scaled.length === 1 ? [0, ...scaled] : scaled;
      const largest = Math.max(...all);
      const weights = all.map((logit) => Math.exp(logit - largest));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.map((weight) => weight / sum);
    });
  }
}

export function checkBand(uncertain, classes) {
  if (!(uncertain >= 0 && uncertain <= 0.5)) throw new InputError(`uncertain must be from 0 to 0.5. Received: ${described(uncertain)}`);
  if (uncertain > 0 && classes.includes(UNCERTAIN)) {
    throw new InputError(`the model has a class called '${UNCERTAIN}': answers in a band could not be told from it`, {
      hint: "leave the band out; the probability says how sure an answer is",
    });
  }
}

/**
 * Return the texts, after a check that they are some.
 * @param {unknown} texts
 * @returns {string[]}
 */
export function checkedTexts(texts) {
  if (typeof texts === "string") return [texts];
  const isList = texts !== null && typeof texts === "object" && typeof texts[Symbol.iterator] === "function";
  if (!isList || ArrayBuffer.isView(texts) || texts instanceof Map) {
    throw new InputError(`texts must be one text or a list of texts. Received: ${described(texts)}`);
  }
  const given = [...texts];
  given.forEach((text, position) => {
    if (typeof text !== "string") {
      throw new InputError(`every entry must be a text. Received: ${described(text)} at position ${position}`, {
        hint: "drop or fill missing entries before they are judged",
      });
    }
  });
  return given;
}

/** Return the threshold on a card, null without one; see threshold_of in opinia/model/card.py. */
function thresholdOf({ card, labels }) {
  if (!Object.hasOwn(card, "threshold")) return null;
  const value = card.threshold?.value;
  if (typeof value === "number" && value >= 0 && value <= 1 && labels.length === 2) return value;
  throw new ModelFileError(
    `the threshold on the model's card must be a number from 0 to 1, of two classes. Received: ${described(value)}, of ${labels.length}`,
  );
}
