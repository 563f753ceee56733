// A text as the fragment of an address: browsers keep fragments to themselves, no server ever sees them.

const VERSION = "1";
const MOST = 8000;
const MOST_READ = 20_000;
const MOST_BYTES = 400_000;

async function through(stream, bytes) {
  const pieces = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    size += value.length;
    if (size > MOST_BYTES) throw new RangeError("the link unfolds to too much");
    pieces.push(value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Return `{text, model, target}` in letters that an address may hold, or null where they are too many. */
export async function packed({ text, model, target }) {
  const bytes = new TextEncoder().encode(JSON.stringify([text, model ?? null, target ?? null]));
  if (bytes.length > MOST_BYTES) return null;
  const small = await through(new CompressionStream("deflate"), bytes);
  if (small.length > MOST) return null;
  const letters = btoa(String.fromCharCode(...small)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return letters.length + 1 > MOST ? null : VERSION + letters;
}

/** Return what was packed, or null for what is no such thing. */
export async function unpacked(letters) {
  if (!letters.startsWith(VERSION) || letters.length > MOST_READ) return null;
  try {
    const small = Uint8Array.from(atob(letters.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const bytes = await through(new DecompressionStream("deflate"), small);
    const [text, model, target] = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isName = (name) => name === null || typeof name === "string";
    return typeof text === "string" && isName(model) && isName(target) ? { text, model, target } : null;
  } catch {
    return null;
  }
}
