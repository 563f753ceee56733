// The verdict on one review: word, share, gauge or bars, doubt; spoken aloud only once it has settled.

import { Bars } from "./bars.js";
import { isPair, kindOf } from "./classes.js";
import { byId, settled } from "./dom.js";
import { Gauge } from "./gauge.js";
import { labelWord, percent, t } from "./language.js";
import { tongue } from "./models.js";

const SPOKEN_AFTER = 1200;

export class Verdict {
  #card = byId("verdict");
  #gauge = new Gauge(byId("gauge"));
  #bars = new Bars(byId("bars"));
  #result = null;
  #failed = false;
  #spoken = "";
  #speakSoon = settled(SPOKEN_AFTER, () => this.#say());

  /** Show that an answer is on its way; the old one stays until then. */
  wait() {
    this.#card.classList.add("waiting");
  }

  /** Show a result of the server, or that there is none (null): no text, or it could not be judged. */
  show(result, { failed = false } = {}) {
    this.#result = result;
    this.#failed = failed;
    this.#card.classList.remove("waiting");
    this.speak();
  }

  /** Write the words in the current language. */
  speak() {
    const result = this.#result;
    this.#card.dataset.label = result === null ? "none" : kindOf(result.label);
    this.#card.classList.toggle("many", !isPair());
    byId("gauge").hidden = !isPair();
    byId("bars").hidden = isPair();
    if (isPair()) this.#gauge.show(result?.positive ?? null);
    else this.#bars.show(result);
    const [word, hint] = this.#failed ? [t("not_judged"), ""] : [t("verdict_none"), t("verdict_hint")];
    byId("verdict-word").textContent = result ? labelWord(result.label) : word;
    byId("verdict-share").textContent = result ? t("sure", { share: percent(result.probability) }) : hint;
    const doubt = result && doubtAbout(result);
    byId("doubt").textContent = doubt ?? "";
    byId("doubt").hidden = !doubt;
    this.#speakSoon();
  }

  #say() {
    const result = this.#result;
    const words = result
      ? t("spoken", { label: labelWord(result.label), share: percent(result.probability, 0) }) + (doubtAbout(result) ?? "")
      : "";
    if (words !== this.#spoken) byId("spoken").textContent = words;
    this.#spoken = words;
  }
}

/** Return why an answer should not be trusted, in words, or null: the server knows it. */
export function doubtAbout({ doubt, unknown }) {
  if (doubt === "no_words") return t("no_words");
  if (doubt === "none_known") return t("none_known");
  if (doubt === "other_language") return t("other_language");
  if (!doubt) return null;
  const [share, language] = [percent(unknown ?? 1, 0), tongue()];
  return language === null ? t("mostly_unknown_open", { share }) : t("mostly_unknown", { share, language });
}
