// The person's own labels for texts that a model got wrong: kept on this device alone, given away as a table.

import { cell } from "./csv.js";
import { onOneLine } from "./spacing.js";
import { choices } from "./store.js";

const NAME = "corrections";
const listeners = [];

/** Call a function when there are more corrections, or fewer. */
export const onCorrections = (listener) => listeners.push(listener);

/** Return all corrections `{text, label, answer, model}`, the oldest first. */
export function corrections() {
  try {
    const found = JSON.parse(choices.get(NAME) ?? "[]");
    return Array.isArray(found) ? found.filter(({ text, label }) => typeof text === "string" && typeof label === "string") : [];
  } catch {
    return [];
  }
}

function keep(all) {
  const isKept = choices.set(NAME, all.length === 0 ? null : JSON.stringify(all));
  for (const listener of listeners) listener();
  return isKept;
}

/** Return the label that the person has given a text, or null. */
export const labelOf = (text) => corrections().find((one) => one.text === text)?.label ?? null;

/** Keep a label for a text, in the place of an earlier one; return whether the device had room for it. */
export const correct = (correction) => keep([...corrections().filter(({ text }) => text !== correction.text), correction]);

/** Forget the label of a text. */
export const takeBack = (gone) => keep(corrections().filter(({ text }) => text !== gone));

/** Put back what was forgotten. */
export const restore = (all) => keep(all);

/** Forget all. */
export const forgetAll = () => keep([]);

/**
 * Return them as CSV with the columns `text` and `label`, which `opinia evaluate` and `opinia train` read. Texts stand
 * on one line each: in a table of few rows a quote over several lines may as well be one that was never closed.
 */
export function correctionsCsv() {
  const lines = corrections().map(({ text, label }) => `${cell(onOneLine(text.replaceAll("\r", "\n")))},${cell(label)}\r\n`);
  return `text,label\r\n${lines.join("")}`;
}
