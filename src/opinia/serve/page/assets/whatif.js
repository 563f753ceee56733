// What if a word were not there, were another, or were negated: variants of the text, pinned beside each other.

import { analyse } from "./api.js";
import { classes, shareOf } from "./classes.js";
import { failed, worked } from "./connection.js";
import { byId, html, shortened } from "./dom.js";
import { chance, onLanguage, points, t } from "./language.js";
import { modelName, reads } from "./models.js";
import { onReading, putReview } from "./review.js";

const LONGEST = 6000;
const MOST = 20;
const NEGATIONS = { pl: "nie ", en: "not " };

let reading = { text: "", result: null, explanation: null };
let variants = [];
let [first, last] = [-1, -1];

/** Put the card to work. */
export function startWhatIf() {
  onReading((now) => {
    const isSame = now.text === reading.text && now.explanation === reading.explanation;
    const isNew = now.text !== reading.text;
    reading = now;
    if (isSame) return;
    if (isNew) variants = [];
    [first, last] = [-1, -1];
    show();
  });
  byId("whatif-text").addEventListener("click", ({ target, shiftKey }) => choose(Number(target.dataset.piece ?? -1), shiftKey));
  byId("whatif-text").addEventListener("keydown", walk);
  byId("whatif-strike").addEventListener("click", () => pin("whatif_without", ""));
  byId("whatif-negate").addEventListener("click", () => pin("whatif_negated", negated()));
  byId("whatif-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const other = byId("whatif-other").value.trim();
    if (other !== "") pin("whatif_swapped", other);
  });
  onLanguage(show);
}

const span = () => ({ from: reading.explanation.pieces[first].start, to: reading.explanation.pieces[last].end });

const chosenWords = () => reading.text.slice(span().from, span().to);

/** Return the chosen words with a negation before them, in the language that reads the text. */
function negated() {
  const isPolish = (reads() ?? reading.result?.read_by) === "pl" || reading.result?.read_by === "polish";
  return (isPolish ? NEGATIONS.pl : NEGATIONS.en) + chosenWords();
}

function choose(piece, isRange) {
  if (piece < 0) return;
  if (isRange && first >= 0) [first, last] = [Math.min(first, piece), Math.max(last, piece)];
  else if (first === piece && last === piece) [first, last] = [-1, -1];
  else [first, last] = [piece, piece];
  mark();
}

function walk(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const piece = Number(event.target.dataset.piece ?? -1);
  if (step === undefined || piece < 0) return;
  event.preventDefault();
  const next = byId("whatif-text").querySelector(`[data-piece="${piece + step}"]`);
  if (next === null) return;
  for (const one of byId("whatif-text").querySelectorAll("button")) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  if (event.shiftKey) {
    if (first < 0) [first, last] = [piece, piece];
    choose(piece + step, true);
  }
}

/** Judge the text with other words in the place of the chosen ones, and keep the answer. */
async function pin(words, other) {
  const { from, to } = span();
  const { text, explanation } = reading;
  let [before, after] = [text.slice(0, from), text.slice(to)];
  if (other === "" && /(^|\s)$/.test(before)) after = after.replace(/^[^\S\r\n]+/, "");
  const changed = before + other + after;
  const variant = { words, was: chosenWords(), other, text: changed, share: null };
  variants = [variant, ...variants].slice(0, MOST);
  byId("whatif-other").value = "";
  showVariants();
  try {
    const [result] = await analyse([changed.trim() === "" ? " " : changed], { model: modelName() });
    worked();
    variant.share = shareOf(result, explanation.target, classes());
    if (reading.text === text) showVariants();
  } catch (error) {
    variants = variants.filter((one) => one !== variant);
    showVariants();
    failed(error);
  }
}

function show() {
  const { text, explanation } = reading;
  const isShown = explanation !== null && text.length <= LONGEST && explanation.pieces.length > 1;
  byId("whatif").hidden = !isShown;
  if (!isShown) return;
  let place = 0;
  const parts = explanation.pieces.flatMap(({ start, end, weight }, piece) => {
    const button = html("button", { type: "button", class: "word", "aria-pressed": "false", tabindex: piece === 0 ? 0 : -1, "data-side": weight > 0 ? "for" : "against" }, text.slice(start, end));
    button.dataset.piece = piece;
    const between = text.slice(place, start);
    place = end;
    return [between, button];
  });
  byId("whatif-text").replaceChildren(...parts, text.slice(place));
  mark();
  showVariants();
}

function mark() {
  for (const one of byId("whatif-text").querySelectorAll("button")) {
    const piece = Number(one.dataset.piece);
    one.setAttribute("aria-pressed", first >= 0 && piece >= first && piece <= last);
  }
  for (const id of ["whatif-strike", "whatif-negate", "whatif-other", "whatif-swap"]) byId(id).disabled = first < 0;
}

function showVariants() {
  const { explanation, result } = reading;
  if (explanation === null || result === null) return byId("variants").replaceChildren();
  const base = shareOf(result, explanation.target, classes());
  const line = (name, share, change, ...buttons) => {
    const bar = html("i");
    bar.style.width = `${100 * (share ?? 0)}%`;
    return html("li", {}, html("span", { class: "variant-name" }, name), html("span", { class: "share-bar", "data-side": "all", "aria-hidden": "true" }, bar), html("span", { class: "variant-share" }, share === null ? "…" : chance(share)), html("span", { class: "variant-change soft" }, change), html("span", { class: "variant-buttons" }, ...buttons));
  };
  const pinned = variants.map((variant) => {
    const { words, was, other, text, share } = variant;
    const name = t(words, { was: shortened(was, 50), other: shortened(other, 50) });
    const use = html("button", { type: "button", class: "quiet small", "aria-label": t("whatif_use_one", { name }) }, t("whatif_use"));
    use.addEventListener("click", () => putReview(text));
    const away = html("button", { type: "button", class: "quiet cross", "aria-label": t("remove_one", { text: name }) }, "×");
    away.addEventListener("click", () => {
      variants = variants.filter((one) => one !== variant);
      showVariants();
    });
    return line(name, share, share === null ? "" : t("points", { points: points(share - base) }), use, away);
  });
  byId("variants").replaceChildren(...(variants.length === 0 ? [] : [line(t("whatif_base"), base, ""), ...pinned]));
}
