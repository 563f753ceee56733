// A half circle from the first of two classes to the second, from negative to positive, with a needle.

import { classes, ofClass, cutWord } from "./classes.js";
import { svg } from "./dom.js";
import { chance } from "./language.js";

const LONGEST_END = 16;

const RADIUS = 82;
const CENTRE = { x: 110, y: 102 };

const at = (share, radius) => {
  const angle = Math.PI * (1 - share);
  return `${CENTRE.x + radius * Math.cos(angle)} ${CENTRE.y - radius * Math.sin(angle)}`;
};

/** The picture of one probability; `show(null)` is a gauge without a value. */
export class Gauge {
  #picture = svg("svg", { viewBox: "0 0 220 136", role: "img" });
  #needle = svg("g", { class: "needle" });
  #left = svg("text", { x: CENTRE.x - RADIUS, y: 130, class: "gauge-end against" });
  #right = svg("text", { x: CENTRE.x + RADIUS, y: 130, class: "gauge-end for" });
  #value = null;

  constructor(host) {
    const colours = svg("linearGradient", { id: "gauge-colours" });
    for (const [offset, name] of [[0, "against"], [0.5, "middle"], [1, "for"]]) {
      colours.append(svg("stop", { offset, class: `stop-${name}` }));
    }
    const arc = `M${at(0, RADIUS)} A${RADIUS} ${RADIUS} 0 0 1 ${at(1, RADIUS)}`;
    this.#needle.append(svg("path", { d: `M${CENTRE.x - 4} ${CENTRE.y}L${CENTRE.x} ${CENTRE.y - RADIUS + 16}L${CENTRE.x + 4} ${CENTRE.y}Z` }));
    this.#picture.append(
      svg("defs", {}, colours),
      svg("path", { class: "gauge-arc", d: arc, stroke: "url(#gauge-colours)" }),
      ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
        svg("path", { class: "gauge-tick", d: `M${at(share, RADIUS - 13)}L${at(share, RADIUS - 19)}` }),
      ),
      this.#needle,
      svg("circle", { class: "gauge-hub", cx: CENTRE.x, cy: CENTRE.y, r: 7 }),
      this.#left,
      this.#right,
    );
    host.replaceChildren(this.#picture);
  }

  /** Show the probability of the second class, positive, from 0 to 1, or none (null). */
  show(value) {
    this.#value = value;
    this.#needle.style.transform = `rotate(${180 * (value ?? 0.5) - 90}deg)`;
    this.#picture.classList.toggle("empty", value === null);
    this.speak();
  }

  /** Write the words in the current language. */
  speak() {
    const [first, second] = classes();
    this.#left.textContent = cutWord(first, LONGEST_END);
    this.#right.textContent = cutWord(second, LONGEST_END);
    const share = this.#value === null ? null : chance(this.#value);
    this.#picture.setAttribute("aria-label", share === null ? ofClass("gauge_empty", "gauge_empty_class", second) : ofClass("gauge", "gauge_class", second, { share }));
  }
}
