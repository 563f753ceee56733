// A table of verdicts as CSV (RFC 4180), and its way onto the person's disk.

import { areOpinions, shareOf } from "./classes.js";

/**
 * Return rows `{text, result, error}` of a model with these classes as CSV; the labels are the model's own, doubts
 * and the probabilities of other classes than opinions as `score --details` has them.
 */
export function toCsv(rows, labels) {
  const own = areOpinions(labels) ? ["positive"] : labels.map((label) => `probability_${label}`);
  const shares = (result) => (areOpinions(labels) ? [result.positive] : labels.map((label) => shareOf(result, label, labels)));
  const lines = rows.map(({ text, result, error }) => [
    text,
    result?.label ?? "",
    result?.probability ?? "",
    ...(result ? shares(result) : own.map(() => "")),
    result?.doubt ?? "",
    error ?? "",
  ]);
  return [["text", "label", "probability", ...own, "doubt", "error"], ...lines].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

function cell(value) {
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Offer a text as a file. A byte order mark tells spreadsheets that it is UTF-8. */
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
