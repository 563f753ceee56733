// Before a table is judged: what was found in it, and which columns hold texts and labels.

import { shortWord } from "./classes.js";
import { byId, html, settled, shortened } from "./dom.js";
import { onLanguage, t } from "./language.js";

const MOST_MEANINGS = 12;
const CELL = 120;
const SIGNS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" };

export class Columns {
  #found = null;
  #texts = [];
  #look;

  /** `look(asked)` asks the server to read the table in another way; `judge()` is called when all is chosen. */
  constructor({ look, judge }) {
    this.#look = look;
    byId("file-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#found !== null && this.#texts.length > 0) judge();
    });
    byId("file-label").addEventListener("change", () => this.again());
    byId("file-map").addEventListener("input", settled(500, () => this.again()));
    byId("file-again").addEventListener("click", () => {
      this.#texts = [];
      this.#look(this.form());
    });
    onLanguage(() => this.#speak());
  }

  /** Show what the server found; `isSame` keeps the columns that were chosen. */
  show(found, { isSame = false } = {}) {
    this.#found = found;
    const names = (found.columns ?? []).map(({ name }) => name);
    if (!isSame || this.#texts.some((name) => !names.includes(name))) {
      this.#texts = found.texts ?? [];
      byId("file-map").value = "";
      if (!isSame) byId("file-part").value = "";
    }
    byId("file-label").replaceChildren(
      html("option", { value: "" }, t("file_no_label")),
      ...names.map((name, place) => html("option", { value: place + 1, selected: name === found.labels.column }, name)),
    );
    this.#speak();
  }

  /** Return how the person says that the table is written. */
  form() {
    const header = byId("file-header").value;
    return {
      part: byId("file-part").value.trim() || null,
      encoding: byId("file-encoding").value.trim() || null,
      delimiter: byId("file-delimiter").value || null,
      header: header === "" ? null : header === "yes",
    };
  }

  /** Return what is to be judged. */
  asked() {
    return { texts: this.#texts, label: this.#label() || null, label_map: byId("file-map").value.trim() || null };
  }

  #label() {
    const place = Number(byId("file-label").value);
    return place === 0 ? "" : this.#found.columns[place - 1].name;
  }

  /** Ask anew what the labels mean: for another column, another map, or another model. */
  again() {
    if (this.#found === null || this.#found.unreadable) return;
    this.#look({ ...this.form(), label: this.#label(), label_map: byId("file-map").value.trim() || null }, { isSame: true });
  }

  #speak() {
    const found = this.#found;
    if (found === null) return;
    byId("file-found").textContent = found.unreadable
      ? t("file_unreadable")
      : t("file_found", { rows: t("file_rows", { count: found.rows }), count: found.columns.length, format: found.format, encoding: found.encoding ?? "–" });
    const problem = found.unreadable ?? (found.unclear ? { message: found.unclear } : null);
    byId("file-unclear").replaceChildren(...(problem ? [html("span", { lang: "en" }, [problem.message, problem.hint].filter(Boolean).join(" — "))] : []));
    byId("file-unclear").hidden = problem === null;
    byId("file-form-title").textContent = found.name;
    byId("file-choice").hidden = Boolean(found.unreadable);
    byId("file-judge").hidden = Boolean(found.unreadable);
    byId("file-how").open = byId("file-how").open || Boolean(found.unreadable);
    if (found.unreadable) return;
    byId("file-bad").textContent = found.bad > 0 ? t("file_bad", { count: found.bad }) : "";
    this.#drawPreview();
    this.#drawMeaning();
    byId("file-judge").disabled = this.#texts.length === 0;
    byId("file-judge").textContent = t("file_judge", { count: found.rows });
    byId("file-delimiter-found").textContent = found.delimiter === null ? "" : `(${SIGNS[found.delimiter] ? t(`file_sign_${SIGNS[found.delimiter]}`) : t("file_sign_none")})`;
  }

  /** Show the first rows below the names of the columns, each of which can be chosen. */
  #drawPreview() {
    const { columns, first_rows: rows } = this.#found;
    const heads = columns.map(({ name }) => {
      const input = html("input", { type: "checkbox", checked: this.#texts.includes(name) });
      input.addEventListener("change", () => {
        this.#texts = columns.map((one) => one.name).filter((one) => (one === name ? input.checked : this.#texts.includes(one)));
        this.#mark();
      });
      return html("th", { scope: "col" }, html("label", { class: "check" }, input, html("bdi", {}, shortened(name, 40) || "–")));
    });
    const lines = rows.map((cells) => {
      if (typeof cells === "string") return html("tr", {}, html("td", { colspan: columns.length, class: "problem", lang: "en" }, cells));
      return html("tr", {}, ...cells.map((cell) => html("td", { dir: "auto" }, shortened(cell === null ? "" : String(cell), CELL))));
    });
    byId("file-preview").replaceChildren(html("thead", {}, html("tr", {}, ...heads)), html("tbody", {}, ...lines));
    this.#mark();
  }

  #mark() {
    const { columns } = this.#found;
    for (const line of byId("file-preview").querySelectorAll("tr")) {
      if (line.children.length !== columns.length) continue;
      columns.forEach(({ name }, place) => line.children[place].classList.toggle("chosen", this.#texts.includes(name)));
    }
    byId("file-texts").textContent = this.#texts.length === 0 ? t("file_texts_none") : t("file_texts", { names: this.#texts.join(" + ") });
    byId("file-judge").disabled = this.#texts.length === 0;
  }

  #drawMeaning() {
    const { labels } = this.#found;
    const map = byId("file-map");
    byId("file-map-row").hidden = labels.column === null || (labels.meanings !== null && map.value === "");
    map.placeholder = labels.proposal;
    const about = byId("file-meaning");
    const take = byId("file-take");
    take.hidden = !labels.proposal || map.value.trim() !== "";
    take.textContent = t("file_take_map", { map: labels.proposal });
    take.onclick = () => {
      map.value = labels.proposal;
      this.again();
    };
    about.className = "small soft";
    if (labels.column === null) about.textContent = t("file_label_hint");
    else if (labels.meanings !== null) {
      const pairs = Object.entries(labels.meanings).slice(0, MOST_MEANINGS);
      about.textContent = pairs.map(([label, meaning]) => `${label} → ${meaning === "skip" ? t("file_skip") : shortWord(meaning)}`).join(" · ");
    } else {
      about.className = "small problem";
      about.textContent = map.value.trim() === "" ? t("file_label_unclear", { labels: Object.keys(labels.counts).slice(0, MOST_MEANINGS).join(", ") || "–" }) : (labels.error?.message ?? "");
    }
  }
}
