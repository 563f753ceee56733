// Takes back what emptied or replaced something: a bar with one button, until the next such act.

import { byId } from "./dom.js";
import { onLanguage, t } from "./language.js";

let offer = null;

/** Put the bar to work. */
export function startUndo() {
  byId("undo").addEventListener("click", takeBack);
  byId("undo-close").addEventListener("click", forgetUndo);
  document.addEventListener("keydown", (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    // In a text field the key is the browser's own.
    if (!isUndo || offer === null || event.target.closest?.("textarea, input:not([type=checkbox])")) return;
    event.preventDefault();
    takeBack();
  });
  onLanguage(speak);
}

/** Offer to take something back; `words` is the key of what happened, `values` fill it in. */
export function offerUndo(words, values, restore) {
  offer = { words, values, restore };
  speak();
  byId("undo-bar").hidden = false;
}

/** Withdraw the offer: there is something newer. */
export function forgetUndo() {
  offer = null;
  byId("undo-bar").hidden = true;
}

function takeBack() {
  const { restore } = offer;
  forgetUndo();
  restore();
}

function speak() {
  if (offer !== null) byId("undo-words").textContent = t(offer.words, offer.values);
}
