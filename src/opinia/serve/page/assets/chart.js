// One metric of many runs against the epoch: solid lines for validation, dashed ones for training.

import { html, shortened, svg } from "./dom.js";
import { decimal, percent, t } from "./language.js";
import { linear, places, ticks } from "./scale.js";
import { hideTip, showTipOutside, untilElsewhere } from "./tip.js";

const HEIGHT = 300;
const EDGE = { left: 56, right: 14, top: 14, bottom: 40 };
const NAMED = 6;
const MOST_LABELS = 8;
const LONGEST_LABEL = 22;
const LETTER = 7.6;
const LINE = 14;
const WIDE = 430;

/** Give an element the colour of a line by its number. */
export function paint(element, number) {
  element.dataset.hue = number;
}

export class Chart {
  #metric;
  #pointed;
  #picture;
  #heading = html("h2");
  #lines = [];
  #epochs = [];
  #width = 0;
  #x = null;
  #y = null;
  #epoch = -1;
  #cursor = null;
  #labelled = [];

  /**
   * `metric` is "accuracy" or "loss"; `pointed(epoch or null, run or null)` is called when an epoch
   * is chosen, so that the charts move together.
   */
  constructor(host, metric, pointed) {
    this.#metric = metric;
    this.#pointed = pointed;
    this.#picture = svg("svg", { height: HEIGHT, role: "slider", tabindex: 0, "aria-orientation": "horizontal", "data-metric": metric });
    const box = html("div", { class: "chart" }, this.#picture);
    host.append(html("figure", { class: "card" }, html("figcaption", {}, this.#heading), box));
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.width)).observe(box);
    this.#picture.addEventListener("pointermove", (event) => this.#pick(event));
    this.#picture.addEventListener("pointerdown", (event) => this.#pick(event));
    this.#picture.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || this.#leave());
    untilElsewhere(this.#picture, () => this.#leave());
    this.#picture.addEventListener("blur", () => this.#leave());
    this.#picture.addEventListener("focus", () => {
      if (this.#picture.matches(":focus-visible")) this.#choose(this.#epochs.length - 1, null);
    });
    this.#picture.addEventListener("keydown", (event) => this.#walk(event));
  }

  /**
   * Show lines `{run, colour, kind, label, seed, points: [{epoch, value, sd}]}`; kind is "train" or "validation", a
   * standard deviation makes a band, a label is written beside the end, and a seed is thin.
   */
  show(lines) {
    this.#lines = lines;
    this.#epochs = [...new Set(lines.flatMap(({ points }) => points.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
    this.#draw();
  }

  /** Move the cursor to an epoch, or take it away (null), and make one run stand out. */
  point(epoch, run) {
    if (this.#cursor === null) return;
    this.#cursor.setAttribute("visibility", epoch === null ? "hidden" : "visible");
    if (epoch !== null) this.#cursor.setAttribute("transform", `translate(${this.#x(epoch)} 0)`);
    this.stress(run);
  }

  /** Make the lines of one run stand out from the others, or none (null). */
  stress(run) {
    this.#picture.classList.toggle("stressing", run !== null);
    for (const path of this.#picture.querySelectorAll(".line, .line-label")) path.classList.toggle("near", path.dataset.run === run);
  }

  #resize(width) {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    this.#draw();
  }

  #say(value) {
    return this.#metric === "accuracy" ? percent(value, 2) : decimal(value, 4);
  }

  #saySpread(sd) {
    return this.#metric === "accuracy" ? decimal(100 * sd, 2) : decimal(sd, 4);
  }

  #draw() {
    this.#heading.textContent = t(this.#metric);
    this.#picture.setAttribute("aria-label", t("chart", { metric: t(this.#metric) }));
    this.#picture.setAttribute("aria-valuemin", this.#epochs[0] ?? 0);
    this.#picture.setAttribute("aria-valuemax", this.#epochs.at(-1) ?? 0);
    this.#picture.setAttribute("aria-valuenow", this.#epochs.at(-1) ?? 0);
    this.#picture.setAttribute("aria-valuetext", this.#epochs.length === 0 ? t("chart_nothing") : t("epoch_at", { epoch: this.#epochs.at(-1) }));
    this.#picture.replaceChildren();
    this.#cursor = null;
    if (this.#width === 0) return;
    this.#picture.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    if (this.#epochs.length === 0) {
      this.#picture.append(svg("text", { class: "tick", x: this.#width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, t("chart_nothing")));
      return;
    }
    const hasValidation = this.#lines.some(({ kind }) => kind === "validation");
    const named = this.#lines.filter(({ label, kind }) => label && (kind === "validation" || !hasValidation));
    this.#labelled = this.#width >= WIDE && named.length <= MOST_LABELS ? named : [];
    this.#drawAxes();
    this.#drawBands();
    // Longer lines lie below: of runs that are one training, seen up to different epochs, each shows its end.
    const last = ({ points }) => points.at(-1).epoch;
    for (const { run, colour, kind, seed, points } of [...this.#lines].sort((a, b) => last(b) - last(a))) {
      const d = points.map(({ epoch, value }, index) => `${index ? "L" : "M"}${this.#x(epoch).toFixed(1)} ${this.#y(value).toFixed(1)}`).join("");
      const path = svg("path", { class: seed ? `line ${kind} of-seed` : `line ${kind}`, d: points.length === 1 ? `${d}h0.01` : d, "data-run": run });
      paint(path, colour);
      this.#picture.append(path);
      if (kind !== "validation" || seed) continue;
      const end = svg("circle", { class: "line-end", cx: this.#x(points.at(-1).epoch), cy: this.#y(points.at(-1).value), r: 3.5 });
      paint(end, colour);
      this.#picture.append(end);
    }
    this.#drawLabels();
    this.#cursor = svg("path", { class: "cursor", d: `M0 ${EDGE.top}V${HEIGHT - EDGE.bottom}`, visibility: "hidden" });
    this.#picture.append(this.#cursor);
  }

  /** Draw how far the seeds lie apart: one standard deviation to either side of their mean. */
  #drawBands() {
    for (const { colour, kind, seed, points } of this.#lines) {
      const wide = points.filter(({ sd }) => sd !== null);
      if (seed || wide.length < 2) continue;
      const edge = (sign) => wide.map(({ epoch, value, sd }) => `${this.#x(epoch).toFixed(1)} ${this.#y(value + sign * sd).toFixed(1)}`);
      const band = svg("path", { class: `band ${kind}`, d: `M${[...edge(1), ...edge(-1).reverse()].join("L")}Z` });
      paint(band, colour);
      this.#picture.append(band);
    }
  }

  /** Write the names beside the ends of their lines, moved apart where they would meet. */
  #drawLabels() {
    const places = this.#labelled
      .map(({ label, colour, run, points }) => ({ label, colour, run, x: this.#x(points.at(-1).epoch), end: this.#y(points.at(-1).value) }))
      .sort((a, b) => a.end - b.end);
    let last = EDGE.top - LINE / 2;
    for (const place of places) last = place.y = Math.max(place.end, last + LINE);
    let next = HEIGHT - EDGE.bottom + LINE / 2;
    for (const place of [...places].reverse()) next = place.y = Math.min(place.y, next - LINE);
    const left = this.#width - this.#right() + 16;
    for (const { label, colour, run, x, end, y } of places) {
      const leader = svg("path", { class: "leader", d: `M${x + 5} ${end}L${left - 4} ${y}` });
      const words = svg("text", { class: "line-label", x: left, y: y + 4, "data-run": run }, shortened(label, LONGEST_LABEL));
      paint(leader, colour);
      paint(words, colour);
      this.#picture.append(leader, words);
    }
  }

  /** Return the room that the labels need at the right. */
  #right() {
    const longest = this.#labelled.reduce((most, { label }) => Math.max(most, Math.min(LONGEST_LABEL, label.length)), 0);
    return longest === 0 ? EDGE.right : 24 + LETTER * longest;
  }

  #drawAxes() {
    const values = this.#lines.flatMap(({ points }) => points.flatMap(({ value, sd }) => (sd === null ? [value] : [value - sd, value + sd])));
    const low = values.reduce((least, value) => Math.min(least, value));
    const high = values.reduce((most, value) => Math.max(most, value));
    const steps = ticks(low, high);
    this.#y = linear(Math.min(low, steps[0]), Math.max(high, steps.at(-1)), HEIGHT - EDGE.bottom, EDGE.top);
    this.#x = linear(this.#epochs[0], this.#epochs.at(-1), EDGE.left + 6, this.#width - this.#right() - 6);
    const digits = places(steps);
    for (const value of steps) {
      const y = this.#y(value);
      const label = this.#metric === "accuracy" ? percent(value, Math.max(0, digits - 2)) : decimal(value, digits);
      this.#picture.append(
        svg("path", { class: "axis", d: `M${EDGE.left} ${y}H${this.#width - this.#right()}` }),
        svg("text", { class: "tick", x: EDGE.left - 8, y: y + 4, "text-anchor": "end" }, label),
      );
    }
    const most = Math.max(2, Math.floor(this.#width / 60));
    const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => this.#epochs.length / step <= most) ?? 5000;
    const shown = this.#epochs.filter((epoch, index) => index === 0 || (every === 1 ? true : epoch % every === 0));
    for (const epoch of shown) {
      this.#picture.append(svg("text", { class: "tick", x: this.#x(epoch), y: HEIGHT - EDGE.bottom + 18, "text-anchor": "middle" }, String(epoch)));
    }
    const middle = (EDGE.left + this.#width - this.#right()) / 2;
    this.#picture.append(svg("text", { class: "tick", x: middle, y: HEIGHT - 4, "text-anchor": "middle" }, t("epoch")));
  }

  #pick(event) {
    if (this.#epochs.length === 0) return;
    const place = this.#picture.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    const far = this.#epochs.map((epoch) => Math.abs(this.#x(epoch) - x));
    this.#choose(far.indexOf(Math.min(...far)), y);
  }

  /** Choose an epoch by its number in the list, and the run whose line is nearest to a height (or null). */
  #choose(index, y) {
    if (this.#epochs.length === 0) return;
    this.#epoch = Math.max(0, Math.min(index, this.#epochs.length - 1));
    const epoch = this.#epochs[this.#epoch];
    const here = this.#valuesAt(epoch);
    const far = ({ value }) => Math.abs(this.#y(value) - y);
    const nearest = y === null || here.length === 0 ? null : here.reduce((best, one) => (far(one) < far(best) ? one : best));
    this.#pointed(epoch, nearest?.run ?? null);
    this.#picture.setAttribute("aria-valuenow", epoch);
    this.#picture.setAttribute("aria-valuetext", [t("epoch_at", { epoch }), ...here.slice(0, 3).map((one) => this.#words(one))].join("; "));
    const place = this.#picture.getBoundingClientRect();
    showTipOutside(this.#picture, place.left + this.#x(epoch), ...this.#table(epoch, here, nearest));
  }

  #words({ run, kind, value }) {
    return `${run}, ${t(`${kind}_curve`)}: ${this.#say(value)}`;
  }

  /** Return what the lines say at an epoch, the best first. */
  #valuesAt(epoch) {
    const sign = this.#metric === "accuracy" ? -1 : 1;
    return this.#lines
      .flatMap(({ run, colour, kind, points }) => {
        const point = points.find((one) => one.epoch === epoch);
        return point ? [{ run, colour, kind, value: point.value, sd: point.sd }] : [];
      })
      .sort((a, b) => (a.kind === b.kind ? sign * (a.value - b.value) : a.kind === "validation" ? -1 : 1));
  }

  #table(epoch, here, nearest) {
    const first = nearest === null ? here : [nearest, ...here.filter((one) => one !== nearest)];
    const rows = first.slice(0, NAMED).map((one) => {
      const key = svg("svg", { viewBox: "0 0 28 8", class: "line-key" }, svg("path", { class: `line ${one.kind}`, d: "M1 4H27" }));
      paint(key, one.colour);
      return html("tr", { class: one === nearest ? "near" : null }, html("td", {}, key), html("td", {}, one.run), html("td", {}, this.#say(one.value), ...(one.sd === null ? [] : [` ± ${this.#saySpread(one.sd)}`])));
    });
    const rest = here.length - rows.length;
    const more = rest > 0 ? [html("p", { class: "soft" }, `+ ${rest}`)] : [];
    return [html("strong", {}, t("epoch_at", { epoch })), html("table", {}, ...rows), ...more];
  }

  #leave() {
    this.#epoch = -1;
    this.#pointed(null, null);
    hideTip();
  }

  #walk(event) {
    const last = this.#epochs.length - 1;
    const from = this.#epoch < 0 ? last : this.#epoch;
    const steps = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: last };
    if (event.key === "Escape") this.#leave();
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#choose(steps[event.key], null);
  }
}
