// What divides a table's rows: a histogram and lists of values, each with how many rows it would leave.

import { areOpinions, cutWord, hueOf, kindOf } from "./classes.js";
import { byId, html } from "./dom.js";
import { BINS } from "./filedata.js";
import { labelWord, language, number, percent, t } from "./language.js";

const MOST = 8;
const BAR = 100;

/** Return what a value of a facet is called. */
function nameOf(facet, code, answers) {
  const { key } = facet;
  if (facet.names) return facet.names[code];
  if (key === "verdict" && code === answers.undecided) return t("undecided");
  if (key === "verdict" && code === answers.bad) return t("not_judged");
  if (key === "verdict" || key === "truth") return cutWord(answers.classes[code]);
  if (key === "language") return languageName(answers.languages[code]);
  if (key === "agreement") return t(code === 1 ? "file_right" : "file_wrong");
  if (key === "doubt") return t(["file_doubt_no_words", "file_doubt_none_known", "file_doubt_language", "file_doubt_unknown"][code]);
  if (key === "length") return t(["file_length_0", "file_length_1", "file_length_2", "file_length_3", "file_length_4"][code]);
  if (key === "share") return t("file_bin", { low: percent(code / BINS, 0), high: percent((code + 1) / BINS, 0) });
  const classes = answers.classes.length;
  return t("file_confused", { truth: labelWord(answers.classes[Math.floor(code / classes)]), answer: labelWord(answers.classes[code % classes]) });
}

const titleOf = (facet) => facet.column ?? t(`file_facet_${facet.key}`);

/** Return a language's name in the person's language. */
export function languageName(code) {
  if (code === "other") return t("file_language_other");
  const named = new Intl.DisplayNames(language(), { type: "language" }).of(code);
  return named.charAt(0).toLocaleUpperCase(language()) + named.slice(1);
}

export class Facets {
  #answers = null;
  #changed;
  #open = new Set();

  /** `changed()` is called when the person has chosen something. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Show the facets of these answers, with the counts that they hold. */
  show(answers) {
    this.#answers = answers;
    const focused = document.activeElement?.dataset?.code === undefined ? null : [document.activeElement.closest("[data-facet]")?.dataset.facet, document.activeElement.dataset.code];
    this.#drawHistogram(answers.facets.get("share"));
    const lists = [...answers.facets.values()].filter(({ key, values, counts, chosen }) => !["share", "confusion"].includes(key) && (values.length > 1 || chosen.size > 0) && (counts.some(Boolean) || chosen.size > 0));
    byId("file-facets").replaceChildren(...lists.map((facet) => this.#list(facet)));
    if (focused !== null && focused[0]) byId("file-side").querySelector(`[data-facet="${CSS.escape(focused[0])}"] [data-code="${focused[1]}"]`)?.focus();
    this.#drawChosen();
  }

  #toggle(facet, code) {
    if (facet.chosen.has(code)) facet.chosen.delete(code);
    else facet.chosen.add(code);
    this.#changed();
  }

  #drawHistogram(facet) {
    const answers = this.#answers;
    const most = Math.max(1, ...facet.counts);
    byId("file-histogram").replaceChildren(
      ...facet.values.map((bin) => {
        const count = facet.counts[bin];
        const bar = html("i", { "data-side": answers.isPair ? (bin < BINS / 2 ? "against" : "for") : "all" });
        bar.style.height = `${count === 0 ? 0 : Math.max(2, (BAR * count) / most)}%`;
        const name = t("file_bin_count", { bin: nameOf(facet, bin, answers), count });
        const button = html("button", { type: "button", class: "bin", "aria-pressed": facet.chosen.has(bin), "aria-label": name, title: name }, bar);
        button.dataset.code = bin;
        button.addEventListener("click", () => this.#toggle(facet, bin));
        return button;
      }),
    );
    const [low, high] = answers.isPair ? answers.classes.map((label) => cutWord(label, 16)) : [percent(0, 0), percent(1, 0)];
    byId("file-histogram-ends").replaceChildren(html("span", {}, low), html("span", {}, high));
    byId("file-histogram-title").textContent = t(areOpinions(answers.classes) ? "file_histogram" : answers.isPair ? "file_histogram_pair" : "file_histogram_many");
  }

  #list(facet) {
    const { key, values, counts, chosen } = facet;
    const ordered = ["length", "doubt", "agreement", "verdict", "truth"].includes(key) || facet.names ? [...values] : [...values].sort((a, b) => counts[b] - counts[a]);
    const there = ordered.filter((code) => counts[code] > 0 || chosen.has(code));
    const shown = this.#open.has(key) ? there : there.slice(0, MOST);
    const most = Math.max(1, ...counts);
    const legend = html("legend", {}, titleOf(facet));
    const box = html("fieldset", { class: "facet" }, legend, ...shown.map((code) => this.#value(facet, code, most)));
    box.dataset.facet = key;
    if (there.length > shown.length) {
      const more = html("button", { type: "button", class: "quiet small" }, t("more", { count: there.length - shown.length }));
      more.addEventListener("click", () => {
        this.#open.add(key);
        this.show(this.#answers);
      });
      box.append(more);
    }
    return box;
  }

  #value(facet, code, most) {
    const input = html("input", { type: "checkbox", checked: facet.chosen.has(code) });
    input.dataset.code = code;
    input.addEventListener("change", () => this.#toggle(facet, code));
    const bar = html("i", { "aria-hidden": "true" });
    bar.style.width = `${(100 * facet.counts[code]) / most}%`;
    const label = facet.key === "verdict" || facet.key === "truth" ? this.#answers.classes[code] : undefined;
    if (label !== undefined) Object.assign(bar.dataset, { label: kindOf(label), hue: hueOf(label, this.#answers.classes) });
    return html("label", { class: "facet-value" }, input, html("bdi", { class: "facet-name" }, nameOf(facet, code, this.#answers)), html("span", { class: "facet-count" }, number(facet.counts[code])), bar);
  }

  /** Say what is chosen, each with a way to let it go. */
  #drawChosen() {
    const chips = [...this.#answers.facets.values()].flatMap((facet) =>
      [...facet.chosen].map((code) => {
        const name = nameOf(facet, code, this.#answers);
        const chip = html("button", { type: "button", class: "chip", "aria-label": t("file_let_go", { name }) }, html("bdi", {}, name), html("span", { "aria-hidden": "true" }, " ×"));
        chip.addEventListener("click", () => this.#toggle(facet, code));
        return chip;
      }),
    );
    byId("file-chosen").replaceChildren(...chips);
    byId("file-all").hidden = !this.#answers.isFiltered;
  }
}
