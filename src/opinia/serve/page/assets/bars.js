// The probabilities of more classes than two: a bar each, the answer first of all in weight.

import { classes, hueOf, shareOf } from "./classes.js";
import { html } from "./dom.js";
import { labelWord, number, chance, t } from "./language.js";

const MOST = 12;

export class Bars {
  #host;

  constructor(host) {
    this.#host = host;
  }

  /** Show a judgement, or that there is none (null): the classes in the model's order, of many the most probable. */
  show(result) {
    const labels = classes();
    const shares = new Map(labels.map((label) => [label, result ? shareOf(result, label, labels) : null]));
    let shown = labels;
    if (labels.length > MOST) {
      const ranked = result ? [...labels].sort((a, b) => shares.get(b) - shares.get(a)) : labels;
      shown = ranked.slice(0, MOST);
    }
    const list = html("ul", { class: "class-bars", "aria-label": t("bars") });
    for (const label of shown) {
      const share = shares.get(label);
      const fill = html("i");
      fill.style.width = `${100 * (share ?? 0)}%`;
      list.append(
        html(
          "li",
          { class: result?.label === label ? "answer" : null, "data-hue": hueOf(label, labels) },
          html("span", { class: "class-name", dir: "auto" }, labelWord(label)),
          html("span", { class: "class-share" }, share === null ? "–" : chance(share)),
          html("span", { class: "class-bar", "aria-hidden": "true" }, fill),
        ),
      );
    }
    const rest = labels.length - shown.length;
    this.#host.replaceChildren(list, ...(rest > 0 ? [html("p", { class: "soft small" }, t("bars_more", { count: number(rest) }))] : []));
  }
}
