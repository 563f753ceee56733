// The reading curve: the probability of a class after each word, to point at or to walk along; of more classes
// than two those of the others beside it.

import { hueOf, ofClass, cutWord, titleOf } from "./classes.js";
import { html, shortened, svg } from "./dom.js";
import { chance, percent, t } from "./language.js";
import { hideTip, showTip, untilElsewhere } from "./tip.js";

const HEIGHT = 190;
const EDGE = { left: 46, right: 12, top: 12, bottom: 12 };
const MOST_OTHERS = 7;

export class Curve {
  #picture;
  #pointed;
  #points = [];
  #target = null;
  #classes = null;
  #others = [];
  #names = html("ul", { class: "curve-names" });
  #index = -1;
  #width = 0;
  #marker = null;

  /** `pointed(index or null)` is called when a point is chosen or let go. */
  constructor(host, pointed) {
    this.#pointed = pointed;
    this.#picture = svg("svg", { height: HEIGHT, role: "slider", tabindex: 0, "aria-orientation": "horizontal" });
    host.replaceChildren(this.#picture, this.#names);
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.width)).observe(host);
    this.#picture.addEventListener("pointermove", (event) => this.#pick(event));
    this.#picture.addEventListener("pointerdown", (event) => this.#pick(event));
    this.#picture.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || this.#leave());
    untilElsewhere(this.#picture, () => this.#leave());
    this.#picture.addEventListener("focus", () => {
      if (this.#picture.matches(":focus-visible")) this.#choose(this.#index < 0 ? this.#points.length - 1 : this.#index);
    });
    this.#picture.addEventListener("blur", () => this.#leave());
    this.#picture.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Show points `{word, positive, probabilities}` about a class, in reading order; `classes` is null for two. */
  show(points, target, classes) {
    this.#points = points;
    this.#target = target;
    this.#classes = classes;
    const most = (index) => points.reduce((high, { probabilities }) => Math.max(high, probabilities[index]), 0);
    this.#others = (classes ?? [])
      .map((label, index) => ({ label, index }))
      .filter(({ label }) => label !== target)
      .sort((a, b) => most(b.index) - most(a.index))
      .slice(0, MOST_OTHERS);
    this.#index = Math.min(this.#index, points.length - 1);
    this.#draw();
  }

  #resize(width) {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    this.#draw();
  }

  #x(index) {
    const room = this.#width - EDGE.left - EDGE.right;
    return EDGE.left + (this.#points.length < 2 ? room / 2 : (room * index) / (this.#points.length - 1));
  }

  #y(share) {
    return EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);
  }

  /** Draw everything anew, in the current language. */
  #draw() {
    const picture = this.#picture;
    picture.replaceChildren();
    if (this.#width === 0 || this.#points.length === 0) return;
    picture.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    const [top, middle, bottom] = [1, 0.5, 0].map((share) => this.#y(share));
    const colours = { id: "curve-colours", gradientUnits: "userSpaceOnUse", x1: 0, x2: 0, y1: top, y2: bottom };
    const stops = [[0, "for"], [0.42, "for"], [0.58, "against"], [1, "against"]];
    picture.append(
      svg("defs", {}, svg("linearGradient", colours, ...stops.map(([offset, name]) => svg("stop", { offset, class: `stop-${name}` })))),
    );
    for (const share of [0, 0.5, 1]) {
      const y = this.#y(share);
      picture.append(
        svg("path", { class: share === 0.5 ? "axis middle" : "axis", d: `M${EDGE.left} ${y}H${this.#width - EDGE.right}` }),
        svg("text", { class: "tick", x: EDGE.left - 8, y: y + 4, "text-anchor": "end" }, percent(share, 0)),
      );
    }
    const path = (share) =>
      `M${this.#points.map((point, index) => `${this.#x(index).toFixed(1)} ${this.#y(share(point)).toFixed(1)}`).join("L")}`;
    const line = path(({ positive }) => positive);
    const others = this.#others.map(({ label, index }) =>
      svg("path", { class: "curve-other", "data-hue": hueOf(label, this.#classes), d: path(({ probabilities }) => probabilities[index]) }),
    );
    const hue = this.#classes === null ? {} : { "data-hue": hueOf(this.#target, this.#classes) };
    const stroke = this.#classes === null ? { stroke: "url(#curve-colours)" } : {};
    const fill = this.#classes === null ? { fill: "url(#curve-colours)" } : {};
    const last = this.#points.length - 1;
    this.#marker = svg("g", { class: "marker", visibility: "hidden" }, svg("path", { d: `M0 ${top}V${bottom}` }), svg("circle", { r: 5 }));
    picture.append(
      svg("path", { class: "curve-area", d: `${line}V${this.#classes === null ? middle : bottom}H${this.#x(0)}Z`, ...fill, ...hue }),
      ...others,
      svg("path", { class: "curve-line", d: line, ...stroke, ...hue }),
      svg("circle", { class: "curve-end", cx: this.#x(last), cy: this.#y(this.#points[last].positive), r: 4 }),
      this.#marker,
    );
    picture.setAttribute("aria-label", t("curve_label"));
    picture.setAttribute("aria-valuemin", 1);
    picture.setAttribute("aria-valuemax", this.#points.length);
    this.#name(this.#index < 0 ? last : this.#index);
    this.#nameClasses();
  }

  /** Name the lines below the picture, where there are several. */
  #nameClasses() {
    const named = this.#classes === null ? [] : [{ label: this.#target }, ...this.#others];
    this.#names.replaceChildren(
      ...named.map(({ label }, place) =>
        html("li", { class: place ? null : "target" }, html("i", { "data-hue": hueOf(label, this.#classes) }), html("bdi", { title: titleOf(label) }, cutWord(label))),
      ),
    );
    this.#names.hidden = named.length === 0;
  }

  #name(index) {
    const { word, positive } = this.#points[index];
    const values = { word: shortened(word, 60), share: chance(positive) };
    const text = ofClass("curve_point", "curve_point_class", this.#target, values);
    this.#picture.setAttribute("aria-valuenow", index + 1);
    this.#picture.setAttribute("aria-valuetext", text);
    return text;
  }

  #choose(index) {
    if (this.#points.length === 0) return;
    this.#index = Math.max(0, Math.min(index, this.#points.length - 1));
    const text = this.#name(this.#index);
    const y = this.#y(this.#points[this.#index].positive);
    this.#marker.setAttribute("transform", `translate(${this.#x(this.#index)} 0)`);
    this.#marker.lastChild.setAttribute("cy", y);
    this.#marker.setAttribute("visibility", "visible");
    this.#pointed(this.#index);
    const place = this.#picture.getBoundingClientRect();
    showTip(place.left + this.#x(this.#index), place.top + y, html("span", {}, text), ...this.#otherShares());
  }

  /** Return the shares of the other classes at the chosen point, the most probable first. */
  #otherShares() {
    const { probabilities } = this.#points[this.#index];
    return [...this.#others]
      .sort((a, b) => probabilities[b.index] - probabilities[a.index])
      .map(({ label, index }) => html("div", { class: "soft" }, html("bdi", {}, cutWord(label)), `: ${chance(probabilities[index])}`));
  }

  #pick(event) {
    const part = (event.clientX - this.#picture.getBoundingClientRect().left - EDGE.left) / (this.#width - EDGE.left - EDGE.right);
    this.#choose(Math.round(part * (this.#points.length - 1)));
  }

  #leave() {
    this.#index = -1;
    this.#marker?.setAttribute("visibility", "hidden");
    this.#pointed(null);
    hideTip();
  }

  #walk(event) {
    const last = this.#points.length - 1;
    const from = this.#index < 0 ? last : this.#index;
    const leap = Math.max(1, Math.round(last / 10));
    const steps = {
      ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1,
      PageDown: from - leap, PageUp: from + leap, Home: 0, End: last,
    };
    if (event.key === "Escape") this.#leave();
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#choose(steps[event.key]);
  }
}
