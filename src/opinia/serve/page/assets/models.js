// The models of the server: which one judges, and what its card says.

import { models as fetchModels } from "./api.js";
import { byId, html, shortened } from "./dom.js";
import { decimal, known, labelWord, number, onLanguage, percent, t } from "./language.js";
import { tab } from "./store.js";

const CHOICES = ["model", "model-texts", "model-file"];
const MOST_LABELS = 12;
const LONGEST_LABEL = 40;
const OUR_LIMITS = [
  ["English film reviews;", "model_limits"],
  ["Synthetic film reviews,", "model_limits_sample"],
  ["Opinions in English,", "model_limits_general"],
  ["Opinions in Polish,", "model_limits_polish"],
  ["Texts like those that it was trained on;", "model_limits_other"],
];

let models = [];
let chosen = null;
const listeners = [];
const factListeners = [];

/** Return the chosen model as the server describes it, or null before it is known. */
export const model = () => models.find(({ name }) => name === chosen) ?? null;

/** Return all models of the server. */
export const allModels = () => models;

/** Let a model of this name judge, now or as soon as it is known that there is one. */
export function useModel(name) {
  if (models.some((one) => one.name === name)) {
    if (name !== chosen) choose(name);
  } else if (models.length === 0) tab.set("model", name);
}

/** Return the name to send with a text; undefined lets the server take its default. */
export const modelName = () => model()?.name;

/** Return the code of the language that the chosen model reads; null where that is open. */
export function reads() {
  const one = model();
  const language = one === null ? "en" : one.language;
  return language !== "other" && known(`tongue_${language}`) ? language : null;
}

/** Return what a text that the chosen model reads is, such as "in English or in Polish"; null where that is open. */
export function tongue() {
  const codes = (model()?.languages ?? ["en"]).filter((code) => code !== "other" && known(`tongue_${code}`));
  return codes.length === 0 ? null : codes.map((code) => t(`tongue_${code}`)).join(` ${t("or")} `);
}

/** Return what the chosen model has learnt from; of two models that read as one, what the first has. */
const learntData = () => (model()?.models?.[0] ?? model())?.card.data;

/** Return whether the chosen model reads English opinions of any kind, and not those of somebody's own table. */
export const readsExamples = () => learntData()?.columns === undefined && (model()?.languages ?? ["en"]).includes("en");

/** Return whether the chosen model has learnt from film reviews alone. */
export const readsFilms = () => readsExamples() && learntData()?.sets === undefined;

/** Call a function when the classes and the language of the model are known, and whenever they change. */
export const onFacts = (listener) => factListeners.push(listener);

/** Call a function when the person chooses another model. */
export const onModel = (listener) => listeners.push(listener);

/** Put the choice to work. */
export function startModels() {
  for (const id of CHOICES) byId(id).addEventListener("change", (event) => choose(event.target.value));
  onLanguage(showCard);
}

function choose(name) {
  chosen = name;
  tab.set("model", chosen);
  showChoice();
  for (const listener of factListeners) listener();
  for (const listener of listeners) listener();
}

function showChoice() {
  for (const id of CHOICES) byId(id).value = chosen;
  showCard();
}

/** Ask the server for its models. */
export async function loadModels() {
  const answer = await fetchModels();
  models = answer.models;
  const kept = tab.get("model");
  chosen = models.some(({ name }) => name === kept) ? kept : answer.default;
  for (const id of CHOICES) {
    byId(id).replaceChildren(...models.map(({ name }) => html("option", { value: name }, name)));
    byId(id).disabled = models.length < 2;
  }
  showChoice();
  for (const listener of factListeners) listener();
  // What was judged before the models were known was judged by the default one.
  if (chosen !== answer.default) for (const listener of listeners) listener();
}

function showCard() {
  const about = byId("model-about");
  const one = model();
  if (one === null) {
    about.replaceChildren(html("p", { class: "soft small" }, t("model_none")));
    return;
  }
  const parts = one.models ?? [];
  about.replaceChildren(
    ...(parts.length > 0 ? [html("p", { class: "soft small" }, t("model_reads_both"))] : aboutOne(one)),
    ...parts.flatMap((part) => [html("h3", {}, partName(part)), ...aboutOne(part)]),
    html("p", { class: "more-about" }, html("a", { href: cardOf(one.name), "data-view": "model" }, t("model_card"))),
  );
}

/** Return the address of a model's card on this page. */
export const cardOf = (name) => `#/model/${encodeURIComponent(name)}`;

/** Return the figures and the limits of one model. */
function aboutOne(one) {
  const list = html("dl", { class: "facts" });
  for (const [term, value] of facts(one)) list.append(html("div", {}, html("dt", {}, term), html("dd", {}, value)));
  const { limits } = one.card;
  return [list, ...(typeof limits === "string" ? [limitsIn(limits)] : [])];
}

export const partName = ({ name, language }) => (known(`tongue_${language}`) ? `${name}, ${t(`tongue_${language}`)}` : name);

/** Return what a card says of the model's limits: in the person's language where it is our sentence. */
export const limitsIn = (limits) => {
  const ours = OUR_LIMITS.find(([beginning]) => limits.startsWith(beginning));
  return ours ? html("p", { class: "soft small" }, t(ours[1])) : html("p", { class: "soft small", lang: "en" }, limits);
};

/** Return how many labelled reviews a model has learnt from: after its final training those of validation, too. */
const learntFrom = (data) => data?.train?.reviews + (data?.final ? data.validation.reviews : 0);

/** Return whether a model has learnt from film reviews alone: one of sets of several kinds has others. */
const isOfFilms = ({ card }) => card.data?.sets === undefined && card.data?.columns === undefined;

/** Return the main figures of a model: those that it has, of the file itself where they were taken of it. */
export function facts({ labels, parameters, bytes, card }) {
  const found = (path) => path.split(".").reduce((value, key) => value?.[key], card);
  const size = bytes < 1e6 ? t("kilobytes", { count: number(bytes / 1e3) }) : t("megabytes", { count: number(bytes / 1e6, 1) });
  // A model that learnt from sets of several kinds was validated on texts of several kinds.
  const isFilms = isOfFilms({ card });
  const rows = [
    [isFilms ? "model_accuracy" : "model_accuracy_texts", found("figures.test_accuracy"), (value) => percent(value)],
    [isFilms ? "model_val_accuracy" : "model_val_accuracy_texts", found("validation.accuracy") ?? found("figures.val_accuracy"), (value) => percent(value)],
    [isFilms ? "model_val_loss" : "model_val_loss_texts", found("validation.nll") ?? found("figures.val_loss"), (value) => decimal(value, 3)],
    ["model_learnt_from", learntFrom(card.data), (value) => t(isFilms ? "model_reviews" : "model_texts", { count: value })],
    ["model_vocabulary", found("text.vocabulary"), (value) => number(value)],
    ["model_parameters", parameters, (value) => number(value)],
    ["model_size", bytes, () => size],
  ];
  const there = rows.filter(([, value]) => Number.isFinite(value)).map(([key, value, say]) => [t(key), say(value)]);
  if (labels.length === 2) return there;
  const shown = labels.slice(0, MOST_LABELS).map((label) => shortened(labelWord(label), LONGEST_LABEL));
  const names = shown.flatMap((name, index) => [index ? " · " : "", html("bdi", {}, name)]);
  return [...there, [t("model_classes"), html("span", {}, ...names, labels.length > MOST_LABELS ? " …" : "")]];
}
