// opinia in browsers and workers.

import { MissingRuntimeError } from "./errors.js";
import { fetched, loaderFor } from "./load.js";

/** @type {import("./load.js").Platform} */
const WEB = {
  read: async (source) => (typeof source === "string" || source instanceof URL ? fetched(source) : null),
  async runtime() {
    let runtime;
    try {
      runtime = await import("onnxruntime-web/wasm");
    } catch (error) {
      throw new MissingRuntimeError("models run on onnxruntime-web, which cannot be imported by this name", {
        hint: "let a bundler find it, or hand the module over: load(source, { runtime })",
        cause: error,
      });
    }
    runtime.env.wasm.numThreads ??= 1; // a text at a time: threads would wait for each other at every step of an LSTM
    return runtime;
  },
  aside: () => 1,
};

export const load = loaderFor(WEB);
export { InputError, JudgementError, MissingRuntimeError, ModelFileError, OpiniaError, TooLongError, UnreachableError } from "./errors.js";
