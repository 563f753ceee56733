// The table of verdicts: one row an entry, only as many as a person looks at.

import { classes, cutWord, hueOf, isPair, isUndecided, kindOf, shareOf, titleOf } from "./classes.js";
import { byId, html, shortened } from "./dom.js";
import { chance, t } from "./language.js";
import { reads } from "./models.js";
import { doubtAbout } from "./verdict.js";

const PAGE = 100;
const SHORT = 160;

export class Rows {
  #remove;
  #rows = new Map();
  #entries = [];
  #shown = PAGE;
  #order = "none";

  /** `remove(id)` is called when the person takes a text off the list. */
  constructor(remove) {
    this.#remove = remove;
    byId("more").addEventListener("click", () => {
      this.#shown += PAGE;
      this.show(this.#entries);
    });
    byId("sort").addEventListener("click", () => {
      this.#order = { none: "descending", descending: "ascending", ascending: "none" }[this.#order];
      byId("column-probability").setAttribute("aria-sort", this.#order);
      this.show(this.#entries);
    });
  }

  /** Show the entries `{id, text, result, error}`, in the order the person chose. */
  show(entries) {
    this.#entries = entries;
    const visible = this.#sorted(entries).slice(0, this.#shown);
    const alive = new Set(entries.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!alive.has(id)) this.#rows.delete(id);
    const wanted = visible.map((entry) => this.#row(entry));
    const body = byId("rows");
    if (wanted.length !== body.children.length || wanted.some((row, index) => row !== body.children[index])) {
      const focused = document.activeElement;
      body.replaceChildren(...wanted);
      if (wanted.some((row) => row.contains(focused))) focused.focus();
    }
    const rest = entries.length - visible.length;
    byId("more").hidden = rest === 0;
    byId("more").textContent = t("more", { count: Math.min(rest, PAGE) });
  }

  #sorted(entries) {
    if (this.#order === "none") return entries;
    const sign = this.#order === "ascending" ? 1 : -1;
    return [...entries].sort((a, b) => sign * ((shownShare(a.result) ?? 0.5) - (shownShare(b.result) ?? 0.5)));
  }

  #row(entry) {
    let row = this.#rows.get(entry.id);
    if (row === undefined) {
      row = html(
        "tr",
        { role: "row" },
        html("td", { role: "cell", class: "cell-text" }, html("div", { lang: reads(), dir: "auto" }, wholeText(entry.text))),
        html("td", { role: "cell", class: "cell-verdict" }),
        html("td", { role: "cell", class: "cell-share" }),
        html("td", { role: "cell", class: "cell-remove" }, this.#removeButton(entry.id)),
      );
      this.#rows.set(entry.id, row);
    }
    const [words, verdict, share, last] = row.children;
    const { result, error, text } = entry;
    const doubt = result && doubtAbout(result);
    words.replaceChildren(words.firstChild, ...(doubt ? [html("p", { class: "row-doubt" }, doubt)] : []));
    verdict.replaceChildren(...verdictOf(result, error));
    const shown = shownShare(result);
    share.replaceChildren(...(shown === null ? [] : [bar(shown), html("span", {}, chance(shown))]));
    last.firstElementChild.setAttribute("aria-label", t("remove_one", { text: shortened(text, 40) }));
    last.firstElementChild.title = t("remove");
    return row;
  }

  #removeButton(id) {
    const button = html("button", { type: "button", class: "quiet cross" }, "×");
    button.addEventListener("click", () => {
      const row = button.closest("tr");
      const next = row.nextElementSibling ?? row.previousElementSibling;
      this.#remove(id);
      next?.querySelector(".cross")?.focus();
    });
    return button;
  }
}

function wholeText(text) {
  if (text.length <= SHORT) return text;
  return html("details", {}, html("summary", {}, shortened(text, SHORT)), text);
}

function verdictOf(result, error) {
  if (result && isUndecided(result)) return [html("span", { class: "badge", "data-label": "undecided" }, t("undecided"))];
  if (result) {
    const about = { "data-label": kindOf(result.label), "data-hue": hueOf(result.label), "data-doubt": result.doubt, title: titleOf(result.label) };
    return [html("span", { class: "badge", dir: "auto", ...about }, cutWord(result.label))];
  }
  if (error === null) return [html("span", { class: "soft" }, t("waiting"))];
  return [html("span", { class: "problem" }, t("not_judged")), html("span", { class: "soft small", lang: "en" }, ` ${error}`)];
}

/** Return the probability that a row shows: of two classes that of the second, of more that of the answer. */
function shownShare(result) {
  if (!result) return null;
  return shareOf(result, isPair() ? classes()[1] : result.label);
}

function bar(positive) {
  const whole = html("span", { class: "share-bar", "aria-hidden": "true" }, html("i"));
  if (!isPair()) {
    whole.dataset.side = "all";
    whole.firstElementChild.style.width = `${100 * positive}%`;
    return whole;
  }
  whole.dataset.side = positive >= 0.5 ? "for" : "against";
  whole.firstElementChild.style.width = `${100 * Math.abs(positive - 0.5)}%`;
  return whole;
}
