// The words that weigh most, as a list: what the tints show, for those who cannot see them.

import { ofClass } from "./classes.js";
import { html, shortened } from "./dom.js";
import { points, t } from "./language.js";
import { reads } from "./models.js";
import { bare } from "./spacing.js";
import { greatest } from "./weight.js";

const MOST = 6;
const LEAST = 0.02;

/** Fill the host with the strongest pieces of a text for a class; pieces have `word`, `contribution` and `weight`. */
export function showStrongest(host, pieces, target) {
  const strongest = pieces
    .filter(({ weight }) => Math.abs(weight) >= LEAST)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, MOST);
  if (strongest.length === 0) {
    host.replaceChildren(html("p", { class: "soft small" }, t("strongest_none")));
    return;
  }
  const scale = greatest(strongest);
  const list = html("ul", { class: "weights" });
  for (const { word, contribution, weight } of strongest) {
    const bar = html("i", { class: weight > 0 ? "for" : "against" });
    bar.style.width = `${(50 * Math.abs(weight)) / scale}%`;
    list.append(
      html(
        "li",
        {},
        html("span", { class: "weight-word", lang: reads() }, shortened(bare(word) || word, 40)),
        html("span", { class: "weight-bar", "aria-hidden": "true" }, bar),
        html("span", { class: "weight-points" }, points(contribution)),
      ),
    );
  }
  host.replaceChildren(list, html("p", { class: "soft small" }, ofClass("strongest_lead", "strongest_lead_class", target)));
}
