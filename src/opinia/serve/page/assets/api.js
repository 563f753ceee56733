// The server's HTTP interface, and what can go wrong with it.

import { tab } from "./store.js";

const PATIENCE = 120_000;

/** An answer that is no success, or none at all (`status` 0, code "unreachable"). */
export class ApiError extends Error {
  constructor(status, { code = "unknown", message = "", hint = "" } = {}, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint ?? "";
    this.retryAfter = retryAfter;
  }
}

async function ask(path, { body, signal } = {}) {
  const key = tab.get("key");
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const late = AbortSignal.timeout(PATIENCE);
  let response;
  let content;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      body: body === undefined ? undefined : JSON.stringify(body),
      headers,
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    content = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ApiError(0, { code: "unreachable", message: late.aborted ? "timeout" : error.message });
  }
  signal?.throwIfAborted(); // an answer may arrive in the very moment in which it is no longer wanted
  let value = null;
  try {
    value = JSON.parse(content);
  } catch {
    // Not ours: a proxy's page, perhaps. The status says enough.
  }
  if (response.ok && value !== null) return value;
  const wait = Number.parseFloat(response.headers.get("Retry-After"));
  throw new ApiError(response.status, value?.error, Number.isFinite(wait) ? wait : null);
}

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

export const studies = () => ask("v1/studies");

/** Return whether the server is there and ready to judge. */
export async function ready() {
  try {
    const response = await fetch("readyz", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    return response.ok;
  } catch {
    return false;
  }
}
