// The errors that are thrown on purpose, as in Python: opinia/errors.py.

/** Something that a person can put right; `hint` says how, or is null. */
export class OpiniaError extends Error {
  /**
   * @param {string} message what failed and what was received
   * @param {{hint?: string | null, cause?: unknown}} [more]
   */
  constructor(message, { hint = null, cause } = {}) {
    super(hint === null ? message : `${message}\nhint: ${hint}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.reason = message;
    this.hint = hint;
  }
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

/**
 * Return what a value is, for messages: its kind and how it begins.
 * @param {unknown} value
 */
export function described(value) {
  const kind = value === null ? "null" : (Object(value) === value && value.constructor?.name) || typeof value;
  let shown;
  try {
    shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    return kind;
  }
  return `${kind} ${shown.length <= 40 ? shown : `${shown.slice(0, 37)}...`}`;
}
