// The answers to a table's rows in columns of numbers: a hundred thousand rows are filtered and sorted at once.

import { areOpinions, isUndecided } from "./classes.js";

export const NONE = 255;
export const BINS = 10;
const LENGTHS = [10, 50, 150, 400];
const DOUBTS = ["no_words", "none_known", "other_language", "mostly_unknown"];
const MOST_LANGUAGES = 60;
const MOST_CONFUSED = 8;

export class Answers {
  #languages = new Map();
  #found = null;

  /** `begun` is what the server said when it began; `rows` is how many there will be. */
  constructor(begun, rows) {
    const { classes, labels, facets } = begun;
    this.classes = classes;
    this.rows = rows;
    this.count = 0;
    this.isPair = classes.length === 2;
    this.hasTruth = labels.meanings !== null;
    this.errors = new Map();
    this.label = new Int16Array(rows).fill(-1);
    this.probability = new Float64Array(rows);
    this.margin = new Float64Array(rows);
    this.tokens = new Uint32Array(rows);
    this.truth = new Int16Array(rows).fill(-1);
    this.doubtful = new Uint8Array(rows);
    const codes = () => new Uint8Array(rows).fill(NONE);
    const own = (key, values) => [key, { key, codes: codes(), values, counts: [], chosen: new Set() }];
    this.undecided = Math.min(classes.length, NONE - 3);
    this.bad = this.undecided + 1;
    this.facets = new Map([
      own("share", Array.from({ length: BINS }, (_, bin) => bin)),
      own("verdict", [...classes.keys()].slice(0, this.undecided).concat(this.undecided, this.bad)),
      ...(this.hasTruth ? [own("agreement", [0, 1]), own("truth", [...classes.keys()].slice(0, NONE - 1))] : []),
      ...(this.isConfusable ? [own("confusion", Array.from({ length: classes.length ** 2 }, (_, cell) => cell))] : []),
      own("doubt", [0, 1, 2, 3]),
      own("language", []),
      own("length", [0, 1, 2, 3, 4]),
      ...facets.map(({ column, values }, place) => {
        const [, facet] = own(`column ${place}`, [...values.keys()]);
        return [facet.key, { ...facet, column, names: values }];
      }),
    ]);
  }

  get isConfusable() {
    return this.hasTruth && this.classes.length <= MOST_CONFUSED;
  }

  /** Take a window of answers as the server sends it. */
  add(window) {
    const { first, count, label, probability, second, tokens, doubt, language, truth, facets, errors } = window;
    const codes = (key) => this.facets.get(key).codes;
    const [share, verdict, doubts, languages, lengths] = ["share", "verdict", "doubt", "language", "length"].map(codes);
    for (let place = 0, row = first; place < count; place += 1, row += 1) {
      facets.forEach((column, index) => (codes(`column ${index}`)[row] = column[place] ?? NONE));
      if (truth && truth[place] !== null) {
        this.truth[row] = truth[place];
        codes("truth")[row] = Math.min(truth[place], NONE);
      }
      if (label[place] === null) {
        verdict[row] = this.bad;
        continue;
      }
      const sure = probability[place];
      this.label[row] = label[place];
      this.probability[row] = sure;
      this.margin[row] = sure - (second ? second[place] : 1 - sure);
      this.tokens[row] = tokens[place];
      verdict[row] = this.#isOpen(row) ? this.undecided : Math.min(label[place], NONE - 1);
      share[row] = Math.min(BINS - 1, Math.floor(BINS * this.shown(row)));
      lengths[row] = LENGTHS.findIndex((most) => tokens[place] <= most);
      if (lengths[row] === NONE) lengths[row] = LENGTHS.length; // -1 wraps round to it
      this.doubtful[row] = doubt[place] === null ? 0 : 1;
      if (doubt[place] !== null) doubts[row] = DOUBTS.indexOf(doubt[place]);
      if (language[place] !== null) languages[row] = this.#languageOf(language[place]);
      if (truth && truth[place] !== null) {
        codes("agreement")[row] = truth[place] === label[place] ? 1 : 0;
        if (this.isConfusable) codes("confusion")[row] = truth[place] * this.classes.length + label[place];
      }
    }
    for (const [place, error] of Object.entries(errors)) this.errors.set(first + Number(place), error);
    this.count = first + count;
  }

  #isOpen(row) {
    const labels = this.isPair ? this.classes : ["a", "b", "c"];
    const sure = this.probability[row];
    if (this.isPair) return isUndecided({ probability: sure, label: labels[this.label[row]] }, labels);
    return isUndecided({ probabilities: { a: sure, b: sure - this.margin[row], c: -1 } }, labels);
  }

  #languageOf(code) {
    if (!this.#languages.has(code) && this.#languages.size < MOST_LANGUAGES) {
      this.facets.get("language").values.push(this.#languages.size);
      this.#languages.set(code, this.#languages.size);
    }
    return this.#languages.get(code) ?? NONE;
  }

  /** Return the languages that were met, as codes, in the order of their numbers. */
  get languages() {
    return [...this.#languages.keys()];
  }

  /** Return the probability that is shown of a row: of two classes that of the second, of more that of the answer. */
  shown(row) {
    if (!this.isPair) return this.probability[row];
    return this.label[row] === 1 ? this.probability[row] : 1 - this.probability[row];
  }

  /** Return the kinds of order that make sense here, the first one as the order to begin with. */
  get orders() {
    const classes = areOpinions(this.classes) ? ["angry", "happy"] : this.isPair ? ["class 0", "class 1"] : [];
    return [...(this.hasTruth ? ["wrong"] : []), ...classes, "unsure", "sure", "long", "short", "file"];
  }

  /** Let only these rows pass, by their numbers, or all (null): what a search has found. */
  keep(numbers) {
    this.#found = numbers === null ? null : new Uint8Array(this.rows);
    for (const row of numbers ?? []) this.#found[row] = 1;
  }

  get isFiltered() {
    return this.#found !== null || [...this.facets.values()].some(({ chosen }) => chosen.size > 0);
  }

  /** Return the rows that pass what is chosen, and count each facet's values among those that the others let pass. */
  filtered() {
    const all = [...this.facets.values()];
    const active = all.filter(({ chosen }) => chosen.size > 0);
    for (const facet of all) facet.counts = new Array(facet.values.length).fill(0);
    const passed = new Uint32Array(this.count);
    let count = 0;
    for (let row = 0; row < this.count; row += 1) {
      if (this.#found !== null && this.#found[row] === 0) continue;
      let failed = null;
      let fails = 0;
      for (const facet of active) {
        if (facet.chosen.has(facet.codes[row])) continue;
        failed = facet;
        fails += 1;
        if (fails > 1) break;
      }
      if (fails > 1) continue;
      if (fails === 1) {
        if (failed.codes[row] !== NONE) failed.counts[failed.codes[row]] += 1;
        continue;
      }
      for (const facet of all) if (facet.codes[row] !== NONE) facet.counts[facet.codes[row]] += 1;
      passed[count] = row;
      count += 1;
    }
    return passed.subarray(0, count);
  }

  /** Return rows in an order; those that could not be judged come last, and where answers are ranked the doubtful before them. */
  sorted(rows, order) {
    if (order === "file") return rows;
    const key = this.#key(order);
    const isRanked = !["long", "short", "wrong"].includes(order);
    const keys = new Float64Array(this.rows);
    for (const row of rows) keys[row] = this.label[row] < 0 ? 1e9 : key(row) + (isRanked && this.doubtful[row] ? 1e6 : 0);
    return rows.slice().sort((a, b) => keys[a] - keys[b] || a - b);
  }

  #key(order) {
    if (order === "long") return (row) => -this.tokens[row];
    if (order === "short") return (row) => this.tokens[row];
    if (order === "unsure") return (row) => this.margin[row];
    if (order === "sure") return (row) => -this.margin[row];
    if (order === "wrong") return (row) => this.#ofTruth(row);
    const wanted = { angry: 0, happy: 1, "class 0": 0, "class 1": 1 }[order];
    return (row) => (wanted === 1 ? -this.shown(row) : this.shown(row));
  }

  /** Return how little a row's answer surprises who knows its label: the surest mistakes are the least. */
  #ofTruth(row) {
    if (this.truth[row] < 0) return 10;
    return this.truth[row] === this.label[row] ? this.margin[row] : -this.margin[row];
  }

  /** Return how many of some rows have a label and an answer, and how many of these agree. */
  agreement(rows) {
    let [right, all] = [0, 0];
    for (const row of rows) {
      if (this.truth[row] < 0 || this.label[row] < 0) continue;
      all += 1;
      if (this.truth[row] === this.label[row]) right += 1;
    }
    return { right, all };
  }
}
