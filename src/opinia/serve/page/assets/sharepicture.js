// An explanation as a picture: the text with its tints and the verdict, drawn without the page around it.

import { svg } from "./dom.js";
import PALETTE from "./palette.js"; // the server makes it of opinia/palette.py
import { greatest } from "./weight.js";

export const LONGEST_DRAWN = 6000;

const WIDTH = 960;
const EDGE = 40;
const LINE = 34;
const FONT = "Georgia, serif";
const SANS = "system-ui, sans-serif";
const SIZE = 20;
const FAINTEST = 0.08;
const { colours: COLOURS } = PALETTE; // on paper: a picture is seen where the page's colours are not known

/** Return runs `{words, weight}` of a text: its pieces, and what stands between them. */
function runs(text, pieces) {
  const found = [];
  let place = 0;
  for (const { start, end, weight } of pieces) {
    if (start > place) found.push({ words: text.slice(place, start), weight: 0 });
    found.push({ words: text.slice(start, end), weight });
    place = end;
  }
  if (place < text.length) found.push({ words: text.slice(place), weight: 0 });
  return found;
}

/** Return where each bit of a text stands, line by line: `{words, weight, x, width, line}`. */
function layOut(text, pieces) {
  const measure = document.createElement("canvas").getContext("2d");
  measure.font = `${SIZE}px ${FONT}`;
  const bits = [];
  let [x, line] = [0, 0];
  for (const { words, weight } of runs(text, pieces)) {
    for (const bit of words.match(/\r\n|[\r\n]|[^\S\r\n]+|\S+/g) ?? []) {
      if (/^[\r\n]/.test(bit)) {
        [x, line] = [0, line + 1];
        continue;
      }
      const width = measure.measureText(bit).width;
      if (x > 0 && x + width > WIDTH - 2 * EDGE) {
        [x, line] = [0, line + 1];
        if (bit.trim() === "") continue;
      }
      bits.push({ words: bit, weight, x, width, line });
      x += width;
    }
  }
  return { bits, lines: line + 1 };
}

/** Return the picture as SVG: `facts` are text, explanation, verdict, label, share and model. */
export function pictureOf({ text, explanation, verdict, label, share, model }) {
  const { bits, lines } = layOut(text, explanation.pieces);
  const scale = greatest(explanation.pieces);
  const top = 118;
  const height = top + lines * LINE + 62;
  const colour = { positive: COLOURS.for, negative: COLOURS.against }[label] ?? COLOURS.ink;
  const marks = bits
    .filter(({ weight, words }) => Math.abs(weight) / scale >= FAINTEST && words.trim() !== "")
    .flatMap(({ weight, x, width, line }) => {
      const side = weight > 0 ? "for" : "against";
      const y = top + line * LINE;
      const part = 0.12 + 0.48 * Math.min(1, Math.abs(weight) / scale);
      return [
        svg("rect", { x: EDGE + x - 1, y: y - 20, width: width + 2, height: 27, rx: 4, fill: COLOURS[`${side}-tint`], "fill-opacity": part.toFixed(2) }),
        svg("path", { d: `M${EDGE + x} ${y + 6}h${width.toFixed(1)}`, stroke: COLOURS[side], "stroke-width": 2, "stroke-dasharray": side === "for" ? "none" : "5 3" }),
      ];
    });
  const words = bits.map(({ words: bit, x, line }) => svg("text", { x: (EDGE + x).toFixed(1), y: top + line * LINE, "font-family": FONT, "font-size": SIZE, fill: COLOURS.ink, "xml:space": "preserve" }, bit));
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img" },
    svg("title", {}, `${verdict}, ${share}`),
    svg("rect", { width: WIDTH, height, fill: COLOURS.card }),
    svg("text", { x: EDGE, y: 58, "font-family": FONT, "font-size": 34, "font-weight": 600, fill: colour }, verdict),
    svg("text", { x: WIDTH - EDGE, y: 58, "text-anchor": "end", "font-family": SANS, "font-size": 18, fill: COLOURS.soft }, share),
    svg("path", { d: `M${EDGE} 78H${WIDTH - EDGE}`, stroke: COLOURS.line }),
    ...marks,
    ...words,
    svg("text", { x: EDGE, y: height - 24, "font-family": SANS, "font-size": 14, fill: COLOURS.soft }, `opinia · ${model}`),
  );
  return new XMLSerializer().serializeToString(picture);
}

/** Return an SVG as a PNG of twice its size. */
export async function pngOf(markup) {
  const image = new Image();
  const bytes = new TextEncoder().encode(markup);
  let letters = "";
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  image.src = `data:image/svg+xml;base64,${btoa(letters)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}
