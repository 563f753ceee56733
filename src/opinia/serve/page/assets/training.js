// The studies of the server: curves of their runs, and a table to switch runs on and off.

import { studies as fetchStudies } from "./api.js";
import { Chart, paint } from "./chart.js";
import { showConclusions } from "./conclusions.js";
import { failed, onBack, worked } from "./connection.js";
import { byId, html, svg } from "./dom.js";
import { bestOf, groupsOf, meanOf, spreadOf } from "./groups.js";
import { decimal, known, language, number, onLanguage, percent, t } from "./language.js";

const METRICS = ["accuracy", "loss"];
const COLOURS = 8;

let studies = null;
let leftOut = [];
let study = null;
let wanted = "";
let groups = [];
let off = new Set();
let opened = new Set();
let charts = [];
let order = { column: 0, sign: 1 };
let timer = 0;

const REFRESH = 3000;
const REFRESH_IDLE = 15_000;
const MOST_COLUMNS = 5;

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
    opened = new Set();
    order = { column: 0, sign: 1 };
  }
  if (seen === "null" || JSON.stringify(study) !== seen) show();
  clearTimeout(timer);
  timer = setTimeout(refresh, study?.runs.some(({ finished }) => !finished) ? REFRESH : REFRESH_IDLE);
}

/** Ask again while somebody looks: often while a run goes on, now and then for one that begins. */
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
  byId("conclusions-card").hidden = runs.length === 0;
  if (study === null) return;
  groups = groupsOf(study.runs);
  showConclusions(study, language());
  showRuns();
  showCurves();
}

/** Return the number of the colour of a group of runs by its place. */
const colourOf = (index) => index % COLOURS;

function showCurves() {
  const kinds = [
    ...(byId("with-train").checked ? [["train", ""]] : []),
    ...(byId("with-validation").checked ? [["validation", "val_"]] : []),
  ];
  METRICS.forEach((metric, which) => {
    const lines = groups.flatMap(({ name, runs }, index) => {
      const shown = runs.filter((run) => !off.has(run.name));
      if (shown.length === 0) return [];
      const colour = colourOf(index);
      return kinds.flatMap(([kind, prefix]) => {
        const of = (run) => ({ run: run.name, colour, kind, seed: true, points: meanOf([run], prefix + metric) });
        const seeds = opened.has(name) && shown.length > 1 ? shown.map(of) : [];
        return [...seeds, { run: name, colour, kind, label: name, points: meanOf(shown, prefix + metric) }];
      });
    });
    charts[which].show(lines.filter(({ points }) => points.length > 0));
  });
}

function showRuns() {
  const differing = [...new Set(groups.flatMap(({ settings }) => Object.keys(settings)))].filter(
    (key) => key !== "seed" && new Set(groups.map(({ settings }) => String(settings[key]))).size > 1,
  );
  const columns = differing.slice(0, MOST_COLUMNS);
  const head = [t("run"), ...columns.map(keyWords), t("best_epoch"), t("best_accuracy"), t("best_loss")];
  const found = groups.map(({ runs }) => bestOf(runs));
  const top = Math.max(...found.map(({ accuracy }) => accuracy?.mean ?? -Infinity));
  const kinds = [null, ...columns.map(() => "figure setting"), "figure", "figure", "figure loss"];
  const sortedBy = (index) => (index === order.column ? (order.sign > 0 ? "ascending" : "descending") : null);
  const values = groups.map(({ name, settings }, index) => [
    name, ...columns.map((key) => settings[key]), found[index].epochs[0], found[index].accuracy?.mean, found[index].loss?.mean,
  ]);
  const places = groups.map((_, index) => index).sort((a, b) => order.sign * compare(values[a][order.column], values[b][order.column]) || a - b);
  byId("runs").replaceChildren(
    html("thead", {}, html("tr", {}, ...head.map((words, index) => html("th", { scope: "col", class: kinds[index], "aria-sort": sortedBy(index) }, sorter(words, index))))),
    ...places.map((index) => {
      const { name, runs, settings } = groups[index];
      const { epochs, accuracy, loss } = found[index];
      const row = html(
        "tr",
        { "data-group": name },
        html("th", { scope: "row" }, nameOf(groups[index], colourOf(index))),
        ...columns.map((key) => html("td", { class: "figure setting" }, cell(settings[key]))),
        ...figuresOf(epochs, accuracy, loss, accuracy !== null && accuracy.mean === top),
      );
      stressed(row, name, () => runs.some((run) => !off.has(run.name)));
      if (!opened.has(name)) return html("tbody", {}, row);
      const seeds = runs.length > 1 ? runs.map((run) => seedRow(run, colourOf(index), columns.length)) : [];
      return html("tbody", {}, row, html("tr", { class: "run-card" }, html("td", { colspan: head.length }, ...cardOf(groups[index]))), ...seeds);
    }),
  );
}

/** Let a row make its line stand out while it is pointed at, if the line is there. */
function stressed(row, name, isOn) {
  row.addEventListener("pointerenter", () => stress(isOn() ? name : null));
  row.addEventListener("pointerleave", () => stress(null));
}

const figuresOf = (epochs, accuracy, loss, isTop) => [
  html("td", { class: "figure" }, epochs.length === 0 ? "–" : epochs[0] === epochs.at(-1) ? number(epochs[0]) : `${number(epochs[0])}–${number(epochs.at(-1))}`),
  html("td", { class: isTop ? "figure top-figure" : "figure" }, accuracy === null ? "–" : spread(accuracy, (value) => percent(value, 2), (value) => decimal(100 * value, 2))),
  html("td", { class: "figure loss" }, loss === null ? "–" : spread(loss, (value) => decimal(value, 4), (value) => decimal(value, 4))),
];

/** Return a mean over seeds with its standard deviation, where there is one. */
const spread = ({ mean, sd }, say, saySpread) => (sd === null ? say(mean) : html("span", {}, say(mean), html("span", { class: "soft" }, ` ± ${saySpread(sd)}`)));

function seedRow(run, colour, settings) {
  const { epochs, accuracy, loss } = bestOf([run]);
  const row = html(
    "tr",
    { class: "seed", "data-run": run.name },
    html("th", { scope: "row" }, html("span", { class: "run-name" }, runSwitch([run], t("run_seed", { seed: String(run.recipe.seed) }), colour), state([run]))),
    ...Array.from({ length: settings }, () => html("td", { class: "figure setting" })),
    ...figuresOf(epochs, accuracy, loss, false),
  );
  stressed(row, run.name, () => !off.has(run.name));
  return row;
}

/** Return what stands in the first cell of a group: what opens it, its switch, how many seeds, how far it is. */
function nameOf({ name, runs }, colour) {
  const isOpen = opened.has(name);
  const opener = html("button", { type: "button", class: "plain opener", "aria-expanded": String(isOpen), "aria-label": t("run_open", { name }), "data-opens": name });
  opener.addEventListener("click", () => {
    if (isOpen) opened.delete(name);
    else opened.add(name);
    showRuns();
    showCurves();
    [...byId("runs").querySelectorAll("[data-opens]")].find((one) => one.dataset.opens === name).focus();
  });
  const seeds = runs.length > 1 ? [html("span", { class: "soft small" }, t("run_seeds", { count: runs.length }))] : [];
  return html("span", { class: "run-name" }, opener, runSwitch(runs, name, colour), ...seeds, state(runs));
}

/** Say how far the runs are that are not finished. */
function state(runs) {
  const going = runs.filter(({ finished }) => !finished);
  if (going.length === 0) return "";
  const { history, recipe } = going.reduce((least, run) => (run.history.length < least.history.length ? run : least));
  return html("span", { class: "going small" }, t("run_going", { epoch: history.length, epochs: recipe.epochs }));
}

/** Return the settings of a group that are told: a few always, of the others those that are no defaults. */
function cardOf({ runs }) {
  const settings = Object.entries(runs[0].settings).map(([section, values]) => {
    const told = Object.entries(values).filter(([key]) => key !== "seed" || runs.length === 1);
    return html("div", {}, html("dt", {}, section), html("dd", {}, told.map(([key, value]) => `${key} ${cell(value)}`).join(", ")));
  });
  const seconds = spreadOf(runs.map((run) => run.seconds));
  const time = seconds === null ? [] : [html("p", { class: "small" }, t("run_seconds", { seconds: number(seconds.mean, seconds.mean < 10 ? 1 : 0) }))];
  return [html("dl", { class: "run-settings", lang: "en" }, ...settings), html("p", { class: "soft small" }, t("run_defaults")), ...time];
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

function runSwitch(runs, words, colour) {
  const on = runs.filter(({ name }) => !off.has(name)).length;
  const box = html("input", { type: "checkbox", checked: on > 0 });
  box.indeterminate = on > 0 && on < runs.length;
  const key = svg("svg", { viewBox: "0 0 28 8", class: "line-key", "aria-hidden": "true" }, svg("path", { class: "line validation", d: "M1 4H27" }));
  paint(key, colour);
  box.addEventListener("change", () => {
    for (const { name } of runs) {
      if (box.checked) off.delete(name);
      else off.add(name);
    }
    const place = [...byId("runs").querySelectorAll("input")].indexOf(box);
    showRuns();
    showCurves();
    byId("runs").querySelectorAll("input")[place]?.focus();
  });
  return html("label", { class: "check" }, box, key, html("span", {}, words));
}

function switchAll(on) {
  off = new Set(on ? [] : study.runs.map(({ name }) => name));
  showRuns();
  showCurves();
}

const stress = (run) => charts.forEach((chart) => chart.stress(run));

const cell = (value) => (typeof value === "number" ? number(value, 6) : Array.isArray(value) ? value.join(" ") : String(value ?? "–"));

const keyWords = (key) => (known(`recipe_${key}`) ? t(`recipe_${key}`) : key);
