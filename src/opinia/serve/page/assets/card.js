// A model's card as a page: what it has read, how right it is on what, how well it knows that, and what it gets wrong.

import { measured as fetchMeasured } from "./api.js";
import { intervalTable } from "./cardrows.js";
import { failed, onBack, worked } from "./connection.js";
import { byId, html } from "./dom.js";
import { expectAnswer } from "./examples.js";
import { interval } from "./filetruth.js";
import { chance, decimal, known, labelWord, number, onLanguage, percent, t } from "./language.js";
import { allModels, cardOf, facts, limitsIn, model, onFacts, partName, useModel } from "./models.js";
import { reliabilityPicture } from "./reliability.js";
import { putReview } from "./review.js";

const FEW_FAILURES = 12;
const HELD_OUT = "held out";

let wanted = "";
let figures = null;

/** Put the view to work. */
export function startCard() {
  byId("card-model").addEventListener("change", (event) => {
    location.hash = cardOf(event.target.value);
  });
  onFacts(show);
  onLanguage(show);
  onBack(() => figures === null && !byId("view-model").hidden && openCard(wanted));
}

/** Show the card of a model by its name, or that of the chosen one. */
export async function openCard(name) {
  wanted = name;
  show();
  if (figures !== null) return;
  try {
    figures = await fetchMeasured();
    worked();
  } catch (error) {
    failed(error);
    return;
  }
  show();
}

/** Return the models by name, and those that two in one are made of. */
const everyone = () => new Map([...allModels().flatMap((one) => one.models ?? []), ...allModels()].map((one) => [one.name, one]));

/** Return what was measured of a model, of itself or as a part of another; null where nothing is known. */
function measuredOf(name) {
  const found = figures?.[name]?.[name] ?? Object.values(figures ?? {}).find((parts) => parts[name])?.[name];
  return found ?? null;
}

function show() {
  if (model() === null || byId("view-model").hidden) return;
  const models = everyone();
  const name = wanted || model().name;
  const one = models.get(name) ?? null;
  byId("card-model").replaceChildren(
    ...(one === null ? [html("option", { value: "", selected: true, disabled: true }, "–")] : []),
    ...[...models.keys()].sort().map((each) => html("option", { value: each, selected: each === name }, each)),
  );
  byId("card-unknown").hidden = one !== null;
  byId("card-unknown").textContent = t("card_unknown", { name });
  const sections = one === null ? [] : one.models ? one.models.map(part) : cardSections(one);
  byId("card-parts").replaceChildren(...sections.filter((section) => section !== null));
}

/** Return a model of two in one, in short. */
function part(one) {
  return section(partName(one), html("p", {}, summary(one)), list(facts(one)), limits(one), html("p", {}, html("a", { href: cardOf(one.name) }, t("card_whole", { name: one.name }))));
}

function cardSections(one) {
  const found = measuredOf(one.name);
  const columns = [
    [kinds(found), reliability(found), lengths(found)],
    [read(one), behaviour(found)],
  ].map((sections) => sections.filter((each) => each !== null));
  return [
    section(one.name, html("p", { class: "card-summary" }, summary(one, found)), limits(one), list([...facts(one), ...licence(one), ...speed(found)])),
    ...columns.filter((sections) => sections.length > 0).map((sections) => html("div", { class: "card-column" }, ...sections)),
    failures(one, found),
    section(t("card_everything"), html("p", { class: "soft small" }, t("card_everything_lead")), details(one)),
  ];
}

const section = (title, ...content) => {
  const shown = content.filter((each) => each !== null && each !== undefined);
  return shown.length === 0 ? null : html("section", { class: "card" }, html("h2", {}, title), ...shown);
};

const list = (rows) => html("dl", { class: "facts card-facts" }, ...rows.map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, value))));

const limits = ({ card }) => (typeof card.limits === "string" ? limitsIn(card.limits) : null);

/** Say in a sentence how right a model is: on test texts where it was tested, else on those that were held out. */
function summary(one, found = measuredOf(one.name)) {
  const { card } = one;
  if (found?.test) return t("card_tested", { share: percent(found.test.accuracy), count: found.test.reviews, low: percent(found.test.low), high: percent(found.test.high) });
  const share = card.validation?.accuracy ?? card.figures?.val_accuracy;
  const count = card.data?.validation?.reviews;
  if (!Number.isFinite(share) || !(count > 0)) return t("card_not_measured");
  const [low, high] = interval(share * count, count);
  return t("card_validated", { share: percent(share), count, low: percent(low), high: percent(high) });
}

function licence({ card }) {
  const { licence: words } = card.data ?? {};
  return typeof words === "string" ? [[t("card_licence"), words]] : [];
}

function speed(found) {
  if (!found?.speed) return [];
  const { reviews_per_second: each, cpu, cores, start_seconds: start } = found.speed;
  const where = html("span", { class: "small card-where" }, t("card_machine", { cpu, count: cores }));
  return [[html("span", {}, t("card_speed"), " ", where), number(each)], ...(start === undefined ? [] : [[t("card_start"), t("card_seconds", { seconds: decimal(start, 2) })]])];
}

/** Return what a model has read, set by set where it says so. */
function read({ card }) {
  const { data } = card;
  if (data === undefined) return null;
  const rows = Object.entries(data.sets ?? {}).map(([name, { from, train, validation }]) =>
    html("tr", {}, html("th", { scope: "row" }, known(`kind_${name}`) ? t(`kind_${name}`) : name, ...(from ? [html("div", { class: "soft small", lang: "en" }, from)] : [])), html("td", { class: "figure" }, number(train ?? 0)), html("td", { class: "figure" }, validation ? number(validation) : "–")),
  );
  const head = html("tr", {}, html("th", { scope: "col" }, t("card_set")), html("th", { scope: "col", class: "figure" }, t("train_curve")), html("th", { scope: "col", class: "figure" }, t("validation_curve")));
  const table = rows.length > 0 ? html("table", { class: "card-table" }, html("thead", {}, head), html("tbody", {}, ...rows)) : null;
  const { train, validation, unlabelled, dropped } = data;
  const told = [
    train?.reviews > 0 && t("card_read", { count: train.reviews, share: percent(train.positives / train.reviews, 0) }),
    validation?.reviews > 0 && t("card_held_out", { count: validation.reviews }),
    unlabelled?.reviews > 0 && t("card_unlabelled", { count: unlabelled.reviews }),
    dropped?.text_in_test > 0 && t("card_dropped", { count: dropped.text_in_test }),
  ].filter((words) => words && !words.includes("NaN"));
  return section(t("card_read_title"), told.length > 0 ? html("p", {}, told.join(" ")) : null, table);
}

function kinds(found) {
  if (!found?.kinds) return null;
  const rows = Object.entries(found.kinds)
    .map(([name, { reviews, accuracy, low, high, learnt }]) => ({ name: t(`kind_${name}`), about: learnt ? "" : t("card_not_learnt"), paler: !learnt, count: reviews, share: accuracy, low, high }))
    .sort((a, b) => a.paler - b.paler || b.share - a.share);
  return section(t("card_kinds"), html("p", { class: "soft small" }, t("card_kinds_lead")), intervalTable(rows, t("card_set"), t("card_count")));
}

function reliability(found) {
  if (!found?.reliability) return null;
  const { bins, ece, reviews } = found.reliability;
  const surest = bins.at(-1);
  return section(
    t("card_reliability"),
    html("p", {}, t("card_reliability_said", { gap: decimal(100 * ece, 1), count: surest.reviews, all: reviews, sure: percent(surest.low, 0), right: percent(surest.accuracy) })),
    html("figure", { class: "card-figure" }, reliabilityPicture(bins), html("figcaption", { class: "soft small" }, t("card_reliability_lead"))),
  );
}

function lengths(found) {
  if (!found?.lengths) return null;
  const rows = found.lengths.map(({ shortest, longest, reviews, accuracy, low, high }) => ({
    name: shortest === longest ? t("card_length_of", { count: longest }) : t("card_length", { from: shortest, count: longest }),
    count: reviews, share: accuracy, low, high,
  }));
  return section(t("card_lengths"), html("p", { class: "soft small" }, t("card_lengths_lead")), intervalTable(rows, t("card_words"), t("card_count")));
}

function behaviour(found) {
  if (!found?.behaviour) return null;
  const { capabilities, all } = found.behaviour;
  const half = all[HELD_OUT];
  const rows = Object.entries(capabilities).map(([name, rates]) => {
    const { passed, cases } = rates[HELD_OUT];
    const bar = html("span", { class: "passes", "aria-hidden": "true" }, ...Array.from({ length: cases }, (_, index) => html("i", { "data-passed": String(index < passed) })));
    const key = `check_${name.replaceAll(/\W+/g, "_")}`;
    return html("tr", {}, html("th", { scope: "row" }, known(key) ? t(key) : name), html("td", { class: "figure" }, t("card_of", { passed, cases })), html("td", { class: "passes-cell" }, bar));
  });
  const head = html("tr", {}, html("th", { scope: "col" }, t("card_capability")), html("th", { scope: "col", class: "figure" }, t("card_passed")), html("th", { scope: "col", class: "passes-cell" }, html("span", { class: "unseen" }, t("card_passed"))));
  return section(
    t("card_behaviour"),
    html("p", {}, t("card_behaviour_said", { passed: half.passed, cases: half.cases })),
    html("table", { class: "card-table" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

function failures(one, found) {
  if (!found?.behaviour) return null;
  const shown = found.behaviour.failures.map((failure) => failureOf(one, failure));
  const [first, rest] = [shown.slice(0, FEW_FAILURES), shown.slice(FEW_FAILURES)];
  const more = rest.length === 0 ? null : html("details", {}, html("summary", {}, t("card_failures_more", { count: rest.length })), html("ul", { class: "failures" }, ...rest));
  return section(
    t("card_failures"),
    html("p", { class: "soft small" }, t(shown.length > 0 ? "card_failures_lead" : "card_failures_none")),
    first.length === 0 ? null : html("ul", { class: "failures" }, ...first),
    more,
  );
}

/** Return a check that the model does not pass: its texts, what was expected, what it says, and a way to try it. */
function failureOf(one, { test, expected, texts, positive }) {
  const say = (text, share) => [html("q", { lang: one.language, dir: "auto" }, text), " ", html("span", { class: "soft small" }, t("card_says", { share: chance(share) }))];
  const aim = test === "label" ? t("card_aim_label", { label: labelWord(expected) }) : test === "direction" ? t("card_aim_direction", { label: labelWord(expected) }) : t(`card_aim_${test.replaceAll(" ", "_")}`);
  const entry = html("li", {}, ...texts.map((text, index) => html("p", {}, ...say(text, positive[index]))), html("p", { class: "small" }, aim));
  if (test === "label") {
    const [text] = texts;
    const button = html("button", { type: "button", class: "quiet small", "aria-label": t("card_try_it", { text }) }, t("card_try"));
    button.addEventListener("click", () => {
      expectAnswer(text, expected);
      if (allModels().some(({ name }) => name === one.name)) useModel(one.name);
      location.hash = "#/";
      putReview(text);
    });
    entry.append(button);
  }
  return entry;
}

function details({ card }) {
  return html("details", {}, html("summary", {}, t("card_json")), html("pre", { class: "scroll", lang: "en", tabindex: 0, role: "region", "aria-label": t("card_json") }, JSON.stringify(card, null, 2)));
}
