// The server counts Unicode code points, JavaScript UTF-16 code units: an emoji is one there and two here.

const SURROGATES = /[\ud800-\udfff]/;

/**
 * Return a function from an offset in code points to one in UTF-16 code units.
 * A lone surrogate counts as one code point, as it does in the text that is sent.
 */
export function unitOffsets(text) {
  if (!SURROGATES.test(text)) return (offset) => Math.min(offset, text.length);
  const units = new Uint32Array(text.length + 1);
  let points = 0;
  for (let unit = 0; unit < text.length; points += 1) {
    units[points] = unit;
    unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  }
  units[points] = text.length;
  return (offset) => units[Math.min(offset, points)];
}

/**
 * Return the pieces of a text that an edit left alone, at their new places.
 * Pieces have `start` and `end`, in order; those that the edit touched are dropped.
 */
export function carried(pieces, before, after) {
  if (pieces.length === 0) return [];
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const shift = after.length - before.length;
  return pieces.flatMap((piece) => {
    if (piece.end <= head) return [piece];
    if (piece.start < before.length - tail) return [];
    return [{ ...piece, start: piece.start + shift, end: piece.end + shift }];
  });
}
