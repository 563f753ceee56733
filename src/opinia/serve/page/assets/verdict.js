// The verdict on one review: word, share, gauge or bars, doubt; spoken aloud only once it has settled.

import { Bars } from "./bars.js";
import { isPair, isUndecided, kindOf, shortWord } from "./classes.js";
import { byId, settled } from "./dom.js";
import { Gauge } from "./gauge.js";
import { chance, known, labelWord, percent, t } from "./language.js";
import { tongue } from "./models.js";

const SPOKEN_AFTER = 1200;

export class Verdict {
  #card = byId("verdict");
  #gauge = new Gauge(byId("gauge"));
  #bars = new Bars(byId("bars"));
  #result = null;
  #failed = false;
  #waits = false;
  #spoken = "";
  #speakSoon = settled(SPOKEN_AFTER, () => this.#say());

  /** Show that an answer is on its way; an old one stays until then. */
  wait() {
    this.#waits = true;
    this.#card.classList.add("waiting");
    if (this.#result === null) this.speak();
  }

  /** Show a result of the server, or that there is none (null): no text, or it could not be judged. */
  show(result, { failed = false } = {}) {
    this.#result = result;
    this.#failed = failed;
    this.#waits = false;
    this.#card.classList.remove("waiting");
    this.speak();
  }

  /** Write the words in the current language. */
  speak() {
    const result = this.#result;
    const open = result !== null && isUndecided(result);
    this.#card.dataset.label = result === null ? "none" : open ? "undecided" : kindOf(result.label);
    this.#card.classList.toggle("many", !isPair());
    byId("gauge").hidden = !isPair();
    byId("bars").hidden = isPair();
    if (isPair()) this.#gauge.show(result?.positive ?? null);
    else this.#bars.show(result);
    const [word, hint] = this.#waits
      ? [t("verdict_waits"), ""]
      : this.#failed
        ? [t("not_judged"), ""]
        : [t("verdict_none"), t("verdict_hint")];
    byId("verdict-word").textContent = result ? wordOf(result) : word;
    byId("verdict-share").textContent = result ? shareOf(result) : hint;
    byId("read-by").textContent = result?.read_by ? t("read_by", { model: result.read_by }) : "";
    byId("read-by").hidden = !result?.read_by;
    const doubt = result && doubtAbout(result);
    byId("doubt").textContent = doubt ?? "";
    byId("doubt").hidden = !doubt;
    this.#speakSoon();
  }

  #say() {
    const result = this.#result;
    const words = result
      ? t("spoken", { label: wordOf(result), share: isUndecided(result) ? shareOf(result, 0) : chance(result.probability, 0) }) + (doubtAbout(result) ?? "")
      : "";
    if (words !== this.#spoken) byId("spoken").textContent = words;
    this.#spoken = words;
  }
}

/** Return the answer as a word: that of its class, or that it is undecided. */
const wordOf = (result) => isUndecided(result) ? t("undecided") : labelWord(result.label);

/** Return how sure the model is, and where it leans if it is undecided. */
function shareOf({ label, probability, ...rest }, digits = 1) {
  const share = chance(probability, digits);
  return isUndecided({ label, probability, ...rest }) ? t("leans", { label: shortWord(label), share }) : t("sure", { share });
}

/** Return why an answer should not be trusted, in words, or null: the server knows it. */
export function doubtAbout({ doubt, unknown, unknown_words: words, language: found }) {
  if (doubt === "no_words") return t("no_words");
  if (doubt === "none_known") return t("none_known");
  const language = tongue();
  if (doubt === "other_language") {
    const named = found && language !== null && known(`tongue_${found}`);
    return named ? t("other_language_named", { found: t(`tongue_${found}`), language }) : t("other_language");
  }
  if (!doubt) return null;
  const share = percent(unknown ?? 1, 0);
  if (2 * (words ?? unknown) <= unknown) return t("mostly_unknown_signs", { share });
  return language === null || found ? t("mostly_unknown_open", { share }) : t("mostly_unknown", { share, language });
}
