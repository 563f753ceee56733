// An explanation as one HTML file, which needs no server and no script.

import { language } from "./language.js";
import PALETTE from "./palette.js"; // the server makes it of opinia/palette.py
import { greatest } from "./weight.js";

const FAINTEST = 0.08;
const MARK = "style-goes-here";
const STYLE = `
${PALETTE.style}
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 18px/1.7 var(--serif); color: var(--ink); background: var(--card); }
h1 { margin: 0; font-size: 2rem; }
p { margin: 0.5rem 0 1rem; }
.soft, td { font: 15px/1.5 var(--sans); }
.soft { color: var(--soft); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.for, .against { border-radius: 4px; text-decoration: underline 2px; background: color-mix(in srgb, var(--tint) var(--part), transparent); }
.for { --tint: var(--for-tint); text-decoration-color: var(--for); }
.against { --tint: var(--against-tint); text-decoration-color: var(--against); text-decoration-style: dashed; }
td { padding: 0.1rem 1rem 0.1rem 0; }
td:last-child { text-align: right; }
`;

/** Return the page: `facts` are text, explanation, verdict, share, model and the strongest pieces. */
export function pageOf({ text, explanation, verdict, share, model, strongest }) {
  const page = document.implementation.createHTMLDocument(`${verdict} · opinia`);
  const made = (name, className, ...children) => {
    const one = page.createElement(name);
    if (className) one.className = className;
    one.append(...children);
    return one;
  };
  page.documentElement.lang = language();
  const charset = page.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  const view = page.createElement("meta");
  view.name = "viewport";
  view.content = "width=device-width, initial-scale=1";
  page.head.prepend(charset, view);
  const styles = page.createElement("meta");
  styles.name = MARK;
  page.head.append(styles);
  const whole = made("p", "text");
  const scale = greatest(explanation.pieces);
  let place = 0;
  for (const { start, end, weight } of explanation.pieces) {
    whole.append(text.slice(place, start));
    const part = Math.min(1, Math.abs(weight) / scale);
    const span = made("span", part < FAINTEST ? "" : weight > 0 ? "for" : "against", text.slice(start, end));
    if (part >= FAINTEST) span.style.setProperty("--part", `${Math.round(12 + 48 * part)}%`);
    whole.append(span);
    place = end;
  }
  whole.append(text.slice(place));
  const table = made("table", "", ...strongest.map(({ word, points }) => made("tr", "", made("td", "", word), made("td", "", points))));
  page.body.append(made("h1", "", verdict), made("p", "soft", `${share} · ${model}`), whole, table);
  // A style element made here would be refused by the policy of this page, which that file is no part of.
  const markup = new XMLSerializer().serializeToString(page.documentElement);
  return `<!doctype html>\n${markup.replace(/<meta name="style-goes-here"[^>]*>/, () => `<style>${STYLE}</style>`)}\n`;
}
