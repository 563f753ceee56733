// "I disagree": says what a text should have been called, and keeps that on this device.

import { cutWord, shortWord } from "./classes.js";
import { correct, corrections, correctionsCsv, forgetAll, labelOf, onCorrections, restore, takeBack } from "./corrections.js";
import { save } from "./csv.js";
import { byId, html } from "./dom.js";
import { onLanguage, t } from "./language.js";
import { offerUndo } from "./undo.js";

const BUTTONS = 3;

export class Disagreement {
  #host;
  #case = null;
  #failed = false;

  constructor(host) {
    this.#host = host;
    onCorrections(() => this.#draw());
    onLanguage(() => this.#draw());
  }

  /** Show what can be said about an answer `{text, labels, answer}`, or nothing (null). */
  show(judged) {
    this.#case = judged;
    this.#failed = false;
    this.#draw();
  }

  #draw() {
    this.#host.hidden = this.#case === null;
    if (this.#case === null) return;
    const { text } = this.#case;
    const focused = this.#host.contains(document.activeElement);
    const given = labelOf(text);
    this.#host.replaceChildren(...(given === null ? this.#question() : this.#answer(given)));
    if (this.#failed) this.#host.append(html("span", { class: "problem small", role: "alert" }, t("disagree_full")));
    if (focused) this.#host.querySelector("button, select")?.focus();
  }

  #question() {
    const { labels, answer } = this.#case;
    const others = labels.filter((label) => label !== answer);
    if (others.length < BUTTONS) {
      return [
        html("span", { class: "soft small" }, t("disagree")),
        ...others.map((label) => {
          const button = html("button", { type: "button", class: "quiet small" }, t("disagree_is", { label: shortWord(label) }));
          button.addEventListener("click", () => this.#give(label));
          return button;
        }),
      ];
    }
    const choice = html("select", { "aria-label": t("disagree") }, html("option", { value: "" }, t("disagree_choose")), ...others.map((label, index) => html("option", { value: index }, cutWord(label))));
    choice.addEventListener("change", () => choice.value !== "" && this.#give(others[choice.value]));
    return [html("span", { class: "soft small", "aria-hidden": "true" }, t("disagree")), choice];
  }

  #answer(given) {
    const back = html("button", { type: "button", class: "quiet small" }, t("undo"));
    back.addEventListener("click", () => takeBack(this.#case.text));
    return [html("span", { class: "small", role: "status" }, t("disagree_kept", { label: shortWord(given) })), back];
  }

  #give(label) {
    const { text, answer } = this.#case;
    this.#failed = !correct({ text, label, answer });
    this.#draw();
  }
}

/** Put the bar with all corrections to work: how many there are, as a table, and their end. */
export function startCorrections() {
  const draw = () => {
    const { length } = corrections();
    byId("corrections").hidden = length === 0;
    byId("corrections-count").textContent = t("corrections", { count: length });
  };
  byId("corrections-save").addEventListener("click", () => save("corrections.csv", correctionsCsv()));
  byId("corrections-forget").addEventListener("click", () => {
    const before = corrections();
    offerUndo("undo_corrections", { count: before.length }, () => restore(before));
    forgetAll();
  });
  onCorrections(draw);
  onLanguage(draw);
  window.addEventListener("storage", draw);
}
