// How the answers agree with the labels of a table: accuracy with its interval, and what is taken for what.

import { cutWord } from "./classes.js";
import { byId, html } from "./dom.js";
import { number, percent, t } from "./language.js";

const Z = 1.96;

/** Return the interval of Wilson (1927) for a share of so many, at 95 %. */
export function interval(right, all) {
  const share = right / all;
  const scale = 1 + Z ** 2 / all;
  const middle = (share + Z ** 2 / (2 * all)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / all + Z ** 2 / (4 * all ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Show the figures of the rows that are seen; `changed()` is called when the person chooses a cell. */
export function showTruth(answers, rows, changed) {
  const card = byId("file-truth");
  card.hidden = !answers.hasTruth;
  if (!answers.hasTruth) return;
  const { right, all } = answers.agreement(rows);
  const [low, high] = all === 0 ? [0, 1] : interval(right, all);
  byId("file-accuracy").textContent = all === 0 ? "–" : percent(right / all);
  byId("file-accuracy-about").textContent = all === 0 ? t("file_accuracy_none") : t("file_accuracy_about", { right, count: all, low: percent(low), high: percent(high) });
  byId("file-confusion").replaceChildren(...(answers.isConfusable ? [table(answers, changed)] : []));
}

function table(answers, changed) {
  const facet = answers.facets.get("confusion");
  const { classes } = answers;
  const head = html("tr", {}, html("th", { scope: "col" }, t("file_label")), ...classes.map((label) => html("th", { scope: "col" }, html("bdi", {}, cutWord(label, 14)))));
  const lines = classes.map((label, truth) => {
    const whole = classes.reduce((sum, _, answer) => sum + (facet.counts[truth * classes.length + answer] ?? 0), 0);
    const cells = classes.map((other, answer) => {
      const code = truth * classes.length + answer;
      const count = facet.counts[code] ?? 0;
      const name = t("file_confused_count", { truth: cutWord(label), answer: cutWord(other), count });
      const button = html("button", { type: "button", class: "confused", "aria-pressed": facet.chosen.has(code), "aria-label": name, title: name }, number(count));
      button.dataset.right = truth === answer;
      button.style.setProperty("--part", `${whole === 0 ? 0 : Math.round((60 * count) / whole)}%`);
      button.addEventListener("click", () => {
        if (facet.chosen.has(code)) facet.chosen.delete(code);
        else facet.chosen.add(code);
        changed();
      });
      return html("td", {}, button);
    });
    return html("tr", {}, html("th", { scope: "row" }, html("bdi", {}, cutWord(label, 14))), ...cells);
  });
  return html("table", {}, html("caption", { class: "soft small" }, t("file_confusion")), html("thead", {}, head), html("tbody", {}, ...lines));
}
