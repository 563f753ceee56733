// What the page asks for, and how texts go there. Where to, a server or this browser, is the transport's business.

import { ask } from "./transport.js";

// A lone surrogate, half of an emoji, is no text; U+FFFD in its place keeps every offset.
const wellFormed = (text) => text.toWellFormed?.() ?? text;

/** Return the results of the texts, in their order. */
export async function analyse(texts, { model, signal }) {
  const body = { texts: texts.map(wellFormed), details: true };
  if (model) body.model = model;
  return (await ask("v1/analyse", { body, signal })).results;
}

/** Return verdict, contributions and reading curve of one text, for a class; offsets are Unicode code points. */
export function explain(text, { model, target, signal }) {
  const body = { text: wellFormed(text) };
  if (model) body.model = model;
  if (target) body.target = target;
  return ask("v1/explain", { body, signal });
}

export const models = () => ask("v1/models");

/** Return what was measured of the models, by name and part. */
export const measured = async () => (await ask("v1/measured")).models;

export const studies = () => ask("v1/studies");
