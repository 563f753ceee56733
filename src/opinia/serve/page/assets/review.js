// One review: judged as it is typed, tinted and drawn a moment later.

import { analyse, explain } from "./api.js";
import { failed, forgiven, onBack, worked } from "./connection.js";
import { Curve } from "./curve.js";
import { areOpinions, classes, isPair, ofClass, shortWord } from "./classes.js";
import { byId, html, pause, settled, shortened } from "./dom.js";
import { EXAMPLES, isKnownWrong } from "./examples.js";
import { labelWord, onLanguage, points, t } from "./language.js";
import { cardOf, modelName, onFacts, onModel, reads, readsExamples, readsFilms, tongue } from "./models.js";
import { carried, unitOffsets } from "./offsets.js";
import { takePastesAtOnce } from "./paste.js";
import { showStrongest } from "./strongest.js";
import { tab } from "./store.js";
import { Tint } from "./tint.js";
import { hideTip, showTip, untilElsewhere } from "./tip.js";
import { forgetUndo, offerUndo } from "./undo.js";
import { Verdict } from "./verdict.js";
import { painted, weight } from "./weight.js";

// Longer texts are typed into a plain area: a tinted copy of them would slow each keystroke.
const LONGEST_TINTED = 60_000;
const LONGEST_UNDONE = 20_000;
const QUIET = 120;
const LONGEST_QUIET = 1500;
const BEFORE_EXPLAINING = 150;
const BEFORE_NOTE = 800;

const area = byId("text");
const tint = new Tint(byId("tint"));
const verdict = new Verdict();
const curve = new Curve(byId("curve"), (index) => {
  tint.point(index === null || explanation?.text !== text ? null : explanation.points[index].piece);
});

let text = "";
let pieces = [];
let explanation = null;
let work = new AbortController();
let refused = false;
let target = null;
let result = null;
const listeners = [];

/** Call a function with `{text, result, explanation}` whenever one of them changes; what is not known yet is null. */
export const onReading = (listener) => listeners.push(listener);

function tell() {
  showWrong();
  for (const listener of listeners) listener({ text, result, explanation: explanation?.text === text ? explanation : null });
}

/** Put the view to work, with the text that this tab had before. */
export function startReview() {
  area.value = tab.get("text") ?? "";
  takePastesAtOnce(area);
  area.addEventListener("beforeinput", ({ data }) => makePlain(text.length + (data?.length ?? 0)));
  area.addEventListener("input", () => {
    forgetUndo();
    take(area.value);
  });
  const keep = () => tab.set("text", area.value);
  area.addEventListener("input", settled(300, keep));
  window.addEventListener("pagehide", keep);
  byId("clear").addEventListener("click", () => replace("", "undo_cleared"));
  byId("editor").addEventListener("pointermove", (event) => isFinger(event) || pointAt(event));
  byId("editor").addEventListener("pointerleave", (event) => isFinger(event) || hideTip());
  byId("editor").addEventListener("click", (event) => isFinger(event) && pointAt(event));
  untilElsewhere(byId("editor"), hideTip);
  byId("target").addEventListener("change", (event) => {
    target = event.target.value === "" ? null : classes()[event.target.value];
    judge(0);
  });
  onLanguage(speak);
  onFacts(() => {
    if (target !== null && !classes().includes(target)) target = null;
    speak();
  });
  onModel(() => judge(0));
  onBack(() => judge(0));
  take(area.value);
}

/** Return the text that stands in the area. */
export const reviewText = () => text;

/** Put a text of another view into the area. */
export const putReview = (next) => replace(next, "undo_replaced");

/** Put a text into the area, as if it had been typed; what stood there can be taken back, by Ctrl+Z, too. */
function replace(next, words) {
  const before = text;
  area.focus();
  // Only what is put in this way stands in the browser's own history; a long text would take it minutes.
  const isShort = before.length + next.length < LONGEST_UNDONE;
  if (isShort) area.select();
  if (!isShort || !document.execCommand(next === "" ? "delete" : "insertText", false, next)) area.value = next;
  tab.set("text", next);
  take(next);
  if (before.trim() === "") forgetUndo();
  else offerUndo(words, {}, () => replace(before, "undo_taken"));
}

function take(next) {
  const pasted = Math.abs(next.length - text.length) > 20;
  pieces = next.length > LONGEST_TINTED ? [] : carried(pieces, text, next);
  text = next;
  result = null;
  refused = false;
  showText();
  tell();
  judge(pasted ? 0 : Math.min(LONGEST_QUIET, QUIET + text.length / 50));
}

/** Say of an example that the model gets it wrong, and where the others stand. */
function showWrong() {
  const isWrong = result !== null && areOpinions() && isKnownWrong(text, result.label);
  const about = byId("known-wrong");
  about.hidden = !isWrong;
  if (isWrong) about.replaceChildren(t("known_wrong"), " ", html("a", { href: cardOf(result.read_by ?? modelName()), "data-view": "model" }, t("known_wrong_more")));
}

function showText() {
  const plain = text.length > LONGEST_TINTED;
  const untinted = plain || refused;
  makePlain(text.length);
  tint.show(plain ? "" : text, pieces);
  byId("text-count").textContent = text === "" ? "" : t("characters", { count: text.length });
  note(untinted ? "tint_too_long" : null);
  byId("clear").disabled = text === "";
  byId("to-texts").disabled = text.trim() === "";
  byId("legend").hidden = untinted;
}

/** Let the area scroll by itself before a long text arrives: laying it out twice would freeze the page. */
function makePlain(length) {
  byId("editor").classList.toggle("plain", length > LONGEST_TINTED);
}

/** Judge the text after so many quiet milliseconds; what was under way before is dropped. */
async function judge(quiet) {
  work.abort();
  forgiven();
  if (text.trim() === "") {
    explained(null);
    verdict.show(null);
    return;
  }
  work = new AbortController();
  const { signal } = work;
  const options = { model: modelName(), signal };
  result = null;
  verdict.wait();
  try {
    await pause(quiet, signal);
    [result] = await analyse([text], options);
    worked();
    verdict.show(result);
    tell();
    await pause(BEFORE_EXPLAINING, signal);
    await explainText(options);
  } catch (error) {
    if (signal.aborted) return;
    result = null;
    verdict.show(null, { failed: true });
    explained(null);
    failed(error);
  }
}

async function explainText(options) {
  const patience = setTimeout(() => note("explaining"), BEFORE_NOTE);
  try {
    const answer = await explain(text, { ...options, target });
    worked();
    explained(answer);
  } catch (error) {
    if (error.status !== 413 && error.status !== 422) throw error;
    refused = true;
    explained(null);
  } finally {
    clearTimeout(patience);
  }
}

function note(key) {
  byId("tint-note").textContent = key === null ? "" : t(key);
  byId("tint-note").hidden = key === null;
}

function explained(answer) {
  const unit = answer && unitOffsets(text);
  const place = answer?.contributions.map(({ start, end, contribution }) => {
    const [from, to] = [unit(start), unit(end)];
    const heavy = weight(contribution, answer.positive);
    return { start: from, end: to, contribution, weight: painted(answer.unit, heavy), word: text.slice(from, to) };
  });
  explanation = answer && {
    text,
    answer,
    unit: answer.unit,
    target: answer.target,
    classes: answer.classes ?? null,
    pieces: place,
    points: read(answer.curve, unit, place),
  };
  pieces = explanation && text.length <= LONGEST_TINTED ? place : [];
  showText();
  showExplanation();
  tell();
}

/** Return the points of the curve, each with the last words before it and the number of its piece. */
function read(curvePoints, unit, place) {
  let piece = 0;
  return curvePoints.map(({ end, positive, probabilities }) => {
    const stop = unit(end);
    while (piece < place.length - 1 && place[piece].end < stop) piece += 1;
    const { start, end: last, word } = place[piece];
    return { word: last === stop ? word : text.slice(Math.max(start, stop - 30), stop), positive, probabilities, piece };
  });
}

function showExplanation() {
  byId("curve-card").hidden = explanation === null || explanation.points.length < 2;
  byId("strongest").hidden = explanation === null;
  showLegend();
  if (explanation === null) return;
  const about = explanation.target;
  byId("curve-lead").textContent =
    explanation.unit === "word" ? ofClass("curve_word", "curve_word_class", about) : ofClass("curve_sentence", "curve_sentence_class", about);
  curve.show(explanation.points, about, explanation.classes);
  showStrongest(byId("strongest-list"), explanation.pieces, about);
}

/** Say what the tints mean: they speak for a class and against it, of two for the one and for the other. */
function showLegend() {
  const labels = classes();
  const about = explanation?.target ?? target ?? (isPair() ? labels[1] : null);
  byId("legend").classList.toggle("nothing", about === null);
  if (about === null) return;
  byId("legend-for").textContent = ofClass("legend_for", "legend_for_class", about);
  byId("legend-against").textContent = areOpinions()
    ? t("legend_against")
    : isPair()
      ? t("legend_for_class", { label: shortWord(labels[0]) })
      : t("legend_against_class", { label: shortWord(about) });
}

/** Let a person choose the class that is explained, where there are more than two. */
function showTargets() {
  byId("target-row").hidden = isPair();
  byId("target").replaceChildren(
    html("option", { value: "", selected: target === null }, t("explain_answer")),
    ...classes().map((label, index) => html("option", { value: index, selected: label === target }, labelWord(label))),
  );
}

/** Say which texts the model reads: film reviews, or those of somebody's own table in their language. */
function showKind() {
  const [films, code] = [readsFilms(), reads()];
  const language = tongue();
  const own = (words, wordsOfLanguage) => (language === null ? t(words) : t(wordsOfLanguage, { language }));
  byId("title-review").textContent = t(films ? "title_review" : "title_review_own");
  byId("lead-review").textContent = films ? t("lead_review") : own("lead_review_open", "lead_review_own");
  byId("text-label").textContent = films ? t("text_label") : own("text_label_open", "text_label_own");
  area.placeholder = t(films ? "placeholder" : "placeholder_own");
  for (const place of [area, byId("tint")]) {
    if (code === null) place.removeAttribute("lang");
    else place.lang = code;
  }
  byId("examples-row").hidden = !readsExamples();
}

/** Return whether a finger points, which has no place until it touches, and is gone when it lifts. */
const isFinger = ({ pointerType }) => pointerType === "touch";

function pointAt(event) {
  const piece = event.buttons === 0 ? pieces[tint.at(event.clientX, event.clientY)] : undefined;
  if (piece === undefined) hideTip();
  else showTip(event.clientX, event.clientY, t("piece", { word: shortened(wordOf(piece), 60), points: points(piece.contribution) }));
}

const wordOf = ({ start, end }) => text.slice(start, end);

function speak() {
  showKind();
  showTargets();
  verdict.speak();
  showWrong();
  showText();
  showExplanation();
  byId("examples").replaceChildren(
    ...EXAMPLES.map((example) => {
      const button = html("button", { type: "button", class: "chip", title: example.text }, t(example.name));
      button.addEventListener("click", () => replace(example.text, "undo_replaced"));
      return button;
    }),
  );
}
