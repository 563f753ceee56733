// Several reviews: a list that is judged in batches, kept in this tab, and saved as CSV.

import { failed, onBack } from "./connection.js";
import { save, toCsv } from "./csv.js";
import { byId, settled } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { Judging } from "./judging.js";
import { onLanguage, t } from "./language.js";
import { onModel } from "./models.js";
import { takePastesAtOnce } from "./paste.js";
import { reviewText } from "./review.js";
import { Rows } from "./rows.js";
import { onOneLine } from "./spacing.js";
import { tab } from "./store.js";

let entries = [];
let highest = 0;

const rows = new Rows(remove);
const judging = new Judging({ judged: refresh, failed });

/** Put the view to work, with the list that this tab had before. */
export function startTexts() {
  const area = byId("add-text");
  area.value = tab.get("adding") ?? "";
  takePastesAtOnce(area);
  area.addEventListener("input", settled(300, () => tab.set("adding", area.value)));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("add-form").requestSubmit();
  });
  byId("add-form").addEventListener("submit", (event) => {
    event.preventDefault();
    add(area.value.split(/\r\n|[\r\n]/));
    area.value = "";
    tab.set("adding", null);
    area.focus();
  });
  byId("add-examples").addEventListener("click", () => add(EXAMPLES.map(({ text }) => text)));
  byId("to-texts").addEventListener("click", () => {
    add([onOneLine(reviewText())]);
    location.hash = "#/texts";
  });
  byId("download").addEventListener("click", () => save("opinia.csv", toCsv(entries)));
  byId("remove-all").addEventListener("click", () => {
    entries = [];
    changed();
    area.focus();
  });
  onLanguage(refresh);
  onBack(() => judging.go(entries));
  onModel(() => {
    for (const entry of entries) Object.assign(entry, { result: null, error: null });
    changed();
  });
  restore();
}

function restore() {
  try {
    entries = JSON.parse(tab.get("texts") ?? "[]").map((text) => entryOf(text));
  } catch {
    entries = [];
  }
  changed();
}

const entryOf = (text) => ({ id: (highest += 1), text, result: null, error: null });

function add(texts) {
  entries.push(...texts.map((text) => text.trim()).filter(Boolean).map(entryOf));
  changed();
}

function remove(id) {
  entries = entries.filter((entry) => entry.id !== id);
  changed();
  if (entries.length === 0) byId("add-text").focus();
}

function changed() {
  tab.set("texts", entries.length === 0 ? null : JSON.stringify(entries.map(({ text }) => text)));
  refresh();
  judging.go(entries);
}

function refresh() {
  byId("results").hidden = entries.length === 0;
  rows.show(entries);
  const judged = entries.filter(({ result }) => result !== null);
  const positive = judged.filter(({ result }) => result.label === "positive").length;
  const doubtful = judged.filter(({ result }) => result.doubt).length;
  const count = entries.length - judged.length;
  const errors = entries.filter(({ error }) => error !== null).length;
  const parts = [
    t("results_summary", { texts: t("texts", { count: entries.length }), positive, negative: judged.length - positive }),
    doubtful > 0 ? t("results_doubtful", { count: doubtful }) : "",
    count > errors ? t("results_waiting", { count: count - errors }) : "",
    errors > 0 ? t("results_failed", { count: errors }) : "",
  ];
  const summary = parts.filter(Boolean).join(" · ");
  if (byId("results-summary").textContent !== summary) byId("results-summary").textContent = summary;
  byId("balance").classList.toggle("empty", judged.length === 0);
  byId("balance").firstElementChild.style.width = `${(100 * (judged.length - positive)) / Math.max(1, judged.length)}%`;
}
