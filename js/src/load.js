// Reads models from wherever they are, on the platform's own ONNX Runtime.

import { BilingualClassifier } from "./bilingual.js";
import { Classifier } from "./classifier.js";
import { described, InputError, ModelFileError, UnreachableError } from "./errors.js";
import { readModelFile } from "./model-file.js";
import { Network } from "./network.js";

const LARGEST_FILE = 1 << 30;

/**
 * What differs between Node and browsers.
 * @typedef {object} Platform
 * @property {(source: unknown) => Promise<{name: string, content: Uint8Array} | null>} read what a path or an address holds
 * @property {() => Promise<any>} runtime the module of ONNX Runtime
 * @property {(runtime: any) => number} aside how many batches run side by side
 */

/**
 * Return the function `load` of a platform.
 * @param {Platform} platform
 */
export function loaderFor(platform) {
  const one = async (source, options) => {
    const { name, content } = await contentOf(platform, source);
    if (content.length > LARGEST_FILE) throw new ModelFileError(`${name} is too large for a model: ${content.length} bytes, at most ${LARGEST_FILE} are read`);
    const description = await readModelFile(name, content);
    const runtime = options.runtime ?? (await platform.runtime());
    const aside = checkedThreads(options.threads) ?? platform.aside(runtime);
    return new Classifier(await Network.open(name, content, description, { runtime, aside }), description, content.length);
  };
  return async (source, options = {}) => {
    if (!isPair(source)) return one(source, options);
    const [[language, first], [other, second]] = Object.entries(source);
    return new BilingualClassifier(await one(first, options), () => one(second, options), [language, other]);
  };
}

/** Tell whether a source is two, by their languages: {en: ..., pl: ...}. */
function isPair(source) {
  return source !== null && typeof source === "object" && Object.getPrototypeOf(source) === Object.prototype && Object.keys(source).length === 2;
}

function checkedThreads(threads) {
  if (threads === undefined || threads === 0) return undefined;
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new InputError(`threads is a number from 1 to 1024, or 0 for as many as there are cores. Received: ${described(threads)}`);
}

async function contentOf(platform, source) {
  const name = "what was given as bytes";
  if (source instanceof ArrayBuffer) return { name, content: new Uint8Array(source) };
  if (ArrayBuffer.isView(source)) return { name, content: new Uint8Array(source.buffer, source.byteOffset, source.byteLength) };
  if (source !== null && typeof source === "object" && typeof source.arrayBuffer === "function") {
    return { name: source.name ?? "the file that was given", content: new Uint8Array(await source.arrayBuffer()) };
  }
  const read = await platform.read(source);
  if (read !== null) return read;
  throw new ModelFileError(`a model is a path, an address, bytes, a file, or two of them by language. Received: ${described(source)}`);
}

/**
 * Return what an address holds.
 * @param {string | URL} address
 */
export async function fetched(address) {
  const name = String(address);
  let response;
  try {
    response = await fetch(address);
    if (response.ok) return { name, content: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    throw new UnreachableError(`${name} cannot be fetched: ${error.cause?.message ?? error.message}`, { cause: error });
  }
  throw new UnreachableError(`${name} cannot be fetched: HTTP ${response.status}`);
}
