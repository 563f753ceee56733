// A table of verdicts as CSV (RFC 4180), and its way onto the person's disk.

const COLUMNS = ["text", "label", "probability", "positive", "doubt", "error"];

/** Return rows `{text, result, error}` as CSV; the labels are the model's own, doubts as `score --details` has them. */
export function toCsv(rows) {
  const lines = rows.map(({ text, result, error }) => [
    text,
    result?.label ?? "",
    result?.probability ?? "",
    result?.positive ?? "",
    result?.doubt ?? "",
    error ?? "",
  ]);
  return [COLUMNS, ...lines].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
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
