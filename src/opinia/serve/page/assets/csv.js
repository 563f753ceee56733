// A table of verdicts as CSV (RFC 4180), and its way onto the person's disk.

import { areOpinions, isUndecided, shareOf } from "./classes.js";

/**
 * Return rows `{text, result, error}` of a model with these classes as CSV; the labels are the model's own, all else
 * as `score --details` has it; `model` is the name of the model, and `read_by` of two that of the text's language.
 */
export function toCsv(rows, labels, model) {
  const several = rows.some(({ result }) => result?.read_by);
  const own = areOpinions(labels) ? ["positive"] : labels.map((label) => `probability_${label}`);
  const shares = (result) => (areOpinions(labels) ? [result.positive] : labels.map((label) => shareOf(result, label, labels)));
  const lines = rows.map(({ text, result, error }) => [
    text,
    result?.label ?? "",
    result?.probability ?? "",
    ...(result ? shares(result) : own.map(() => "")),
    result ? (isUndecided(result, labels) ? "yes" : "no") : "",
    result?.unknown ?? "",
    result?.doubt ?? "",
    result ? model : "",
    ...(several ? [result?.read_by ?? ""] : []),
    error ?? "",
  ]);
  const head = ["text", "label", "probability", ...own, "undecided", "unknown", "doubt", "model", ...(several ? ["read_by"] : []), "error"];
  return [head, ...lines].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

/** Return a cell, in quotes where it needs them. */
export function cell(value) {
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
