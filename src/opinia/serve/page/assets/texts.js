// Several reviews: a list that is judged in batches, kept in this tab, and saved as CSV.

import { areOpinions, classes, hueOf, isPair, isUndecided, shortWord } from "./classes.js";
import { failed, onBack } from "./connection.js";
import { save, toCsv } from "./csv.js";
import { byId, html, settled } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { Judging } from "./judging.js";
import { number, onLanguage, t } from "./language.js";
import { modelName, onFacts, onModel, reads, readsExamples, readsFilms, tongue } from "./models.js";
import { takePastesAtOnce } from "./paste.js";
import { reviewText } from "./review.js";
import { Rows } from "./rows.js";
import { onOneLine } from "./spacing.js";
import { tab } from "./store.js";
import { offerUndo } from "./undo.js";

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
  byId("download").addEventListener("click", () => save("opinia.csv", toCsv(entries, classes(), modelName() ?? "")));
  byId("remove-all").addEventListener("click", () => {
    offerBack("undo_removed", { count: entries.length });
    entries = [];
    changed();
    area.focus();
  });
  onLanguage(speak);
  onFacts(speak);
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

/** Offer the list as it is now, once something has been taken off it. */
function offerBack(words, values) {
  const before = entries;
  offerUndo(words, values, () => {
    entries = [...before, ...entries.filter((entry) => !before.includes(entry))];
    changed();
  });
}

function remove(id) {
  offerBack("undo_removed", { count: 1 });
  entries = entries.filter((entry) => entry.id !== id);
  changed();
  if (entries.length === 0) byId("add-text").focus();
}

function changed() {
  tab.set("texts", entries.length === 0 ? null : JSON.stringify(entries.map(({ text }) => text)));
  refresh();
  judging.go(entries);
}

function speak() {
  const [films, code] = [readsFilms(), reads()];
  const area = byId("add-text");
  byId("title-texts").textContent = t(films ? "title_texts" : "title_texts_own");
  byId("lead-texts").textContent = t(films ? "lead_texts" : "lead_texts_own");
  const own = () => (tongue() === null ? t("add_label_open") : t("add_label_own", { language: tongue() }));
  byId("add-label").textContent = films ? t("add_label") : own();
  area.placeholder = t(films ? "add_placeholder" : "add_placeholder_own");
  if (code === null) area.removeAttribute("lang");
  else area.lang = code;
  byId("add-examples").hidden = !readsExamples();
  byId("sort").textContent = areOpinions() ? t("column_probability") : isPair() ? shortWord(classes()[1]) : t("column_probability_class");
  byId("column-text").textContent = t(films ? "column_text" : "column_text_own");
  refresh();
}

function refresh() {
  byId("results").hidden = entries.length === 0;
  rows.show(entries);
  const judged = entries.filter(({ result }) => result !== null);
  const doubtful = judged.filter(({ result }) => result.doubt).length;
  const count = entries.length - judged.length;
  const errors = entries.filter(({ error }) => error !== null).length;
  const parts = [
    summaryOf(judged),
    doubtful > 0 ? t("results_doubtful", { count: doubtful }) : "",
    count > errors ? t("results_waiting", { count: count - errors }) : "",
    errors > 0 ? t("results_failed", { count: errors }) : "",
  ];
  const summary = parts.filter(Boolean).join(" · ");
  if (byId("results-summary").textContent !== summary) byId("results-summary").textContent = summary;
  byId("balance").classList.toggle("empty", judged.length === 0);
  showBalance(judged);
}

const UNDECIDED = Symbol("undecided");

const countOf = (judged, label) =>
  judged.filter(({ result }) => (isUndecided(result) ? label === UNDECIDED : result.label === label)).length;

/** Return how many texts there are, and how many have each class. */
function summaryOf(judged) {
  const texts = t("texts", { count: entries.length });
  if (areOpinions()) {
    const [positive, negative, open] = ["positive", "negative", UNDECIDED].map((label) => countOf(judged, label));
    const undecided = open > 0 ? t("results_undecided", { count: open }) : "";
    return [t("results_summary", { texts, positive, negative }), undecided].filter(Boolean).join(", ");
  }
  const counts = [...classes(), UNDECIDED]
    .map((label) => [label, countOf(judged, label)])
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${label === UNDECIDED ? t("undecided") : shortWord(label)} ${number(count)}`);
  return counts.length === 0 ? texts : t("results_summary_class", { texts, counts: counts.join(" · ") });
}

/** Show how the classes divide the texts, as parts of one bar. */
function showBalance(judged) {
  const balance = byId("balance");
  const all = areOpinions() ? ["negative", UNDECIDED, "positive"] : [...classes(), UNDECIDED];
  const labels = all.filter((label) => countOf(judged, label) > 0);
  while (balance.children.length > labels.length) balance.lastElementChild.remove();
  while (balance.children.length < labels.length) balance.append(html("i"));
  labels.forEach((label, index) => {
    const part = balance.children[index];
    part.style.width = `${(100 * countOf(judged, label)) / Math.max(1, judged.length)}%`;
    part.dataset.label = label === UNDECIDED ? "undecided" : areOpinions() ? label : "class";
    part.dataset.hue = label === UNDECIDED ? "" : hueOf(label);
  });
}
