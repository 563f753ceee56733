// The words that weigh most, as two lists, for a class and against it: what the tints show, for those who cannot see them.

import { areOpinions, classes, isPair, ofClass, shortWord } from "./classes.js";
import { html, shortened } from "./dom.js";
import { size, t } from "./language.js";
import { reads } from "./models.js";
import { bare } from "./spacing.js";

const MOST = 4;
const LEAST = 0.02;
const SAYS_SOMETHING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * Fill the host with the strongest pieces of a text for a class; pieces have `word`, `contribution` and `weight`.
 * Figure, bar and order are the same thing, the contribution; marks of punctuation are tinted, but not listed.
 */
export function showStrongest(host, pieces, target) {
  const said = pieces.filter(({ word, weight }) => Math.abs(weight) >= LEAST && SAYS_SOMETHING.test(word));
  const sides = [1, -1].map((sign) => ({ sign, entries: strongestOf(said, sign) }));
  const scale = Math.max(...sides.flatMap(({ entries }) => entries.map(({ most }) => most)));
  if (!(scale > 0)) {
    host.replaceChildren(html("p", { class: "soft small" }, t("strongest_none")));
    return;
  }
  host.replaceChildren(
    ...sides.filter(({ entries }) => entries.length > 0).flatMap(({ sign, entries }) => listOf(entries, sign, scale, target)),
    html("p", { class: "soft small" }, t("strongest_lead")),
  );
}

/** Return the strongest pieces of one side, `{word, most, count}`: those that read alike are one entry. */
function strongestOf(pieces, sign) {
  const found = new Map();
  for (const { word, contribution } of pieces) {
    if (Math.sign(contribution) !== sign) continue;
    const shown = bare(word) || word.trim();
    const key = shown.toLowerCase().replace(/\s+/g, " ");
    const entry = found.get(key) ?? { word: shown, most: 0, count: 0 };
    entry.count += 1;
    entry.most = Math.max(entry.most, Math.abs(contribution));
    found.set(key, entry);
  }
  return [...found.values()].sort((a, b) => b.most - a.most).slice(0, MOST);
}

function listOf(entries, sign, scale, target) {
  const heading = html("h3", { class: sign > 0 ? "weights-title for" : "weights-title against" }, sideWords(sign, target));
  const list = html("ul", { class: "weights" });
  for (const { word, most, count } of entries) {
    const bar = html("i", { class: sign > 0 ? "for" : "against" });
    bar.style.width = `${(100 * most) / scale}%`;
    const times = count > 1 ? html("span", { class: "soft" }, ` × ${count}`) : "";
    list.append(
      html(
        "li",
        {},
        html("span", { class: "weight-word", lang: reads(), dir: "auto", title: shortened(word, 300) }, bothEnds(word, 48), times),
        html("span", { class: "weight-bar", "aria-hidden": "true" }, bar),
        html("span", { class: "weight-points" }, t("points", { points: size(most) })),
      ),
    );
  }
  return [heading, list];
}

/** Say what a side speaks for: of two classes each has its own, of more the other side is only against one. */
function sideWords(sign, target) {
  if (sign > 0) return ofClass("legend_for", "legend_for_class", target);
  if (areOpinions()) return t(target === classes()[1] ? "legend_against" : "legend_for");
  if (isPair()) return t("legend_for_class", { label: shortWord(classes().find((label) => label !== target)) });
  return t("legend_against_class", { label: shortWord(target) });
}

/** Return a text with its middle left out where it is long: sentences of a text often begin alike. */
function bothEnds(text, most) {
  const letters = Array.from(text.trim().replace(/\s+/g, " "));
  if (letters.length <= most) return letters.join("");
  const half = Math.floor((most - 3) / 2);
  return `${letters.slice(0, half).join("").trimEnd()} … ${letters.slice(-half).join("").trimStart()}`;
}
