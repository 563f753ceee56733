// The studies of the server: curves of their runs, and a table to switch runs on and off.

import { studies as fetchStudies } from "./api.js";
import { Chart, paint } from "./chart.js";
import { failed, onBack, worked } from "./connection.js";
import { byId, html, svg } from "./dom.js";
import { decimal, known, number, onLanguage, percent, t } from "./language.js";

const METRICS = ["accuracy", "loss"];
// Hue and chroma in OKLCH: apart for colour-blind eyes as far as colours can; table and box name each line.
const COLOURS = [[255, 0.14], [55, 0.15], [160, 0.13], [345, 0.17], [290, 0.01], [100, 0.14], [25, 0.19], [295, 0.17]];

let studies = null;
let leftOut = [];
let study = null;
let wanted = "";
let off = new Set();
let charts = [];
let order = { column: 0, sign: 1 };
let timer = 0;

const REFRESH = 5000;

/** Put the view to work. */
export function startTraining() {
  charts = METRICS.map((metric) => new Chart(byId("charts"), metric, (epoch, run) => charts.forEach((chart) => chart.point(epoch, run))));
  byId("study").addEventListener("change", (event) => {
    location.hash = `#/training/${encodeURIComponent(event.target.value)}`;
  });
  for (const id of ["with-train", "with-validation"]) byId(id).addEventListener("change", showCurves);
  byId("runs-all").addEventListener("click", () => switchAll(true));
  byId("runs-none").addEventListener("click", () => switchAll(false));
  onLanguage(show);
  onBack(() => studies === null && !byId("view-training").hidden && openTraining(wanted));
}

/** Show a study by its name, or the first; the server is asked anew each time the view is opened. */
export async function openTraining(name) {
  wanted = name;
  clearTimeout(timer);
  const seen = JSON.stringify(study);
  try {
    ({ studies, left_out: leftOut = [] } = await fetchStudies());
    worked();
  } catch (error) {
    failed(error);
    return;
  }
  const before = study?.name;
  study = studies.find((one) => one.name === wanted) ?? (wanted === "" ? (studies[0] ?? null) : null);
  if (study?.name !== before) {
    off = new Set();
    order = { column: 0, sign: 1 };
  }
  if (seen === "null" || JSON.stringify(study) !== seen) show();
  if (study?.runs.some(({ recipe, history }) => history.length < recipe.epochs)) timer = setTimeout(refresh, REFRESH);
}

/** Ask again while a run goes on and somebody looks. */
function refresh() {
  if (byId("view-training").hidden) return;
  if (document.hidden) timer = setTimeout(refresh, REFRESH);
  else openTraining(wanted);
}

function show() {
  if (studies === null) return;
  const runs = study?.runs ?? [];
  const isUnknown = study === null && studies.length > 0;
  byId("training-unknown").hidden = !isUnknown;
  byId("training-unknown").textContent = t("study_unknown", { name: wanted });
  byId("training-empty").hidden = runs.length > 0 || isUnknown;
  byId("training-empty").textContent = t(study === null ? "no_studies" : "no_runs");
  byId("training-left-out").hidden = leftOut.length === 0;
  byId("training-left-out").textContent = t("runs_left_out", { runs: leftOut.map(({ name, reason }) => `${name} (${reason})`).join("; ") });
  byId("training").hidden = study === null && !isUnknown;
  byId("charts").hidden = runs.length === 0;
  byId("runs-card").hidden = runs.length === 0;
  const none = isUnknown ? [html("option", { value: "", selected: true, disabled: true }, "–")] : [];
  byId("study").replaceChildren(...none, ...studies.map(({ name }) => html("option", { value: name, selected: name === study?.name }, name)));
  byId("study-about").textContent = isUnknown ? "" : t("study_about", { count: runs.length });
  if (study === null) return;
  showRuns();
  showCurves();
}

/** Return the colour of each run: one a recipe and name, so that the seeds of a recipe look alike. */
function coloursOf(runs) {
  const recipes = new Map();
  return runs.map(({ name, recipe }) => {
    const key = JSON.stringify([name.replace(/-?seed-?\d+$/, ""), { ...flat(recipe), seed: null }]);
    if (!recipes.has(key)) recipes.set(key, recipes.size);
    const index = recipes.get(key);
    const [hue, chroma] = COLOURS[index % COLOURS.length];
    return { hue: (hue + 17 * Math.floor(index / COLOURS.length)) % 360, chroma };
  });
}

function showCurves() {
  const kinds = [
    ["train", "", byId("with-train").checked],
    ["validation", "val_", byId("with-validation").checked],
  ].filter(([, , on]) => on);
  const colours = coloursOf(study.runs);
  METRICS.forEach((metric, which) => {
    const lines = study.runs.flatMap(({ name, history }, index) => {
      if (off.has(name)) return [];
      return kinds.map(([kind, prefix]) => ({
        run: name,
        colour: colours[index],
        kind,
        points: history
          .map((row) => ({ epoch: row.epoch, value: row[prefix + metric] }))
          .filter(({ value }) => Number.isFinite(value)),
      }));
    });
    charts[which].show(lines.filter(({ points }) => points.length > 0));
  });
}

function showRuns() {
  const { runs } = study;
  const colours = coloursOf(runs);
  const recipes = runs.map(({ recipe }) => flat(recipe));
  const keys = [...new Set(recipes.flatMap(Object.keys))];
  const differing = keys.filter((key) => new Set(recipes.map((recipe) => recipe[key])).size > 1);
  const columns = (runs.length === 1 ? keys : differing).slice(0, 6);
  const head = [t("run"), ...columns.map(keyWords), t("best_epoch"), t("best_accuracy"), t("best_loss")];
  const best = runs.map(({ history }) => bestEpoch(history));
  const top = Math.max(...best.map((epoch) => epoch?.val_accuracy ?? -Infinity));
  const kinds = [null, ...columns.map(() => "figure setting"), "figure", "figure", "figure loss"];
  const sortedBy = (index) => (index === order.column ? (order.sign > 0 ? "ascending" : "descending") : null);
  const values = runs.map(({ name }, index) => [name, ...columns.map((key) => recipes[index][key]), best[index]?.epoch, best[index]?.val_accuracy, best[index]?.val_loss]);
  const places = runs.map((_, index) => index).sort((a, b) => order.sign * compare(values[a][order.column], values[b][order.column]) || a - b);
  byId("runs").replaceChildren(
    html("thead", {}, html("tr", {}, ...head.map((words, index) => html("th", { scope: "col", class: kinds[index], "aria-sort": sortedBy(index) }, sorter(words, index))))),
    html(
      "tbody",
      {},
      ...places.map((index) => {
        const { name } = runs[index];
        const epoch = best[index];
        const row = html(
          "tr",
          { "data-run": name },
          html("th", { scope: "row" }, runSwitch(name, colours[index])),
          ...columns.map((key) => html("td", { class: "figure setting" }, cell(recipes[index][key]))),
          html("td", { class: "figure" }, epoch ? number(epoch.epoch) : "–"),
          html("td", { class: epoch && epoch.val_accuracy === top ? "figure top-figure" : "figure" }, epoch ? percent(epoch.val_accuracy, 2) : "–"),
          html("td", { class: "figure loss" }, epoch ? decimal(epoch.val_loss, 4) : "–"),
        );
        row.addEventListener("pointerenter", () => stress(off.has(name) ? null : name));
        row.addEventListener("pointerleave", () => stress(null));
        return row;
      }),
    ),
  );
}

/** Return a heading that sorts the runs by its column: figures the other way round when it is pressed again. */
function sorter(words, column) {
  const button = html("button", { type: "button", class: "plain", "data-column": column }, words);
  button.addEventListener("click", () => {
    order = { column, sign: order.column === column ? -order.sign : 1 };
    showRuns();
    byId("runs").querySelector(`[data-column="${column}"]`).focus();
  });
  return button;
}

function compare(a, b) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  return typeof a === "string" || typeof b === "string" ? String(a).localeCompare(String(b), undefined, { numeric: true }) : a - b;
}

function runSwitch(name, colour) {
  const box = html("input", { type: "checkbox", checked: !off.has(name) });
  const key = svg("svg", { viewBox: "0 0 28 8", class: "line-key", "aria-hidden": "true" }, svg("path", { class: "line validation", d: "M1 4H27" }));
  paint(key, colour);
  box.addEventListener("change", () => {
    if (box.checked) off.delete(name);
    else off.add(name);
    showCurves();
  });
  return html("label", { class: "check" }, box, key, html("span", {}, name));
}

function switchAll(on) {
  off = new Set(on ? [] : study.runs.map(({ name }) => name));
  showRuns();
  showCurves();
}

const stress = (run) => charts.forEach((chart) => chart.stress(run));

const cell = (value) => (typeof value === "number" ? number(value, 6) : String(value ?? "–"));

const keyWords = (key) => (known(`recipe_${key}`) ? t(`recipe_${key}`) : key);

/** Return the epoch that a run keeps its best model of: the highest validation accuracy; of equals, the lowest loss. */
function bestEpoch(history) {
  const better = (a, b) => b.val_accuracy - a.val_accuracy || a.val_loss - b.val_loss || a.epoch - b.epoch;
  return history.filter((row) => Number.isFinite(row.val_accuracy)).sort(better)[0] ?? null;
}

/** Return a recipe without tables in tables: `{training: {seed: 1}}` becomes `{seed: 1}`. */
function flat(recipe) {
  return Object.fromEntries(
    Object.entries(recipe ?? {}).flatMap(([key, value]) =>
      value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(flat(value)) : [[key, value]],
    ),
  );
}
