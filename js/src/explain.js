// Why a text was judged so: see opinia/model/explain.py. Places are UTF-16 code units here.

import { described, InputError, TooLongError } from "./errors.js";
import { bisectLeft, bisectRight } from "./lists.js";
import { findPhrase } from "./phrases.js";
import { SPACE, WORD } from "./unicode.js";

const WORD_TOKENS = 400;
const SENTENCE_TOKENS = 60;
const MAX_TOKENS = 16_000;
const CONTRIBUTION_TOKENS = WORD_TOKENS * (WORD_TOKENS - 1);
const CURVE_TOKENS = (WORD_TOKENS * (WORD_TOKENS + 1)) / 2;
// A look ahead that is caught, and then repeated, gives nothing back: each run of marks or blanks is read once.
const SENTENCE_END = new RegExp(
  [
    `(?<![.!?…])(?=([.!?…]+["'”’)\\]]*))\\1(?=[${SPACE}<]|$)`,
    "[。！？]",
    `(?=<[bB][rR](?![${WORD}]))`,
    `\\n(?=([\\t\\v-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*))\\2\\n`,
  ].join("|"),
  "gu",
);

/**
 * @param {import("./classifier.js").Classifier} classifier of one model
 * @param {string} text
 * @param {{phrases?: (string | [number, number])[], target?: string | null, curve?: boolean, pause?: () => Promise<void> | void}} options
 */
export async function explainText(classifier, text, { phrases = [], target = null, curve = true, pause } = {}) {
  const { tokenizer, classes } = classifier;
  if (tokenizer.rule?.ngrams.length > 0) {
    throw new InputError("the model reads n-grams, which share words: what one word does to the answer cannot be told", {
      hint: "explain with a model that reads single words",
    });
  }
  const ids = tokenizer.encode(text);
  checkLength(ids.length);
  const spans = tokenizer.spans(text);
  const plan = planOf(text, spans, phrases);
  const ends = curve ? plan.ends : plan.ends.slice(-1);
  const [whole] = await classifier.probabilities([ids], pause);
  const label = classes[classifier.answer(whole)];
  const column = findClass(classes, target ?? (classes.length === 2 ? classes[1] : label));
  const leftOut = [...plan.pieces, ...plan.phrases];
  const parts = [...leftOut.map(([first, last]) => without(ids, first, last)), ...ends.slice(0, -1).map((end) => ids.subarray(0, end))];
  const found = await classifier.probabilities(parts, pause);
  const positive = whole[column];
  const pieces = leftOut.map(([first, last], index) => ({
    start: spans[first][0],
    end: spans[last - 1][1],
    contribution: positive - found[index][column],
  }));
  const rows = [...found.slice(leftOut.length), whole];
  return {
    label,
    probability: Math.max(...whole),
    target: classes[column],
    positive,
    unit: plan.unit,
    contributions: pieces.slice(0, plan.pieces.length),
    curve: ends.map((end, index) => ({ end: spans[end - 1][1], positive: rows[index][column], probabilities: rows[index] })),
    phrases: pieces.slice(plan.pieces.length),
    classes: [...classes],
    probabilities: whole,
  };
}

function without(ids, first, last) {
  const left = new Int32Array(ids.length - (last - first));
  left.set(ids.subarray(0, first));
  left.set(ids.subarray(last), first);
  return left;
}

/** Return the number of the class that a name means: its own, or the same but for case and composition. */
export function findClass(labels, name) {
  if (labels.includes(name)) return labels.indexOf(name);
  const plain = (label) => label.split(new RegExp(`[${SPACE}]+`, "u")).filter(Boolean).join(" ").normalize("NFC").toLowerCase().normalize("NFC");
  const found = typeof name === "string" ? labels.flatMap((label, index) => (plain(label) === plain(name) ? [index] : [])) : [];
  if (found.length === 1) return found[0];
  throw new InputError(`the model's classes are ${labels.slice(0, 50).join(", ")}. Received: ${described(name)}`);
}

/** Decide which parts of a text the model is asked about. */
function planOf(text, spans, phrases) {
  const tokens = spans.length;
  const wanted = phrases.flatMap((phrase) => placesOf(text, spans, phrase));
  if (wanted.reduce((sum, [first, last]) => sum + tokens - (last - first), 0) > CONTRIBUTION_TOKENS) {
    throw new InputError(`too many phrases for a text of ${tokens} words: ${wanted.length} places, at most ${Math.floor(CONTRIBUTION_TOKENS / tokens)}`, {
      hint: "ask for fewer at a time",
    });
  }
  if (tokens <= WORD_TOKENS) {
    const places = spans.map((_, index) => index);
    return { unit: "word", pieces: places.map((place) => [place, place + 1]), ends: places.map((place) => place + 1), phrases: wanted };
  }
  const most = 1 + Math.floor(CONTRIBUTION_TOKENS / tokens); // each token is read once less than there are pieces
  const points = Math.floor((2 * CURVE_TOKENS) / tokens) - 1;
  const ends = Array.from({ length: points }, (_, index) => Math.floor((tokens * (index + 1)) / points));
  return { unit: "sentence", pieces: grouped(sentences(text, spans), most), ends, phrases: wanted };
}

function checkLength(tokens) {
  if (tokens > MAX_TOKENS) {
    throw new TooLongError(`the text is too long to be explained: ${tokens} words, at most ${MAX_TOKENS}`, {
      hint: "explain a part of it; longer ones can be judged",
    });
  }
}

/** Return the tokens of each sentence, at most SENTENCE_TOKENS of them. */
function sentences(text, spans) {
  const breaks = [...text.matchAll(SENTENCE_END)].map(({ index, 0: end }) => index + end.length);
  const number = spans.map(([start]) => bisectRight(breaks, start));
  const firsts = [0, ...spans.map((_, index) => index).filter((index) => index > 0 && number[index] !== number[index - 1]), spans.length];
  return pairs(firsts).flatMap(([first, last]) => {
    const parts = Math.ceil((last - first) / SENTENCE_TOKENS);
    return pairs(Array.from({ length: parts + 1 }, (_, index) => first + Math.floor(((last - first) * index) / parts)));
  });
}

/** Put neighbours together until there are at most so many, of like length. */
function grouped(pieces, most) {
  if (pieces.length <= most) return pieces;
  const edges = pieces.map(([, last]) => last);
  const chosen = new Set([0]);
  for (let index = 1; index <= most; index += 1) chosen.add(edges[bisectLeft(edges, (edges.at(-1) * index) / most)]);
  return pairs([...chosen].sort((one, other) => one - other));
}

const pairs = (list) => list.slice(1).map((last, index) => [list[index], last]);

/** Return the tokens of each place of a phrase. */
function placesOf(text, spans, phrase) {
  const [begins, closes] = [spans.map(([start]) => start), spans.map(([, end]) => end)];
  const found = typeof phrase === "string" ? findPhrase(text, phrase) : [checkedPlace(text, phrase)];
  return found.flatMap(([start, end]) => {
    const [first, last] = [bisectRight(closes, start), bisectLeft(begins, end)];
    if (first < last) return [[first, last]];
    if (typeof phrase === "string") return [];
    throw new InputError(`there is no word at the place. Received: ${described(phrase)}`);
  });
}

function checkedPlace(text, place) {
  const [start, end] = Array.isArray(place) ? place : [];
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= text.length)) {
    throw new InputError(`a place is [start, end] inside the text's ${text.length} code units. Received: ${described(place)}`);
  }
  return [start, end];
}
