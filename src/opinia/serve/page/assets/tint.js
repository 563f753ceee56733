// A copy of the text behind the typing area, invisible but for the tints of its words.

import { greatest } from "./weight.js";

const CHUNK = 400;
const LEVELS = 5;
const FAINTEST = 0.08;

/** Return how strongly a piece is tinted, from 0 (not at all) to LEVELS; `share` is of the greatest weight. */
function strength(share) {
  return share < FAINTEST ? 0 : Math.ceil(LEVELS * Math.min(1, share));
}

export class Tint {
  #layer;
  #spans = [];
  #frame = 0;

  constructor(layer) {
    this.#layer = layer;
  }

  /** Show the text with its pieces `{start, end, weight}` tinted: the first ones at once, the others a chunk a frame. */
  show(text, pieces) {
    cancelAnimationFrame(this.#frame);
    this.#spans = [];
    this.#layer.replaceChildren();
    this.#grow(text, pieces, greatest(pieces), 0, 0);
  }

  #grow(text, pieces, scale, next, place) {
    const part = document.createDocumentFragment();
    const stop = Math.min(next + CHUNK, pieces.length);
    for (const { start, end, weight } of pieces.slice(next, stop)) {
      const span = document.createElement("span");
      const level = strength(Math.abs(weight) / scale);
      span.className = level === 0 ? "piece" : `piece ${weight > 0 ? "for" : "against"}`;
      span.dataset.strength = level;
      span.textContent = text.slice(start, end);
      part.append(text.slice(place, start), span);
      this.#spans.push(span);
      place = end;
    }
    // The rest stands there untinted, so that the height is right; a final line break needs a letter behind it.
    const rest = document.createTextNode(`${text.slice(place)}\u200b`);
    part.append(rest);
    this.#layer.append(part);
    if (stop === pieces.length) return;
    this.#frame = requestAnimationFrame(() => {
      rest.remove();
      this.#grow(text, pieces, scale, stop, place);
    });
  }

  /** Outline one piece, or none (null). */
  point(index) {
    this.#layer.querySelector(".pointed")?.classList.remove("pointed");
    if (index !== null) this.#spans[index]?.classList.add("pointed");
  }

  /** Return the number of the piece at a point of the window, or -1. */
  at(x, y) {
    const hit = document.elementsFromPoint(x, y).find((one) => one.classList.contains("piece"));
    return hit && this.#layer.contains(hit) ? this.#spans.indexOf(hit) : -1;
  }
}
