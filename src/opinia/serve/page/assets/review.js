// One review: judged as it is typed, tinted and drawn a moment later.

import { analyse, explain } from "./api.js";
import { failed, forgiven, onBack, worked } from "./connection.js";
import { Curve } from "./curve.js";
import { byId, html, pause, settled, shortened } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { onLanguage, points, t } from "./language.js";
import { modelName, onModel } from "./models.js";
import { carried, unitOffsets } from "./offsets.js";
import { takePastesAtOnce } from "./paste.js";
import { showStrongest } from "./strongest.js";
import { tab } from "./store.js";
import { Tint } from "./tint.js";
import { hideTip, showTip } from "./tip.js";
import { Verdict } from "./verdict.js";
import { weight } from "./weight.js";

// Longer texts are typed into a plain area: a tinted copy of them would slow each keystroke.
const LONGEST_TINTED = 60_000;
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

/** Put the view to work, with the text that this tab had before. */
export function startReview() {
  area.value = tab.get("text") ?? "";
  takePastesAtOnce(area);
  area.addEventListener("beforeinput", ({ data }) => makePlain(text.length + (data?.length ?? 0)));
  area.addEventListener("input", () => take(area.value));
  const keep = () => tab.set("text", area.value);
  area.addEventListener("input", settled(300, keep));
  window.addEventListener("pagehide", keep);
  byId("clear").addEventListener("click", () => replace(""));
  byId("editor").addEventListener("pointermove", pointAt);
  byId("editor").addEventListener("pointerleave", hideTip);
  onLanguage(speak);
  onModel(() => judge(0));
  onBack(() => judge(0));
  take(area.value);
}

/** Return the text that stands in the area. */
export const reviewText = () => text;

/** Put a text into the area, as if it had been typed. */
function replace(next) {
  area.value = next;
  tab.set("text", next);
  take(next);
  area.focus();
}

function take(next) {
  const pasted = Math.abs(next.length - text.length) > 20;
  pieces = next.length > LONGEST_TINTED ? [] : carried(pieces, text, next);
  text = next;
  refused = false;
  showText();
  judge(pasted ? 0 : Math.min(LONGEST_QUIET, QUIET + text.length / 50));
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
  try {
    await pause(quiet, signal);
    verdict.wait();
    const [result] = await analyse([text], options);
    worked();
    verdict.show(result);
    await pause(BEFORE_EXPLAINING, signal);
    await explainText(options);
  } catch (error) {
    if (signal.aborted) return;
    verdict.show(null, { failed: true });
    explained(null);
    failed(error);
  }
}

async function explainText(options) {
  const patience = setTimeout(() => note("explaining"), BEFORE_NOTE);
  try {
    const answer = await explain(text, options);
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
    return { start: from, end: to, contribution, weight: weight(contribution, answer.positive), word: text.slice(from, to) };
  });
  explanation = answer && { text, unit: answer.unit, pieces: place, points: read(answer.curve, unit, place) };
  pieces = explanation && text.length <= LONGEST_TINTED ? place : [];
  showText();
  showExplanation();
}

/** Return the points of the curve, each with the last words before it and the number of its piece. */
function read(curvePoints, unit, place) {
  let piece = 0;
  return curvePoints.map(({ end, positive }) => {
    const stop = unit(end);
    while (piece < place.length - 1 && place[piece].end < stop) piece += 1;
    const { start, end: last, word } = place[piece];
    return { word: last === stop ? word : text.slice(Math.max(start, stop - 30), stop), positive, piece };
  });
}

function showExplanation() {
  byId("curve-card").hidden = explanation === null || explanation.points.length < 2;
  byId("strongest").hidden = explanation === null;
  if (explanation === null) return;
  byId("curve-lead").textContent = t(explanation.unit === "word" ? "curve_word" : "curve_sentence");
  curve.show(explanation.points);
  showStrongest(byId("strongest-list"), explanation.pieces);
}

function pointAt(event) {
  const piece = event.buttons === 0 ? pieces[tint.at(event.clientX, event.clientY)] : undefined;
  if (piece === undefined) hideTip();
  else showTip(event.clientX, event.clientY, t("piece", { word: shortened(wordOf(piece), 60), points: points(piece.contribution) }));
}

const wordOf = ({ start, end }) => text.slice(start, end);

function speak() {
  verdict.speak();
  showText();
  showExplanation();
  byId("examples").replaceChildren(
    ...EXAMPLES.map((example) => {
      const button = html("button", { type: "button", class: "chip", title: example.text }, t(example.name));
      button.addEventListener("click", () => replace(example.text));
      return button;
    }),
  );
}
