// The one small box that follows the pointer, or the point that the arrow keys chose.

import { byId } from "./dom.js";

const GAP = 14;

/** Show the box beside a point of the window, inside of it; its content is elements or texts. */
export function showTip(x, y, ...content) {
  const tip = byId("tip");
  tip.replaceChildren(...content);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const left = x + GAP + width > room ? x - GAP - width : x + GAP;
  const top = y - GAP - height < 0 ? y + GAP : y - GAP - height;
  tip.style.left = `${Math.max(4, Math.min(left, room - width - 4))}px`;
  tip.style.top = `${top}px`;
}

/** Show the box above a picture, or below it where there is no room: it covers no line. */
export function showTipOutside(picture, x, ...content) {
  const { top, bottom } = picture.getBoundingClientRect();
  showTip(x, top, ...content);
  const tip = byId("tip");
  const { height } = tip.getBoundingClientRect();
  const above = top - height - 4;
  tip.style.top = `${above >= 0 ? above : Math.min(bottom + 4, document.documentElement.clientHeight - height - 4)}px`;
}

/** Take away what a finger chose on an element as soon as it touches something else, or the page scrolls. */
export function untilElsewhere(element, leave) {
  let touched = false;
  const go = () => {
    if (touched) leave();
    touched = false;
  };
  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    if (pointerType !== "touch") return;
    if (element.contains(target)) touched = true;
    else go();
  });
  window.addEventListener("scroll", go, { passive: true });
}

export function hideTip() {
  byId("tip").hidden = true;
}
