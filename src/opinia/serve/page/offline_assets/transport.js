// The models in this browser, in place of a server: a worker has them, and answers as the HTTP interface does.

import { ApiError } from "./refusal.js";

let worker = null;
let highest = 0;
const waiting = new Map();

function started() {
  if (worker !== null) return worker;
  worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", ({ data: { id, value, error } }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new ApiError(error.status, error));
  });
  // Its own file or one that it imports did not come: what waits for it fails, and another is started later.
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    worker.terminate();
    worker = null;
    for (const { reject } of waiting.values()) reject(new ApiError(0, { code: "unreachable", message: event.message }));
    waiting.clear();
  });
  return worker;
}

/** Return what the worker answers to a body, or to none. */
export function ask(path, { body, signal } = {}) {
  signal?.throwIfAborted();
  const id = (highest += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    signal?.addEventListener("abort", () => {
      if (!waiting.delete(id)) return;
      worker?.postMessage({ id, gone: true });
      reject(signal.reason);
    });
    started().postMessage({ id, path, body });
  });
}

/** Return whether the worker is there and can judge. */
export async function ready() {
  try {
    await ask("readyz");
    return true;
  } catch {
    return false;
  }
}

// What was loaded once is there without the network, too; a page that came over plain HTTP has no such keeper.
navigator.serviceWorker?.register("offline.js").catch(() => {});
