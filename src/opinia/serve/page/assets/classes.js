// The classes of the chosen model, and how the page speaks of them.

import { labelWord, t } from "./language.js";
import { model } from "./models.js";

const OPINIONS = ["negative", "positive"];
const LONGEST = 40;
const HUES = 8;
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Return the model's classes in its order; before they are known, those of the models that come with opinia. */
export const classes = () => model()?.labels ?? OPINIONS;

/** Return whether the model tells positive from negative, and nothing else. */
export const areOpinions = (labels = classes()) => labels.length === 2 && labels.every((label, index) => label === OPINIONS[index]);

/** Return whether there are two classes, of which one probability says all. */
export const isPair = (labels = classes()) => labels.length === 2;

/** Return a class as a person calls it, cut where it is too long for a list. */
export function cutWord(label, most = LONGEST) {
  const letters = [...labelWord(label)];
  return letters.length <= most ? letters.join("") : `${letters.slice(0, most - 1).join("").trimEnd()}…`;
}

/** Return the same for the middle of a sentence. */
export const shortWord = (label) => isolated(cutWord(label));

/** Return the whole name of a class that is cut, to be read by pointing at it; null for one that is not. */
export const titleOf = (label) => ([...labelWord(label)].length > LONGEST ? labelWord(label) : null);

/** Return a name for the middle of a sentence: one that is read from the right turns nothing around it. */
const isolated = (name) => (FROM_THE_RIGHT.test(name) ? `\u2068${name}\u2069` : name);

/** Return words about a class: those about positive where there are opinions alone, else those that name it. */
export function ofClass(words, wordsOfClass, target, values = {}) {
  if (areOpinions() && target === OPINIONS[1]) return t(words, values);
  return t(wordsOfClass, { ...values, label: shortWord(target) });
}

/** Return what a class is to the style sheets: an opinion has colours of its own. */
export const kindOf = (label) => (OPINIONS.includes(label) ? label : "class");

/** Return the number of a class's colour. */
export const hueOf = (label, labels = classes()) => Math.max(0, labels.indexOf(label)) % HUES;

// So near to one half, or so near to the next class, an answer says little.
const NARROW = 0.2;
const NARROW_OF_MANY = 0.1;

/** Return the threshold of a model's card: above it the second of two classes is answered; one half without. */
export const thresholdOf = (one = model()) => one?.card?.threshold?.value ?? 0.5;

/** Return whether a judgement is too narrow to be called by its class; of two, too near the model's threshold. */
export function isUndecided(result, labels = classes(), threshold = thresholdOf()) {
  if (labels.length === 2) {
    const second = result.positive ?? (result.label === labels[1] ? result.probability : 1 - result.probability);
    return 2 * Math.abs(second - threshold) < NARROW;
  }
  const [first, second] = labels.map((label) => shareOf(result, label, labels)).sort((a, b) => b - a);
  return first - second < NARROW_OF_MANY;
}

/** Return the probability of a class from a judgement of the server. */
export function shareOf({ label, probability, positive, probabilities }, name, labels = classes()) {
  if (probabilities) return probabilities[name];
  if (labels.length !== 2) return name === label ? probability : null;
  return name === labels[1] ? positive : 1 - positive;
}
