// The server's HTTP interface. A page without a server has another file in its place: opinia/serve/page/offline_assets/transport.js.

import { ApiError } from "./refusal.js";
import { tab } from "./store.js";

const PATIENCE = 120_000;

/** Return what the server answers to a body, or to none. */
export async function ask(path, { body, signal } = {}) {
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

/** Return whether the server is there and ready to judge. */
export async function ready() {
  try {
    const response = await fetch("readyz", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    return response.ok;
  } catch {
    return false;
  }
}
