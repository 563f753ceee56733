// A whole table: dropped or chosen, read and judged by the server, shown, searched and taken home.

import { cutWord } from "./classes.js";
import { failed, onBack, worked } from "./connection.js";
import { byId, html, pause, settled } from "./dom.js";
import { Columns } from "./filecolumns.js";
import { Answers } from "./filedata.js";
import { startDropping } from "./filedrop.js";
import { Facets } from "./filefacets.js";
import { List } from "./filelist.js";
import { Opened } from "./fileopen.js";
import { drawRow, textIn } from "./filerow.js";
import { showTruth } from "./filetruth.js";
import { number, onLanguage, percent, t } from "./language.js";
import { modelName, onModel } from "./models.js";
import { putReview } from "./review.js";
import { answers as fetchAnswers, download, hasServer, judge, limits, look, remove, rows as fetchRows, search, send, stop } from "./tables.js";

const AGAIN = 400;
const ALIVE = 60_000;
const SELDOM = 300;
const MEGABYTE = 1 << 20;

let bounds;
let step = "none";
let table = null;
let begun = null;
let data = null;
let seen = new Uint32Array(0);
const textOf = (cells) => textIn(cells, begun.texts, table.columns);
let work = new AbortController();
let searching = new AbortController();
let said = null;

const columns = new Columns({ look: lookAgain, judge: begin });
const facets = new Facets(() => refresh({ top: true }));
const list = new List(byId("file-list"), { draw: (option, row, cells) => drawRow(option, row, data, cells && (textOf(cells) ?? String(cells))), fetch: (rows) => fetchRows(table.id, rows), open: (place) => opened.open(place), failed: trouble });
const opened = new Opened(list, {
  textOf,
  about: () => ({ answers: data, model: begun.model, columns: table.columns.map(({ name }) => name), texts: begun.texts }),
  take: (text) => {
    putReview(text);
    location.hash = "#/";
  },
});

/** Put the view to work, and let files be dropped anywhere on the page. */
export function startFile() {
  const input = byId("file-input");
  byId("file-more").open = !window.matchMedia("(max-width: 900px)").matches; // there they would stand before the list
  if (!hasServer()) bounds = null;
  for (const link of document.querySelectorAll("[data-view=file]")) link.hidden = !hasServer();
  byId("file-choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length > 0) take([...input.files]);
    input.value = "";
  });
  startDropping(take, () => bounds !== null);
  for (const id of ["file-cancel", "file-other", "file-remove"]) byId(id).addEventListener("click", leave);
  byId("file-stop").addEventListener("click", () => stop(table.id).catch(trouble));
  byId("file-columns").addEventListener("click", () => {
    work.abort();
    go("columns");
  });
  byId("file-download").addEventListener("click", () => download(table.id, begun.output).catch(trouble));
  byId("file-order").addEventListener("change", () => refresh({ top: true }));
  byId("file-search").addEventListener("input", settled(250, searchRows));
  byId("file-all").addEventListener("click", () => {
    for (const facet of data.facets.values()) facet.chosen.clear();
    byId("file-search").value = "";
    data.keep(null);
    refresh({ top: true });
  });
  window.addEventListener("pagehide", () => table !== null && remove(table.id));
  onLanguage(speak);
  onModel(() => step === "columns" && columns.again());
  onBack(() => {
    if (bounds === undefined && step === "none" && !byId("view-file").hidden) openFile();
    if (step === "judging") follow();
  });
  setInterval(() => step === "done" && fetchAnswers(table.id, 1e9).catch(trouble), ALIVE);
  go("none");
}

/** Come to the view: ask once what the server takes. */
export async function openFile() {
  if (bounds !== undefined) return;
  try {
    bounds = await limits();
    worked();
  } catch (error) {
    failed(error);
  }
  speak();
}

/** Take files that were dropped or chosen: one, of a size that the server takes. */
async function take(files) {
  location.hash = "#/file";
  await openFile();
  if (!bounds || files.length === 0) return;
  leave();
  const [file] = files;
  if (files.length > 1) return complain("file_several");
  if (file.size > bounds.max_bytes) return complain("file_too_large", { size: megabytes(file.size), most: megabytes(bounds.max_bytes) });
  const { signal } = work;
  byId("file-work-title").textContent = t("file_sending", { name: file.name });
  byId("file-progress").value = 0;
  go("sending");
  const progress = (share) => {
    if (share < 1) byId("file-progress").value = share;
    else {
      byId("file-progress").removeAttribute("value");
      byId("file-work-title").textContent = t("file_reading", { name: file.name });
    }
  };
  try {
    table = await send(file, { model: modelName(), progress, signal });
    worked();
    columns.show(table);
    go("columns");
    byId("file-form-title").focus();
  } catch (error) {
    if (signal.aborted) return;
    go("none");
    trouble(error);
  }
}

async function lookAgain(asked, { isSame = false } = {}) {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  byId("file-form").setAttribute("aria-busy", "true");
  complain(null);
  try {
    table = { ...table, unreadable: undefined, ...(await look(table.id, { ...asked, texts: undefined, model: modelName() }, signal)) };
    columns.show(table, { isSame });
  } catch (error) {
    if (!signal.aborted) trouble(error);
  } finally {
    byId("file-form").removeAttribute("aria-busy");
  }
}

async function begin() {
  complain(null);
  work.abort();
  work = new AbortController();
  try {
    begun = await judge(table.id, { ...columns.asked(), model: modelName() }, work.signal);
    worked();
  } catch (error) {
    if (!work.signal.aborted) trouble(error);
    return;
  }
  data = new Answers(begun, table.rows);
  list.forget();
  byId("file-search").value = "";
  byId("file-order").replaceChildren(...data.orders.map((order) => html("option", { value: order })));
  go("judging");
  byId("file-name").focus();
  follow();
}

/** Ask for answers until all are there. */
async function follow() {
  work.abort();
  work = new AbortController();
  const { signal } = work;
  let after = data.next ?? 0;
  let [waits, drawnAt] = [false, 0];
  try {
    while (true) {
      const found = await fetchAnswers(table.id, after, signal);
      worked();
      for (const window of found.windows) data.add(window);
      after = found.next;
      data.next = after;
      said = found;
      waits ||= found.windows.length > 0;
      if (waits && performance.now() - drawnAt > SELDOM) {
        refresh();
        [waits, drawnAt] = [false, performance.now()];
      } else speakSummary();
      if (found.next === found.of && ["done", "failed", "cancelled"].includes(found.state)) break;
      if (found.next === found.of) await pause(AGAIN, signal);
    }
    if (said.state === "failed") complain("file_failed", {}, said.error);
    if (said.state === "cancelled") complain("file_stopped");
    go(said.state === "done" ? "done" : "failed");
  } catch (error) {
    if (!signal.aborted) trouble(error);
  }
}

/** Let go of the table, here and on the server. */
function leave() {
  work.abort();
  work = new AbortController();
  searching.abort();
  if (table !== null) remove(table.id);
  [table, begun, data, said] = [null, null, null, null];
  complain(null);
  list.forget();
  go("none");
}

function trouble(error) {
  if (error.name === "AbortError") return;
  if (error.code === "unknown_table") {
    table = null;
    leave();
    complain("file_gone");
  } else if ([413, 415, 422].includes(error.status)) complain("file_refused", {}, error);
  else failed(error);
}

let complaint = null;
function complain(words, values = {}, error = null) {
  complaint = words === null ? null : { words, values, error };
  const problem = byId("file-problem");
  problem.hidden = complaint === null;
  if (complaint === null) return;
  const detail = error === null ? "" : [error.message, error.hint].filter(Boolean).join(" — ");
  problem.replaceChildren(html("strong", {}, t(words, values)), ...(detail ? [" ", html("span", { lang: "en" }, detail)] : []));
}

function go(next) {
  step = next;
  const shown = { none: "file-drop", sending: "file-work", columns: "file-form" }[next] ?? "file-results";
  for (const id of ["file-drop", "file-work", "file-form", "file-results"]) byId(id).hidden = id !== shown || bounds === null;
  byId("file-running").hidden = next !== "judging";
  byId("file-stop").hidden = next !== "judging";
  byId("file-download").hidden = next !== "done";
  byId("view-file").dataset.step = next;
  speak();
}

const megabytes = (bytes) => t("megabytes", { count: number(bytes / MEGABYTE, bytes < 10 * MEGABYTE ? 1 : 0) });

function speak() {
  byId("file-none").hidden = bounds !== null;
  if (bounds === null) byId("file-drop").hidden = true;
  byId("file-bounds").textContent = bounds ? t("file_bounds", { size: megabytes(bounds.max_bytes), rows: number(bounds.max_rows) }) : "";
  byId("file-privacy").textContent = bounds ? t("file_privacy", { minutes: number(Math.ceil(bounds.idle_seconds / 60)) }) : "";
  if (complaint !== null) complain(complaint.words, complaint.values, complaint.error);
  if (data === null) return;
  for (const option of byId("file-order").children) option.textContent = orderName(option.value);
  list.refresh();
  refresh();
}

function orderName(order) {
  if (order.startsWith("class ")) return t("file_order_class", { label: cutWord(data.classes[Number(order.slice(6))], 20) });
  return t(`file_order_${order}`);
}

/** Show the rows that pass, in the order that the person chose. */
function refresh({ top = false } = {}) {
  if (data === null) return;
  seen = data.sorted(data.filtered(), byId("file-order").value);
  list.show(seen, { top });
  facets.show(data);
  showTruth(data, seen, () => refresh({ top: true }));
  speakSummary();
}

function speakSummary() {
  byId("file-name").textContent = table.name;
  const counts = new Array(data.bad + 1).fill(0);
  for (const row of seen) counts[data.facets.get("verdict").codes[row]] += 1;
  const judged = data.count;
  const parts = [...data.classes.keys(), data.undecided, data.bad]
    .filter((code) => counts[code] > 0)
    .slice(0, 6)
    .map((code) => `${code === data.undecided ? t("undecided") : code === data.bad ? t("not_judged") : cutWord(data.classes[code], 20)} ${number(counts[code])}`);
  const of = data.isFiltered ? t("file_shown", { shown: number(seen.length), count: judged }) : t("file_rows", { count: judged });
  const summary = [of, ...parts].join(" · ");
  if (byId("file-summary").textContent !== summary) byId("file-summary").textContent = summary;
  byId("file-about").textContent = t("file_about", { texts: begun.texts.join(" + "), model: begun.model });
  if (step !== "judging" || said === null) return;
  const share = said.rows === 0 ? 0 : said.judged / said.rows;
  byId("file-bar").value = share;
  byId("file-bar-words").textContent = said.state === "waiting" ? t("file_waiting") : t("file_judged", { judged: number(said.judged), rows: number(said.rows), share: percent(share, 0) });
}

async function searchRows() {
  if (data === null) return;
  searching.abort();
  searching = new AbortController();
  const text = byId("file-search").value.trim();
  try {
    const { signal } = searching;
    data.keep(text === "" ? null : await search(table.id, text, signal));
    refresh({ top: true });
  } catch (error) {
    if (!searching.signal.aborted) trouble(error);
  }
}
