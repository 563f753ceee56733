// Judges texts in a thread of its own, and answers as the server's HTTP interface does.

import { InputError, JudgementError, load, ModelFileError, TooLongError, UnreachableError } from "./opinia/web.js";
import * as runtime from "./runtime/ort.wasm.min.mjs";

runtime.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
runtime.env.wasm.numThreads = 1;

const gone = new Set();
const loaded = new Map();
const channel = new MessageChannel();
const yielded = [];
let facts = null;

channel.port1.onmessage = () => yielded.shift()();
/** Let messages in, such as that nobody waits any more; timers would wait four milliseconds each time. */
const breathe = () =>
  new Promise((resolve) => {
    yielded.push(resolve);
    channel.port2.postMessage(null);
  });

self.addEventListener("message", async ({ data: { id, path, body, gone: isGone } }) => {
  if (isGone) {
    gone.add(id);
    return;
  }
  const pause = async () => {
    await breathe();
    if (gone.has(id)) throw new DOMException("nobody waits for it", "AbortError");
  };
  try {
    self.postMessage({ id, value: await answered(path, body, pause) });
  } catch (error) {
    if (!gone.has(id)) self.postMessage({ id, error: told(error) });
  } finally {
    gone.delete(id);
  }
});

async function answered(path, body, pause) {
  facts ??= await described();
  if (path === "v1/models") return facts.models;
  if (path === "v1/measured") return facts.measured;
  if (path === "v1/studies") return { studies: [], left_out: [] };
  if (path === "readyz") return { status: "ready" };
  const name = body.model ?? facts.models.default;
  const model = await modelOf(name);
  if (path === "v1/analyse") {
    const found = await model.predict(body.texts, { details: true, pause });
    return { model: name, results: found.map((each) => judgement(each, model.classes)) };
  }
  return { model: name, ...explanation(body.text, await model.explain(body.text, { target: body.target ?? null, pause }), model.classes) };
}

async function described() {
  const response = await fetch("models.json", { cache: "no-cache" });
  if (!response.ok) throw new UnreachableError(`models.json cannot be fetched: HTTP ${response.status}`);
  return response.json();
}

/** Return a model, which is loaded when it is first asked for; one that failed to load is tried again. */
async function modelOf(name) {
  const source = facts.sources[name];
  if (source === undefined) throw new InputError(`there is no model of this name: ${name}`);
  if (!loaded.has(name)) loaded.set(name, load(source, { runtime }));
  try {
    return await loaded.get(name);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
}

const byName = (classes, row) => Object.fromEntries(classes.map((label, index) => [label, row[index]]));

function judgement({ label, probability, positive, probabilities, doubt, tokens, unknown, readBy, language, unknownWords }, classes) {
  return {
    label,
    probability,
    ...(classes.length === 2 ? { positive } : { probabilities: byName(classes, probabilities) }),
    doubt,
    tokens,
    unknown,
    ...(readBy === null ? {} : { read_by: readBy }),
    ...(doubt === null ? {} : { language, unknown_words: unknownWords }),
  };
}

/** Return an explanation with places in code points, as the server counts them. */
function explanation(text, { contributions, curve, classes, probabilities, label, probability, target, positive, unit }, all) {
  const points = new Uint32Array(text.length + 1);
  let count = 0;
  for (let place = 0; place < text.length; place += 1, count += 1) {
    points[place] = count;
    if (text.codePointAt(place) > 0xffff) points[(place += 1)] = count;
  }
  points[text.length] = count;
  const isPair = all.length === 2;
  return {
    label,
    probability,
    target,
    positive,
    unit,
    contributions: contributions.map(({ start, end, contribution }) => ({ start: points[start], end: points[end], contribution })),
    curve: curve.map((point) => ({ end: points[point.end], positive: point.positive, ...(isPair ? {} : { probabilities: point.probabilities }) })),
    phrases: [],
    ...(isPair ? {} : { classes, probabilities: byName(all, probabilities) }),
  };
}

/** Return what went wrong, as the server says it. */
function told(error) {
  const kind = [
    [TooLongError, 413, "text_too_long"],
    [InputError, 422, "invalid_request"],
    [JudgementError, 500, "unavailable"],
    [UnreachableError, 0, "unreachable"],
    [ModelFileError, 500, "model_error"],
  ].find(([each]) => error instanceof each);
  const [, status, code] = kind ?? [null, error instanceof TypeError ? 0 : 500, "internal_error"]; // a fetch that fails is one
  return { status, code, message: error.reason ?? String(error.message ?? error), hint: error.hint ?? "" };
}
