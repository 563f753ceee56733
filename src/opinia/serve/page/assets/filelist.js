// A list of any length: only the rows that are seen are there, and their texts are fetched as they come into sight.

import { html } from "./dom.js";
import { number, t } from "./language.js";

const AROUND = 6;
const AT_ONCE = 200;
const KEPT = 4000;
const QUIET = 60;
/** Rows that come onto paper: as many as are fetched already, from the first one in sight. */
const ON_PAPER = 100;

export class List {
  #host;
  #inner = html("div", { class: "list-inner" });
  #rows = new Uint32Array(0);
  #cells = new Map();
  #waiting = new Set();
  #drawn = new Map();
  #active = 0;
  #options;
  #timer = 0;
  #age = 0;
  #isPrinted = false;

  /** `draw(row, cells)` fills an option, `fetch(rows)` gets cells, `open(place)` shows a row, `failed(error)` hears why not. */
  constructor(host, options) {
    this.#host = host;
    this.#options = options;
    host.append(this.#inner);
    host.addEventListener("scroll", () => this.#paint());
    host.addEventListener("keydown", (event) => this.#walk(event));
    this.#inner.addEventListener("click", ({ target }) => {
      const place = Number(target.closest("[role=option]")?.dataset.place ?? -1);
      if (place < 0) return;
      this.#activate(place);
      options.open(place);
    });
    new ResizeObserver(() => this.#paint()).observe(host);
    for (const [name, isPrinted] of [["beforeprint", true], ["afterprint", false]]) {
      addEventListener(name, () => {
        this.#isPrinted = isPrinted;
        this.#paint();
      });
    }
  }

  /** Show rows by their numbers, in this order; `top` begins at the first one again. */
  show(rows, { top = false } = {}) {
    this.#rows = rows;
    this.#active = Math.max(0, Math.min(top ? 0 : this.#active, rows.length - 1));
    if (top) this.#host.scrollTop = 0;
    for (const [place, option] of this.#drawn) {
      if (rows[place] === Number(option.dataset.row)) continue;
      option.remove();
      this.#drawn.delete(place);
    }
    this.#paint();
  }

  /** Draw everything anew: in another language, say. */
  refresh() {
    this.#inner.replaceChildren();
    this.#drawn.clear();
    this.#paint();
  }

  /** Forget the texts: they are those of another table. */
  forget() {
    this.#age += 1;
    this.#cells.clear();
    this.#waiting.clear();
    this.show(new Uint32Array(0), { top: true });
  }

  get length() {
    return this.#rows.length;
  }

  /** Return the number of the row at a place. */
  at(place) {
    return this.#rows[place];
  }

  /** Return the cells of a row, once they are there. */
  async cellsOf(row) {
    if (!this.#cells.has(row)) await this.#fetch([row]);
    return this.#cells.get(row);
  }

  /** Make a place the active one, and bring it into sight. */
  activate(place) {
    this.#activate(place);
  }

  #height() {
    return Number.parseFloat(getComputedStyle(this.#host).getPropertyValue("--row")) * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  #paint() {
    const height = this.#height();
    this.#inner.style.height = `${height * this.#rows.length}px`;
    this.#host.setAttribute("role", this.#rows.length > 0 ? "listbox" : "group"); // a listbox has options
    const [first, last] = this.#isPrinted ? this.#onPaper(height) : this.#around(height);
    for (const [place, option] of this.#drawn) {
      if (place >= first && place < last) continue;
      option.remove();
      this.#drawn.delete(place);
    }
    if (this.#isPrinted) this.#host.dataset.paper = t("file_paper", { first: number(first + 1), last: number(last), count: number(this.#rows.length) });
    const missing = [];
    for (let place = first; place < last; place += 1) {
      if (!this.#drawn.has(place)) this.#draw(place, this.#rows[place], height);
    }
    for (const row of this.#rows.subarray(first, Math.max(last, first + ON_PAPER))) {
      if (!this.#cells.has(row) && !this.#waiting.has(row)) missing.push(row);
    }
    this.#point();
    if (missing.length > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#fetch(missing.slice(0, AT_ONCE)).catch(this.#options.failed), QUIET);
    }
  }

  #around(height) {
    const [top, bottom] = [this.#host.scrollTop, this.#host.scrollTop + this.#host.clientHeight];
    return [Math.max(0, Math.floor(top / height) - AROUND), Math.min(this.#rows.length, Math.ceil(bottom / height) + AROUND)];
  }

  #onPaper(height) {
    const first = Math.min(this.#rows.length, Math.round(this.#host.scrollTop / height));
    let last = first;
    while (last < Math.min(this.#rows.length, first + ON_PAPER) && this.#cells.has(this.#rows[last])) last += 1;
    return [first, last];
  }

  #draw(place, row, height) {
    const option = html("div", { role: "option", class: "file-row", id: `file-row-${place}`, "aria-setsize": this.#rows.length, "aria-posinset": place + 1 });
    option.dataset.place = place;
    option.dataset.row = row;
    option.style.transform = `translateY(${place * height}px)`;
    this.#options.draw(option, row, this.#cells.get(row));
    this.#drawn.set(place, option);
    // In the order of the list, for who hears it read.
    const next = [...this.#inner.children].find((one) => Number(one.dataset.place) > place);
    this.#inner.insertBefore(option, next ?? null);
  }

  async #fetch(rows) {
    const age = this.#age;
    for (const row of rows) this.#waiting.add(row);
    try {
      const found = await this.#options.fetch(rows);
      if (age !== this.#age) return;
      rows.forEach((row, index) => this.#cells.set(row, found[index]));
    } finally {
      for (const row of rows) this.#waiting.delete(row);
    }
    for (const row of this.#cells.keys()) {
      if (this.#cells.size <= KEPT) break;
      this.#cells.delete(row);
    }
    for (const [place, option] of this.#drawn) {
      const row = this.#rows[place];
      if (rows.includes(row)) this.#options.draw(option, row, this.#cells.get(row));
    }
    this.#paint();
  }

  #activate(place) {
    this.#active = Math.max(0, Math.min(place, this.#rows.length - 1));
    const height = this.#height();
    const [top, view] = [this.#active * height, this.#host.clientHeight];
    if (top < this.#host.scrollTop) this.#host.scrollTop = top;
    if (top + height > this.#host.scrollTop + view) this.#host.scrollTop = top + height - view;
    this.#paint();
  }

  #point() {
    for (const [place, option] of this.#drawn) option.setAttribute("aria-selected", place === this.#active);
    if (this.#drawn.has(this.#active)) this.#host.setAttribute("aria-activedescendant", `file-row-${this.#active}`);
    else this.#host.removeAttribute("aria-activedescendant");
    this.#host.setAttribute("aria-label", t("file_list", { count: this.#rows.length }));
  }

  #walk(event) {
    const page = Math.max(1, Math.floor(this.#host.clientHeight / this.#height()) - 1);
    const steps = { ArrowDown: this.#active + 1, ArrowUp: this.#active - 1, PageDown: this.#active + page, PageUp: this.#active - page, Home: 0, End: this.#rows.length - 1 };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (this.#rows.length > 0) this.#options.open(this.#active);
    }
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#activate(steps[event.key]);
  }
}
