// One row of a table, opened: its text with the words that moved the answer, its label, its other columns.

import { analyse, explain } from "./api.js";
import { cutWord, kindOf } from "./classes.js";
import { byId, html } from "./dom.js";
import { Disagreement } from "./disagree.js";
import { chance, labelWord, number, t } from "./language.js";
import { unitOffsets } from "./offsets.js";
import { showStrongest } from "./strongest.js";
import { Tint } from "./tint.js";
import { doubtAbout } from "./verdict.js";
import { painted, weight } from "./weight.js";

const LONGEST_EXPLAINED = 60_000;

export class Opened {
  #dialog = byId("file-row");
  #tint = new Tint(byId("row-text"));
  #disagreement = new Disagreement(byId("row-disagree"));
  #list;
  #place = 0;
  #work = new AbortController();
  #about = null;

  /** `textOf(cells)` returns the text of a row, `about()` what is known of the table, `take(text)` goes on with one. */
  constructor(list, { textOf, about, take }) {
    this.#list = list;
    this.#about = { textOf, about, take };
    byId("row-close").addEventListener("click", () => this.#dialog.close());
    byId("row-before").addEventListener("click", () => this.#step(-1));
    byId("row-after").addEventListener("click", () => this.#step(1));
    this.#dialog.addEventListener("close", () => this.#work.abort());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.target.closest("input, select, textarea")) return;
      const step = { ArrowLeft: -1, ArrowRight: 1, k: -1, j: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#step(step);
    });
    byId("row-take").addEventListener("click", async () => {
      const cells = await this.#list.cellsOf(this.#list.at(this.#place));
      this.#dialog.close();
      take(textOf(cells) ?? "");
    });
  }

  /** Open the row at a place of the list. */
  open(place) {
    this.#place = place;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#show();
  }

  #step(by) {
    const place = this.#place + by;
    if (place < 0 || place >= this.#list.length) return;
    this.#list.activate(place);
    this.open(place);
  }

  async #show() {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    const { answers, model, columns, texts } = this.#about.about();
    const row = this.#list.at(this.#place);
    byId("row-title").textContent = t("file_row", { row: number(row + 1), place: number(this.#place + 1), count: number(this.#list.length) });
    byId("row-before").disabled = this.#place === 0;
    byId("row-after").disabled = this.#place === this.#list.length - 1;
    this.#drawVerdict(answers, row);
    for (const id of ["row-strongest", "row-others"]) byId(id).replaceChildren();
    byId("row-doubt").hidden = true;
    byId("row-disagree").hidden = true;
    byId("row-take").disabled = true;
    this.#tint.show("", []);
    try {
      const cells = await this.#list.cellsOf(row);
      if (signal.aborted) return;
      const text = this.#about.textOf(cells);
      this.#drawOthers(cells, columns, texts);
      this.#tint.show(text ?? "", []);
      if (text === null || answers.label[row] < 0) {
        byId("row-doubt").textContent = answers.errors.get(row) ?? (typeof cells === "string" ? cells : "");
        byId("row-doubt").hidden = false;
        return;
      }
      byId("row-take").disabled = false;
      this.#disagreement.show({ text, labels: answers.classes, answer: answers.classes[answers.label[row]] });
      byId("row-disagree").hidden = false;
      const [result] = await analyse([text], { model, signal });
      const doubt = doubtAbout(result);
      byId("row-doubt").textContent = doubt ?? "";
      byId("row-doubt").hidden = !doubt;
      if (text.trim() !== "" && text.length <= LONGEST_EXPLAINED) await this.#explain(text, model, signal);
    } catch (error) {
      if (signal.aborted) return;
      byId("row-doubt").textContent = [t("file_row_failed"), error.message].filter(Boolean).join(" ");
      byId("row-doubt").hidden = false;
    }
  }

  #drawVerdict(answers, row) {
    const label = answers.classes[answers.label[row]];
    const word = byId("row-verdict");
    if (label === undefined) {
      Object.assign(word.dataset, { label: "undecided" });
      word.textContent = t("not_judged");
      byId("row-share").textContent = "";
      return;
    }
    const open = answers.facets.get("verdict").codes[row] === answers.undecided;
    word.dataset.label = open ? "undecided" : kindOf(label);
    word.textContent = open ? t("undecided") : labelWord(label);
    const share = chance(answers.probability[row]);
    byId("row-share").textContent = open ? t("leans", { label: cutWord(label), share }) : t("sure", { share });
    const truth = answers.truth[row];
    if (truth >= 0) byId("row-share").textContent += ` · ${t(truth === answers.label[row] ? "file_row_right" : "file_row_wrong", { label: cutWord(answers.classes[truth]) })}`;
  }

  #drawOthers(cells, columns, texts) {
    if (typeof cells === "string") return;
    const rows = columns.map((name, place) => [name, cells[place]]).filter(([name, cell]) => !texts.includes(name) && cell !== "");
    byId("row-others").replaceChildren(...rows.map(([name, cell]) => html("div", {}, html("dt", {}, html("bdi", {}, name)), html("dd", { dir: "auto" }, cell))));
  }

  async #explain(text, model, signal) {
    byId("row-strongest").replaceChildren(html("p", { class: "soft small" }, t("explaining")));
    const answer = await explain(text, { model, signal });
    const unit = unitOffsets(text);
    const pieces = answer.contributions.map(({ start, end, contribution }) => {
      const [from, to] = [unit(start), unit(end)];
      return { start: from, end: to, contribution, weight: painted(answer.unit, weight(contribution, answer.positive)), word: text.slice(from, to) };
    });
    this.#tint.show(text, pieces);
    showStrongest(byId("row-strongest"), pieces, answer.target);
  }
}

