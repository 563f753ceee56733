// Prints how many texts a second of processor time a model judges, one batch at a time, after a short warm-up.
// node speed.mjs RUNTIME MODEL TEXTS.json

import { readFileSync } from "node:fs";

import { load } from "opinia";

const [name, path, place] = process.argv.slice(2);
const imported = await import(name);
const runtime = imported.default?.InferenceSession ? imported.default : imported;
if (name === "onnxruntime-web") runtime.env.wasm.numThreads = 1;
const texts = JSON.parse(readFileSync(place, "utf8"));
const model = await load(path, { runtime, threads: 1 });
await model.predict(texts.slice(0, 32));
const begun = process.cpuUsage();
const found = await model.predict(texts);
const { user, system } = process.cpuUsage(begun);
console.log(JSON.stringify({ rate: (1e6 * texts.length) / (user + system), positive: found.map((each) => each.positive) }));
process.exit(0);
