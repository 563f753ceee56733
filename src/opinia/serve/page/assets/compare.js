// Two models on the same review, side by side: verdicts, and the words that moved each.

import { analyse, explain } from "./api.js";
import { isUndecided, kindOf, thresholdOf } from "./classes.js";
import { failed, worked } from "./connection.js";
import { byId, html } from "./dom.js";
import { chance, labelWord, onLanguage, t } from "./language.js";
import { allModels, modelName, onFacts } from "./models.js";
import { unitOffsets } from "./offsets.js";
import { onReading } from "./review.js";
import { tab } from "./store.js";
import { Tint } from "./tint.js";
import { doubtAbout } from "./verdict.js";
import { painted, weight } from "./weight.js";

const LONGEST = 20_000;

let reading = { text: "", result: null, explanation: null };
let other = null;
let work = new AbortController();
let theirs = null;

/** Put the card to work. */
export function startComparing() {
  other = tab.get("compare");
  byId("compare-with").addEventListener("change", ({ target }) => {
    other = target.value || null;
    tab.set("compare", other);
    ask();
  });
  onReading((now) => {
    const isSame = now.text === reading.text && now.result === reading.result;
    reading = now;
    if (isSame) show();
    else ask();
  });
  onFacts(choices);
  onLanguage(() => {
    choices();
    show();
  });
}

function choices() {
  const others = allModels().filter(({ name }) => name !== modelName());
  if (others.length > 0 && !others.some(({ name }) => name === other)) other = null;
  byId("compare-with").replaceChildren(html("option", { value: "" }, t("compare_none")), ...others.map(({ name }) => html("option", { value: name, selected: name === other }, name)));
}

async function ask() {
  work.abort();
  work = new AbortController();
  theirs = null;
  show();
  const { signal } = work;
  const { text, result } = reading;
  if (other === null || result === null || text.length > LONGEST) return;
  const model = other;
  try {
    const [judged] = await analyse([text], { model, signal });
    theirs = { model, result: judged, pieces: [] };
    show();
    const answer = await explain(text, { model, signal });
    worked();
    const unit = unitOffsets(text);
    theirs.pieces = answer.contributions.map(({ start, end, contribution }) => ({ start: unit(start), end: unit(end), weight: painted(answer.unit, weight(contribution, answer.positive)) }));
    show();
  } catch (error) {
    if (!signal.aborted && ![413, 422].includes(error.status)) failed(error);
  }
}

function show() {
  const { text, result, explanation } = reading;
  byId("compare").hidden = allModels().length < 2 || result === null || text.length > LONGEST;
  const sides = byId("sides");
  sides.hidden = other === null;
  if (byId("compare").hidden || other === null) return sides.replaceChildren();
  const mine = { model: modelName(), result, pieces: explanation?.pieces ?? [] };
  sides.replaceChildren(...[mine, theirs ?? { model: other, result: null, pieces: [] }].map((side) => drawn(side, text)));
}

function drawn({ model, result, pieces }, text) {
  const words = html("div", { class: "side-text", dir: "auto", tabindex: 0, role: "region", "aria-label": t("compare_text", { model }) });
  new Tint(words).show(text, pieces);
  const facts = allModels().find(({ name }) => name === model);
  const open = result !== null && isUndecided(result, facts.labels, thresholdOf(facts));
  const word = result === null ? t("verdict_waits") : open ? t("undecided") : labelWord(result.label);
  const share = result === null ? "" : t(open ? "leans" : "sure", { label: labelWord(result.label), share: chance(result.probability) });
  const doubt = result && doubtAbout(result);
  return html(
    "div",
    { class: "side-model" },
    html("h3", {}, model),
    html("p", {}, html("span", { class: "side-verdict", "data-label": result === null || open ? "undecided" : kindOf(result.label), dir: "auto" }, word), " ", html("span", { class: "soft small" }, share)),
    ...(doubt ? [html("p", { class: "doubt" }, doubt)] : []),
    words,
  );
}
