// How a row of a table stands in the list: verdict, text, what is known of it.

import { cutWord, hueOf, kindOf, titleOf } from "./classes.js";
import { html, shortened } from "./dom.js";
import { NONE } from "./filedata.js";
import { languageName } from "./filefacets.js";
import { chance, number, t } from "./language.js";
import { reads } from "./models.js";

const LONGEST_SHOWN = 400;

/** Return the text of a row, of several columns as the server joins them; null where there is none. */
export function textIn(cells, texts, columns) {
  if (cells === undefined || typeof cells === "string") return null;
  const places = texts.map((name) => columns.findIndex((column) => column.name === name));
  if (places.length === 1) return cells[places[0]];
  const kept = places.map((place) => cells[place].trim()).filter(Boolean);
  return kept.map((part, index) => (index === kept.length - 1 ? part : `${part}${/[.!?…。！？]$/.test(part) ? " " : ". "}`)).join("");
}

/** Fill the option of a row with its verdict and its text, which may be still to come (undefined). */
export function drawRow(option, row, data, text) {
  const label = data.classes[data.label[row]];
  const verdict = data.facets.get("verdict").codes[row];
  const open = verdict === data.undecided;
  const word = label === undefined ? t("not_judged") : open ? t("undecided") : cutWord(label, 20);
  const about = label === undefined || open ? { "data-label": "undecided" } : { "data-label": kindOf(label), "data-hue": hueOf(label, data.classes), "data-doubt": data.doubtful[row] ? "yes" : null, title: titleOf(label) };
  const truth = data.truth[row];
  const language = data.facets.get("language").codes[row];
  const facts = [
    t("file_number", { row: number(row + 1) }),
    label === undefined ? (data.errors.get(row) ?? "") : t("file_words", { count: data.tokens[row] }),
    language === NONE || data.languages.length < 2 ? "" : languageName(data.languages[language]),
    data.doubtful[row] ? t("file_doubtful") : "",
  ].filter(Boolean);
  const mark = truth < 0 || label === undefined ? [] : [html("span", { class: "file-mark", "data-right": String(truth === data.label[row]) }, truth === data.label[row] ? t("file_mark_right") : t("file_mark_wrong", { label: cutWord(data.classes[truth], 20) }))];
  option.replaceChildren(
    html("div", { class: "file-verdict" }, html("span", { class: "badge", dir: "auto", ...about }, word), html("span", { class: "file-share" }, label === undefined ? "" : chance(data.shown(row)))),
    html("p", { class: "file-text", lang: reads(), dir: "auto" }, text === undefined ? "…" : shortened(text, LONGEST_SHOWN) || "–"),
    html("p", { class: "file-facts" }, ...mark, facts.join(" · ")),
  );
}
