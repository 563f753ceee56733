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

export function hideTip() {
  byId("tip").hidden = true;
}
