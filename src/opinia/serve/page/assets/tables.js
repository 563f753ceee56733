// The server's interface for whole tables: everything that a file needs a server for stands here.

import { ApiError } from "./refusal.js";
import { tab } from "./store.js";

const PATIENCE = 120_000;

const authorisation = () => (tab.get("key") ? { Authorization: `Bearer ${tab.get("key")}` } : {});

/** Return the error that an answer of the server is. */
function errorOf(status, content, retryAfter) {
  let value = null;
  try {
    value = JSON.parse(content);
  } catch {
    // Not ours: a proxy's page, perhaps. The status says enough.
  }
  const wait = Number.parseFloat(retryAfter);
  return new ApiError(status, value?.error, Number.isFinite(wait) ? wait : null);
}

async function ask(path, { method = "GET", body, signal, keepalive = false } = {}) {
  const late = AbortSignal.timeout(PATIENCE);
  let response;
  let content;
  try {
    response = await fetch(`v1/tables${path}`, {
      method,
      headers: { ...authorisation(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      keepalive,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    content = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ApiError(0, { code: "unreachable", message: late.aborted ? "timeout" : error.message });
  }
  signal?.throwIfAborted();
  if (!response.ok) throw errorOf(response.status, content, response.headers.get("Retry-After"));
  return content === "" ? null : JSON.parse(content);
}

/** Return whether the page has a server behind it; one that is a file by itself says so. */
export const hasServer = () => document.documentElement.dataset.server !== "none";

/** Return `{max_bytes, max_rows, idle_seconds}`, or null where there is no server that takes tables. */
export async function limits() {
  if (!hasServer()) return null;
  try {
    const found = await ask("");
    return found.max_bytes > 0 ? found : null;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Send a file, and return what the server found in it; `progress(share)` hears how much has been sent. */
export function send(file, { model, progress, signal }) {
  const query = new URLSearchParams({ name: file.name });
  if (model) query.set("model", model);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // the one way to hear how far an upload is
    request.open("POST", `v1/tables?${query}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(authorisation())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total > 0 ? loaded / total : 1));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText));
      else reject(errorOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    });
    request.addEventListener("error", () => reject(new ApiError(0, { code: "unreachable" })));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

const at = (table, what) => `/${encodeURIComponent(table)}${what}`;

/** Return what the server finds when it reads a table in another way; see `LookRequest` of the server. */
export const look = (table, body, signal) => ask(at(table, "/look"), { method: "POST", body, signal });

/** Let the server begin to judge a table, and return what the answers will hold. */
export const judge = (table, body, signal) => ask(at(table, "/judge"), { method: "POST", body, signal });

/** Return where the judging stands, and the windows of answers behind so many. */
export const answers = (table, after, signal) => ask(at(table, `/answers?after=${after}`), { signal });

/** Let the server judge no further; what is judged stays. */
export const stop = (table) => ask(at(table, "/answers"), { method: "DELETE" });

/** Return the cells of rows as texts; a text in their place says what is wrong with a row. */
export const rows = async (table, numbers) => (await ask(at(table, "/rows"), { method: "POST", body: { rows: numbers } })).rows;

/** Return the numbers of the rows that hold a text. */
export const search = async (table, text, signal) => (await ask(at(table, "/search"), { method: "POST", body: { text }, signal })).rows;

/** Delete a table; also when the page is about to go. */
export const remove = (table) => ask(at(table, ""), { method: "DELETE", keepalive: true }).catch(() => {});

/** Give the person the table with its answers, as a file of this name. */
export async function download(table, name) {
  const address = `v1/tables${at(table, "/output")}`;
  let href = address;
  if (tab.get("key")) {
    const response = await fetch(address, { headers: authorisation(), cache: "no-store" }); // a link cannot show the key
    if (!response.ok) throw errorOf(response.status, await response.text(), null);
    href = URL.createObjectURL(await response.blob());
  }
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
  if (href !== address) setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
