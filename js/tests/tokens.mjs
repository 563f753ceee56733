// Answers with ids and places of the tokens of texts, and what language they seem to be in, as JSON.
// stdin: {"tokenizers": [config], "texts": [text]}

import { readFileSync, writeSync } from "node:fs";

import { isPlainly, languageOf } from "../src/language.js";
import { normalise } from "../src/normalise.js";
import { Tokenizer } from "../src/tokenizer.js";

const { tokenizers, texts } = JSON.parse(readFileSync(0, "utf8"));
const answer = {
  normalised: texts.map(normalise),
  languages: texts.map((text) => [languageOf(text), isPlainly(text, "en"), isPlainly(text, "pl")]),
  tokens: tokenizers.map((config) => {
    const tokenizer = Tokenizer.fromConfig(config);
    return texts.map((text) => ({ ids: [...tokenizer.encode(text)], spans: tokenizer.spans(text) }));
  }),
};
const bytes = Buffer.from(JSON.stringify(answer));
for (let place = 0; place < bytes.length; ) place += writeSync(1, bytes, place);
