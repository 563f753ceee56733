// Judges and explains with the package, and answers as JSON.
// stdin: {"runtime", "models": {name: source}, "texts", "textsOf": {name: texts},
//         "explained": {name: [[text, options]]}, "damaged": [base64], "phrases": texts}

import { readFileSync, writeSync } from "node:fs";

import { load, OpiniaError } from "opinia";

const { runtime: name, models, texts = [], textsOf = {}, explained = {}, damaged = [], phrases = [] } = JSON.parse(readFileSync(0, "utf8"));
const imported = await import(name);
const runtime = imported.default?.InferenceSession ? imported.default : imported;
if (name === "onnxruntime-web") runtime.env.wasm.numThreads = 1;

async function ended(work) {
  try {
    return await work();
  } catch (error) {
    return error instanceof OpiniaError ? { error: error.name, message: error.message } : { crash: String(error.stack ?? error) };
  }
}

const answer = { models: {}, explained: {}, damaged: [], seconds: {} };
for (const [each, source] of Object.entries(models)) {
  const model = await load(source, { runtime });
  const { classes, language, languages, sha256 = null } = model;
  const begun = performance.now();
  const predictions = await ended(() => model.predict(textsOf[each] ?? texts, { details: true }));
  answer.seconds[each] = (performance.now() - begun) / 1000;
  answer.models[each] = { classes, language, languages, sha256, predictions };
  answer.explained[each] = [];
  for (const [text, options] of explained[each] ?? []) answer.explained[each].push(await ended(() => model.explain(text, options)));
  await model.release();
}
for (const bytes of damaged) {
  answer.damaged.push(await ended(async () => (await load(Buffer.from(bytes, "base64"), { runtime })).predict(phrases)));
}
const bytes = Buffer.from(JSON.stringify(answer));
for (let place = 0; place < bytes.length; ) place += writeSync(1, bytes, place);
process.exit(0);
