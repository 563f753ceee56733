// Blanks and marks around words, read once from end to end: a text may be as long as its writer likes.

const AROUND = /[\p{P}\s]/u;

/** Return a text without the marks and blanks at its ends. */
export function bare(text) {
  const letters = Array.from(text);
  let start = 0;
  let end = letters.length;
  while (start < end && AROUND.test(letters[start])) start += 1;
  while (end > start && AROUND.test(letters[end - 1])) end -= 1;
  return letters.slice(start, end).join("");
}

/** Return a text with a blank for each line break and the blanks around it. */
export const onOneLine = (text) => text.replace(/\s+/g, (run) => (run.includes("\n") ? " " : run));
