// Shares with their intervals, one below the other on a common scale: figures for the ear, dots for the eye.

import { html } from "./dom.js";
import { number, percent, t } from "./language.js";

const STEP = 0.1;

/**
 * Return a table of rows `{name, about, count, share, low, high, paler}`; shares from 0 to 1. `heading` names the
 * first column, `counted` the second.
 */
export function intervalTable(rows, heading, counted) {
  const least = Math.min(...rows.map(({ low }) => low), 0.9);
  const from = Math.max(0, Math.floor(least / STEP + 1e-9) * STEP);
  const place = (share) => `${(100 * (share - from)) / (1 - from)}%`;
  const head = [
    html("th", { scope: "col" }, heading),
    html("th", { scope: "col", class: "figure count" }, counted),
    html("th", { scope: "col", class: "figure" }, t("card_accuracy")),
    html("th", { scope: "col", class: "dots-head" }, html("span", { class: "unseen" }, t("card_interval")), html("span", { class: "dots-ends", "aria-hidden": "true" }, html("span", {}, percent(from, 0)), html("span", {}, percent(1, 0)))),
  ];
  const body = rows.map(({ name, about, count, share, low, high, paler }) => {
    const reach = html("span", { class: "dots-reach" });
    const point = html("i", {});
    reach.style.left = place(low);
    reach.style.right = `calc(100% - ${place(high)})`;
    point.style.left = place(share);
    const words = t("card_between", { low: percent(low), high: percent(high) });
    return html(
      "tr",
      { class: paler ? "paler" : null },
      html("th", { scope: "row" }, name, ...(about ? [" ", html("span", { class: "unseen" }, about)] : [])),
      html("td", { class: "figure count" }, number(count)),
      html("td", { class: "figure" }, percent(share)),
      html("td", { class: "dots-cell", title: words }, html("span", { class: "unseen" }, words), html("span", { class: "dots", "aria-hidden": "true" }, reach, point)),
    );
  });
  return html("table", { class: "card-table dotted" }, html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...body));
}
