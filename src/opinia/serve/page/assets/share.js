// Takes a judged review elsewhere: a link, words, data, a picture, a page of its own.

import { classes, isUndecided, shortWord } from "./classes.js";
import { byId } from "./dom.js";
import { chance, labelWord, onLanguage, points, t } from "./language.js";
import { packed, unpacked } from "./link.js";
import { modelName, useModel } from "./models.js";
import { onReading, putReview } from "./review.js";
import { pageOf } from "./sharepage.js";
import { LONGEST_DRAWN, pictureOf, pngOf } from "./sharepicture.js";

const STRONGEST = 6;
const LEAST = 0.005;

let reading = { text: "", result: null, explanation: null };
let said = null;

/** Put the card to work. */
export function startSharing() {
  onReading((now) => {
    if (said !== null && now.text !== reading.text) say(null);
    reading = now;
    show();
  });
  for (const button of document.querySelectorAll("[data-share]")) {
    button.addEventListener("click", () => share(button.dataset.share).catch((error) => say("share_failed", error.message)));
  }
  onLanguage(() => say(said));
}

/** Take the review that a link holds. */
export async function openShared(letters) {
  const found = await unpacked(letters);
  history.replaceState(null, "", "#/"); // an address bar is seen by others, and the text is in the page now
  if (found === null) {
    byId("share").hidden = false;
    say("share_broken");
    return;
  }
  if (found.model !== null) useModel(found.model);
  putReview(found.text);
}

function show() {
  const { result, explanation, text } = reading;
  byId("share").hidden = result === null;
  for (const button of document.querySelectorAll("[data-share]")) {
    const isDrawn = ["png", "svg"].includes(button.dataset.share);
    const needs = ["png", "svg", "html"].includes(button.dataset.share);
    button.disabled = (needs && explanation === null) || (isDrawn && text.length > LONGEST_DRAWN);
  }
}

function say(words, detail = "") {
  said = words;
  byId("share-said").textContent = words === null ? "" : [t(words), detail].filter(Boolean).join(" ");
}

async function share(kind) {
  if (kind === "link") {
    const letters = await packed({ text: reading.text, model: modelName() });
    if (letters === null) say("share_too_long");
    else await copy(`${location.href.split("#")[0]}#/review/${letters}`);
  } else if (kind === "text") await copy(asText());
  else if (kind === "markdown") await copy(asMarkdown());
  else if (kind === "json") await copy(asJson());
  else if (kind === "svg") keep("opinia.svg", pictureOf(facts()), "image/svg+xml");
  else if (kind === "png") keep("opinia.png", await pngOf(pictureOf(facts())), "image/png");
  else keep("opinia.html", pageOf({ ...facts(), picture: null, strongest: strongest() }), "text/html");
}

async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Without a secure connection there is no clipboard but the old way.
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) return say("share_not_copied");
  }
  say("share_copied");
}

function keep(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  say("share_saved");
}

const verdict = () => (isUndecided(reading.result) ? t("undecided") : labelWord(reading.result.label));

const share100 = () => {
  const { result } = reading;
  const share = chance(result.probability);
  return isUndecided(result) ? t("leans", { label: shortWord(result.label), share }) : t("sure", { share });
};

const model = () => [modelName(), reading.result.read_by].filter(Boolean).join(", ");

const facts = () => ({ text: reading.text, explanation: reading.explanation, verdict: verdict(), label: reading.result.label, share: share100(), model: t("share_model", { model: model() }) });

/** Return the pieces that weigh most, the heaviest first. */
function strongest() {
  const pieces = reading.explanation?.pieces ?? [];
  return pieces
    .filter(({ contribution, word }) => Math.abs(contribution) >= LEAST && /[\p{L}\p{N}]/u.test(word))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, STRONGEST)
    .map(({ word, contribution }) => ({ word: word.trim(), points: t("points", { points: points(contribution) }) }));
}

function asText() {
  const lines = strongest().map(({ word, points: value }) => `${value}  ${word}`);
  return [reading.text, "", `${verdict()}, ${share100()} (${model()})`, ...lines].join("\n");
}

const escaped = (words) => words.replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, "\\$&");

function asMarkdown() {
  const rows = strongest().map(({ word, points: value }) => `| ${escaped(word)} | ${value} |`);
  const quote = reading.text.split(/\r\n|[\r\n]/).map((line) => `> ${escaped(line)}`);
  const table = rows.length === 0 ? [] : ["", `| ${t("share_word")} | ${t("share_effect")} |`, "| --- | ---: |", ...rows];
  return [`**${escaped(verdict())}**, ${escaped(share100())} (${escaped(model())})`, "", ...quote, ...table, ""].join("\n");
}

function asJson() {
  const { text, result, explanation } = reading;
  const why = explanation === null ? {} : { target: explanation.target, unit: explanation.unit, contributions: explanation.answer.contributions };
  return JSON.stringify({ text, model: modelName(), classes: classes(), ...result, ...why }, null, 2);
}
