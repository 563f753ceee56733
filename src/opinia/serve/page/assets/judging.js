// Judges the texts of a list, a batch a request, and finds the single ones that the server refuses.

import { analyse } from "./api.js";
import { worked } from "./connection.js";
import { modelName } from "./models.js";

const BATCH_TEXTS = 64;
const BATCH_CHARACTERS = 200_000;

export class Judging {
  #judged;
  #failed;
  #most = BATCH_TEXTS;
  #work = null;

  /** `judged()` is called after each batch, `failed(error)` when the server cannot be used for now. */
  constructor({ judged, failed }) {
    this.#judged = judged;
    this.#failed = failed;
  }

  /** Judge the entries that have no result and no error yet; what was under way before is dropped. */
  async go(entries) {
    this.#work?.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    try {
      let batch = this.#next(entries);
      while (batch.length > 0) {
        await this.#judge(batch, signal);
        this.#judged();
        batch = this.#next(entries);
      }
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #next(entries) {
    const batch = [];
    let characters = 0;
    for (const entry of entries) {
      if (entry.result !== null || entry.error !== null) continue;
      characters += entry.text.length;
      if (batch.length === this.#most || (batch.length > 0 && characters > BATCH_CHARACTERS)) break;
      batch.push(entry);
    }
    return batch;
  }

  /** Judge a batch. One that is refused is halved, until the text at fault stands alone and gets the error. */
  async #judge(batch, signal) {
    try {
      const results = await analyse(batch.map(({ text }) => text), { model: modelName(), signal });
      worked();
      batch.forEach((entry, index) => (entry.result = results[index]));
    } catch (error) {
      signal.throwIfAborted();
      if (![400, 413, 422].includes(error.status)) throw error;
      worked();
      if (batch.length === 1) {
        batch[0].error = [error.message, error.hint].filter(Boolean).join(" — ");
        return;
      }
      const half = Math.ceil(batch.length / 2);
      if (error.code === "too_many_texts") this.#most = half;
      await this.#judge(batch.slice(0, half), signal);
      await this.#judge(batch.slice(half), signal);
    }
  }
}
