/** A path or an address (strings), the bytes of a model file, or what has them: a `File`, `Blob` or `Response`. */
export type Source = string | URL | ArrayBuffer | ArrayBufferView | { arrayBuffer(): Promise<ArrayBuffer> };

export interface LoadOptions {
  /**
   * The module of ONNX Runtime, `onnxruntime-node` or `onnxruntime-web`. Without it Node takes the first of them that is
   * installed, and browsers `onnxruntime-web/wasm`.
   */
  runtime?: unknown;
  /** Batches that run side by side in Node, from 1 to 1024; 0, the default, takes one for each core. */
  threads?: number;
}

/** Reads and checks one model file. In browsers a string is an address, in Node a path, or an address that says so. */
export function load(source: Source, options?: LoadOptions): Promise<Classifier>;
/** Two models as one, such as `{ en: "general.onnx", pl: "polish.onnx" }`: each text is read by that of its language. */
export function load(sources: Record<string, Source>, options?: LoadOptions): Promise<BilingualClassifier>;

export type Doubt = "no_words" | "none_known" | "other_language" | "mostly_unknown";

/** What the model says of one text. */
export interface Prediction {
  /** The most probable of the model's classes, such as "positive", or "uncertain". */
  label: string;
  /** Of the most probable class, from 0 to 1. */
  probability: number;
  /** Probability of the last class, of two "positive". */
  positive: number;
  /** Share of the text's words that the vocabulary lacks, from 0 to 1; 1 without words. */
  unknown: number;
  /** Why the answer should not be trusted; null where nothing speaks against it. */
  doubt: Doubt | null;
  /** Of each class, in the order of `classes`; they sum to 1. */
  probabilities: number[];
  /** Name of the model that read the text, where each is read by that of its language; else null. */
  readBy: string | null;
  /** With `details`: how many tokens the text has. */
  tokens?: number;
  /** With `details`, where there is a doubt: the language that the text seems to be in; null where it is not clear. */
  language?: string | null;
  /** With `details`, where there is a doubt: share of tokens that are words outside the vocabulary, without signs. */
  unknownWords?: number;
}

export interface PredictOptions {
  /** Half the width of a band around one half, from 0 to 0.5, in which the label is "uncertain". */
  uncertain?: number;
  details?: boolean;
  /** Is awaited before each batch; what it throws ends the work. */
  pause?: () => Promise<void> | void;
}

/** What one piece of the text does to the answer; places are UTF-16 code units, as `text.slice` takes them. */
export interface Contribution {
  start: number;
  end: number;
  /** Probability of the target for the whole text, minus that for the text without the piece. */
  contribution: number;
}

export interface Explanation {
  label: string;
  probability: number;
  /** The class that the other fields speak of. */
  target: string;
  /** Probability of the target. */
  positive: number;
  unit: "word" | "sentence";
  contributions: Contribution[];
  /** The answer to the text up to each `end`; the last is that to the whole. */
  curve: { end: number; positive: number; probabilities: number[] }[];
  phrases: Contribution[];
  classes: string[];
  probabilities: number[];
}

export interface ExplainOptions {
  /** Parts to be left out as a whole: a phrase, each place of which counts, or a place `[start, end]`. */
  phrases?: (string | [number, number])[];
  /** The class to speak of; without it the answer, or of two classes the last. */
  target?: string | null;
  /** Whether every point of the curve is asked for; without it there is the last one alone. */
  curve?: boolean;
  pause?: () => Promise<void> | void;
}

interface Judge {
  /** Names of the classes, in the order of the probabilities. */
  readonly classes: readonly string[];
  /** What the model says of itself; of two models, the first. */
  readonly card: Record<string, any>;
  readonly name: string;
  /** The language that is read, as a code of ISO 639-1, or "other"; null where that is open, or there are two. */
  readonly language: string | null;
  readonly languages: readonly string[];
  /** @throws InputError, TooLongError, JudgementError */
  predict(texts: string | Iterable<string>, options?: PredictOptions): Promise<Prediction[]>;
  /** @throws InputError, TooLongError, JudgementError */
  explain(text: string, options?: ExplainOptions): Promise<Explanation>;
  /** The classifier of one model that reads a text. */
  readerOf(text: string): Promise<Classifier>;
  /** Lets go of the memory that the model takes. */
  release(): Promise<void>;
}

export interface Classifier extends Judge {
  /** Digest of the model file, as 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the model file. */
  readonly size: number;
}

export interface BilingualClassifier extends Judge {
  /** Both models, in the order of the languages; the second is opened where it was not needed before. */
  models(): Promise<[Classifier, Classifier]>;
}

/** Something that a person can put right: `reason` says what failed, `hint` what to do, or is null. */
export class OpiniaError extends Error {
  readonly reason: string;
  readonly hint: string | null;
}
/** A text, or a list of texts, that cannot be judged. */
export class InputError extends OpiniaError {}
/** A text of more words than are read. */
export class TooLongError extends InputError {}
/** The network failed on a text, for want of memory perhaps. */
export class JudgementError extends OpiniaError {}
/** A model file that is missing, broken, foreign or too new. */
export class ModelFileError extends OpiniaError {}
/** A model file that cannot be fetched: the network is gone, or nothing is at the address. */
export class UnreachableError extends ModelFileError {}
/** ONNX Runtime is not installed. */
export class MissingRuntimeError extends OpiniaError {}
