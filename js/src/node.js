// opinia in Node.

import { readFile, stat } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";

import { MissingRuntimeError, ModelFileError } from "./errors.js";
import { fetched, loaderFor } from "./load.js";

/** @type {import("./load.js").Platform} */
const NODE = {
  async read(source) {
    const address = source instanceof URL ? source : typeof source === "string" && /^(?:https?|file):/i.test(source) ? new URL(source) : null;
    if (address !== null && address.protocol !== "file:") return fetched(address);
    if (address === null && typeof source !== "string") return null;
    const name = String(source);
    try {
      if (!(await stat(address ?? name)).isFile()) throw new ModelFileError(`${name} is not a regular file`, { hint: "name a model file (.onnx)" });
      return { name, content: await readFile(address ?? name) };
    } catch (error) {
      if (error instanceof ModelFileError) throw error;
      if (error.code === "ENOENT") throw new ModelFileError(`there is no model at ${name}`, { hint: "name a model file (.onnx)" });
      throw new ModelFileError(`${name} cannot be read: ${error.message}`, { cause: error });
    }
  },
  async runtime() {
    // From 1.29 on the native library reports to its maker, unless this is set before it is loaded.
    process.env.ORT_DISABLE_TELEMETRY ??= "1";
    for (const name of ["onnxruntime-node", "onnxruntime-web"]) {
      try {
        return withOneThread(await import(name));
      } catch (error) {
        if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      }
    }
    throw new MissingRuntimeError("models run on onnxruntime-node or onnxruntime-web, and neither is installed", {
      hint: "npm install onnxruntime-web; or hand a module over: load(source, { runtime })",
    });
  },
  aside: (runtime) => (isNative(runtime) ? (availableParallelism?.() ?? cpus().length) : 1),
};

/** Tell whether it is onnxruntime-node, which runs batches side by side; WebAssembly runs one. */
const isNative = (runtime) => typeof runtime.listSupportedBackends === "function";

function withOneThread(runtime) {
  const found = runtime.default?.InferenceSession ? runtime.default : runtime;
  if (!isNative(found)) found.env.wasm.numThreads ??= 1;
  return found;
}

export const load = loaderFor(NODE);
export { InputError, JudgementError, MissingRuntimeError, ModelFileError, OpiniaError, TooLongError, UnreachableError } from "./errors.js";
