// Reads a model file before ONNX Runtime does: its description, and what its graph must not hold.
// See opinia/model/description.py, opinia/graph/parse.py and opinia/model/file.py.

import { OPERATORS } from "./data.js";
import { described, ModelFileError } from "./errors.js";
import { sha256 } from "./sha256.js";
import { Tokenizer } from "./tokenizer.js";
import { hasUnassigned, lettersUpTo } from "./unicode.js";
import { BrokenError, ELSEWHERE, MODEL, Reader, RefusedError } from "./wire.js";

const FORMAT = 1;
const METADATA_KEY = "opinia";
const MOST_BYTES = 1 << 24;
const MOST_PARTS = 200_000;
const MOST_NODES = 4_096;
const MOST_WEIGHTS = 4_096;
const MOST_LABELS = 1_000;
const LONGEST_LABEL = 100;
const DEEPEST_CARD = 30;
const [LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE] = [0.01, 100];
const KEYS = ["format", "digest", "tokenizer", "labels", "temperature", "card"];
const DIGEST = /^[0-9a-f]{64}$/;
const [FLOAT, INT_32, FLOAT_16, FLOAT_64] = [1, 6, 10, 11];
const LARGEST = 1e9;
const MICROSOFT = "com.microsoft";
const OF_MICROSOFT = ["DynamicQuantizeLSTM"];
const REPLACE_IT = "the file may be truncated, foreign or written by a newer version: copy or train it again";
const AGAIN = "copy it again; `opinia quantise` and `opinia train` write models anew";

/**
 * What a model file says beside its graph.
 * @typedef {object} Description
 * @property {Tokenizer} tokenizer
 * @property {string[]} labels
 * @property {number} temperature
 * @property {Record<string, any>} card
 * @property {string} sha256 digest of the file
 */

/**
 * Read and check the content of a model file.
 * @param {string} name for messages
 * @param {Uint8Array} content
 * @returns {Promise<Description>}
 */
export async function readModelFile(name, content) {
  const place = checkedGraph(name, content);
  const { values, start } = readEntry(name, content, place);
  const tokenizer = fromConfig(name, values.tokenizer);
  const { labels, temperature, card } = values;
  checkLabels(name, labels);
  if (typeof temperature !== "number" || !(temperature >= LOWEST_TEMPERATURE && temperature <= HIGHEST_TEMPERATURE)) {
    throw new ModelFileError(
      `${name} has an impossible temperature. Received: ${described(temperature)}, which is not from ${LOWEST_TEMPERATURE} to ${HIGHEST_TEMPERATURE}`,
    );
  }
  checkCard(name, card);
  if (start !== null) await checkDigest(name, content, start);
  return { tokenizer, labels, temperature, card, sha256: await sha256(content) };
}

/** Refuse what is no graph of opinia, and return where its entry stands. */
function checkedGraph(name, content) {
  const kind = foreign(content);
  if (kind !== null) throw new ModelFileError(`${name} is ${kind}; a model of opinia is an .onnx file`);
  let model;
  try {
    model = new Reader(content, MOST_PARTS).read(MODEL);
  } catch (error) {
    if (error instanceof RefusedError && error.message === ELSEWHERE) {
      throw new ModelFileError(`${name} keeps weights in another file, which is never read`, {
        hint: "a model is one file: write it again with its weights inside",
      });
    }
    if (error instanceof RefusedError) refuse(name, `it holds ${error.message}`);
    if (error instanceof BrokenError || error instanceof RangeError) throw broken(name, content);
    throw error;
  }
  if (model.graph === undefined) throw broken(name, content);
  const { nodes, weights, inputs, outputs } = model.graph;
  const keys = model.metadata.filter((entry) => "key" in entry && "value" in entry).map(({ key }) => key);
  if (new Set(keys).size < model.metadata.length) refuse(name, "an entry of its metadata stands there twice, or half");
  if (nodes.length > MOST_NODES || weights.length > MOST_WEIGHTS) refuse(name, `it holds ${nodes.length} nodes and ${weights.length} weights`);
  const kinds = (sides) => sides.map((side) => `${side.name}:${side.type?.tensor?.element}`).sort().join(" ");
  if (kinds(inputs) !== `ids:${INT_32} lengths:${INT_32}` || kinds(outputs) !== `logits:${FLOAT}`) {
    throw new ModelFileError(
      `the graph of ${name} must take ids and lengths (int32) and give logits (float). Received: ${`${kinds(inputs)} and ${kinds(outputs)}`.slice(0, 120)}`,
    );
  }
  for (const { operator = "", domain = "" } of nodes) {
    const isTheirs = domain === MICROSOFT;
    if (!["", "ai.onnx", MICROSOFT].includes(domain) || isTheirs !== OF_MICROSOFT.includes(operator) || !OPERATORS.includes(operator)) {
      refuse(name, `it holds the operator '${operator.slice(0, 60)}'`);
    }
  }
  const tensors = [...weights, ...nodes.flatMap((node) => node.attributes.map(({ t }) => t).filter(Boolean))];
  if (tensors.some(({ location = 0 }) => location !== 0)) refuse(name, `it holds ${ELSEWHERE}`);
  const numbers = nodes.flatMap((node) => node.attributes.flatMap(({ f, floats }) => (f === undefined ? floats : [f, ...floats])));
  for (const tensor of tensors) checkWeights(name, content, tensor);
  checkWeights(name, content, { type: FLOAT, floats: numbers });
  return model.metadata.find(({ key }) => key === METADATA_KEY)?.value ?? null;
}

/** Refuse weights that are no numbers, or larger than any that training finds: an LSTM would hide them. */
function checkWeights(name, content, { name: weight = "", type, raw, floats = [] }) {
  for (const [start, end] of raw === undefined ? floats : [raw, ...floats]) {
    // A copy, which begins where numbers may; ONNX Runtime refuses one that is no whole number of them.
    const bytes = new Uint8Array(8 * Math.ceil((end - start) / 8));
    bytes.set(content.subarray(start, end));
    const isFine = {
      [FLOAT]: () => within(new Float32Array(bytes.buffer)),
      [FLOAT_16]: () => new Uint16Array(bytes.buffer).every((half) => (half & 0x7c00) !== 0x7c00),
      [FLOAT_64]: () => within(new Float64Array(bytes.buffer)),
    }[type];
    if (isFine !== undefined && !isFine()) {
      throw new ModelFileError(`weights of ${name} are not finite, or beyond ±1e+09: '${weight.slice(0, 60)}'`, {
        hint: "they are damaged, or the training failed: copy or train it again",
      });
    }
  }
}

/** @param {Float32Array | Float64Array} numbers */
function within(numbers) {
  for (let place = 0; place < numbers.length; place += 1) if (!(Math.abs(numbers[place]) <= LARGEST)) return false;
  return true;
}

/** Return what the first bytes of a file say that it is instead of a model; null where they do not. */
function foreign(content) {
  const begins = (bytes, place = 0) => [...bytes].every((letter, index) => content[place + index] === letter.charCodeAt(0));
  if (content.length === 0) return "empty";
  if (begins("PK\x03\x04") || begins("PK\x05\x06")) return "a zip archive, such as a Keras model: `opinia convert` makes a model of one that Python reads";
  if (begins("\x89HDF\r\n\x1a\n")) return "an HDF5 file, as Keras writes models (.h5)";
  if (begins("ORTM", 4)) return "in ONNX Runtime's own format";
  if (begins("GGUF")) return "a GGUF model";
  if (begins("\x80\x02") || begins("\x80\x04") || begins("\x80\x05")) return "a pickle of Python, which is never opened";
  if (begins("version https://git-lfs")) return "a pointer of Git LFS, which stands for a file that was not fetched";
  if (begins("<!") || begins("<html")) return "a web page (HTML)";
  return null;
}

function readEntry(name, content, place) {
  if (place === null) {
    throw new ModelFileError(`${name} is an ONNX model, but not one of opinia's: its metadata has no '${METADATA_KEY}'`, {
      hint: "train one with `opinia train`",
    });
  }
  const [first, last] = place;
  if (last - first > MOST_BYTES) throw new ModelFileError(`the metadata of ${name} is too large: ${last - first} bytes, at most ${MOST_BYTES} are read`);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content.subarray(first, last));
  } catch {
    throw new ModelFileError(`${name} is damaged: its metadata is not UTF-8`);
  }
  let values;
  try {
    values = parsed(text);
  } catch (error) {
    throw new ModelFileError(`the metadata of ${name} is damaged: ${error.message.slice(0, 120)}`);
  }
  if (values === null || typeof values !== "object" || Array.isArray(values)) throw new ModelFileError(`the metadata of ${name} is damaged: it is no object`);
  if (values.format !== FORMAT) {
    throw new ModelFileError(`${name} has format ${described(values.format)}; this version reads format ${FORMAT}`, {
      hint: "a newer opinia reads it: update yours",
    });
  }
  const unknown = Object.keys(values).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new ModelFileError(`the metadata of ${name} is damaged: it has '${unknown.slice(0, 40)}', which nobody wrote`);
  return { values, start: placeOfDigest(name, content, place, values) };
}

/** Python writes numbers that are none as NaN and Infinity, which JSON has not: a card may hold such figures. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|-?Infinity|NaN/g, (found, string) => string ?? "null"));
  }
}

function fromConfig(name, config) {
  if (config === null || typeof config !== "object") throw new ModelFileError(`the metadata of ${name} is damaged: it has no tokenizer`);
  return Tokenizer.fromConfig(config);
}

function placeOfDigest(name, content, [first, last], values) {
  if (!Object.hasOwn(values, "digest")) return null;
  if (typeof values.digest === "string" && DIGEST.test(values.digest)) {
    const wanted = new TextEncoder().encode(`"digest": "${values.digest}"`);
    const found = placesOf(content, wanted, first, last);
    if (found.length === 1) return found[0] + wanted.length - 1 - values.digest.length;
  }
  throw new ModelFileError(`the metadata of ${name} is damaged: its digest is none`);
}

function placesOf(content, wanted, first, last) {
  const found = [];
  let place = content.indexOf(wanted[0], first);
  while (place >= 0 && place + wanted.length <= last) {
    if (wanted.every((byte, index) => content[place + index] === byte)) found.push(place);
    place = content.indexOf(wanted[0], place + 1);
  }
  return found;
}

async function checkDigest(name, content, start) {
  const zeros = new Uint8Array(content); // a copy; slice of a Buffer is none
  zeros.fill(0x30, start, start + 64);
  if ((await sha256(zeros)) !== String.fromCharCode(...content.subarray(start, start + 64))) {
    throw new ModelFileError(`${name} is damaged, or was changed after it was written: its digest is that of another content`, { hint: AGAIN });
  }
}

function checkLabels(name, labels) {
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string") || new Set(labels).size < labels.length || labels.length < 2) {
    throw new ModelFileError(`${name} must name at least two different labels. Received: ${String(JSON.stringify(labels)).slice(0, 80)}`);
  }
  const isPlain = (label) => {
    const bare = label.replace(/[\u200c\u200d]/g, "");
    return bare !== "" && !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(bare) && !hasUnassigned(bare) && label.trim() === label;
  };
  if (labels.length > MOST_LABELS || !labels.every((label) => lettersUpTo(label, LONGEST_LABEL) <= LONGEST_LABEL && isPlain(label))) {
    throw new ModelFileError(`${name} must have labels that can be printed, at most ${MOST_LABELS} of ${LONGEST_LABEL} characters`);
  }
}

function checkCard(name, card) {
  if (card === null || typeof card !== "object" || Array.isArray(card)) throw new ModelFileError(`the card of ${name} must be a JSON object`);
  const left = [[card, 1]];
  while (left.length > 0) {
    const [value, depth] = left.pop();
    if (depth > DEEPEST_CARD) throw new ModelFileError(`the card of ${name} is nested too deeply: at most ${DEEPEST_CARD} levels`);
    if (typeof value === "string" && /\p{Cs}/u.test(value)) throw new ModelFileError(`the card of ${name} must hold text that UTF-8 can express`);
    if (value !== null && typeof value === "object") {
      for (const each of Array.isArray(value) ? value : Object.entries(value).flat()) left.push([each, depth + 1]);
    }
  }
}

const broken = (name, content) =>
  new ModelFileError(`${name} is not a model that can be opened (${content.length} bytes): it breaks off or is no ONNX`, { hint: REPLACE_IT });

function refuse(name, reason) {
  throw new ModelFileError(`${name} is refused, for no model of opinia is made so: ${reason}`, {
    hint: "load models that opinia wrote; a newer opinia may write what this one does not know",
  });
}
