"""The style of the page with explanations: light or dark as the reader's system is."""

from __future__ import annotations

# Green and red of like weight on both grounds; underlines say the same to those who see no difference.
STYLE = """\
:root {
  --ground: #fbfaf8; --sheet: #ffffff; --ink: #1d1f23; --soft: #666b73; --line: #e4e2dd;
  --for: 20 138 92; --against: 206 62 62; --for-ink: #0c6b45; --against-ink: #a92f2f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --sheet: #1c1f25; --ink: #e8e8e6; --soft: #9ba1ab; --line: #30343c;
    --for: 38 166 116; --against: 226 88 88; --for-ink: #5fd3a3; --against-ink: #ff8f8f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 3rem; max-width: 52rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { margin: 0 0 1.25rem; font-size: 1.1rem; font-weight: 600; color: var(--soft); }
article {
  margin-bottom: 1.5rem; padding: 1.6rem 1.75rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 14px;
}
article h2 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; }
article h2 .share { font-weight: 400; color: var(--soft); }
h2.for .label { color: var(--for-ink); }
h2.against .label { color: var(--against-ink); }
.doubt { margin: -.5rem 0 1rem; color: var(--soft); font-style: italic; }
.text {
  margin: 0; font-size: 1.125rem; line-height: 2; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.text span, .key { border-radius: 4px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.text span.for, .text span.against, .key { padding: .12em .18em; margin: 0 -.1em; }
.text .for, .key.for { background: rgb(var(--for) / calc(.06 + .44 * var(--tint))); }
.text .against, .key.against { background: rgb(var(--against) / calc(.06 + .44 * var(--tint))); }
.text .for.s2, .text .for.s3, .key.for { box-shadow: inset 0 -2px rgb(var(--for)); }
.text .against { text-decoration: underline dotted rgb(var(--against) / .9); text-underline-offset: .3em; }
.text .against.s2, .text .against.s3, .key.against {
  text-decoration: underline wavy 1.5px rgb(var(--against)); text-underline-offset: .3em;
}
.text.sentence .against { text-decoration-style: dotted; text-decoration-thickness: from-font; }
.key { display: inline-block; min-width: 1.4em; text-align: center; line-height: 1.3; margin: 0; }
.key.against { text-decoration: none; }
.legend { margin: .9rem 0 0; font-size: .8125rem; color: var(--soft); }
figure { margin: 1.75rem 0 0; }
figcaption, h3 { margin: 0 0 .4rem; font-size: .875rem; font-weight: 600; }
svg.curve { display: block; width: 100%; height: auto; overflow: visible; }
svg.curve text { fill: var(--soft); font-size: 12px; }
svg.curve .grid { stroke: var(--line); }
svg.curve .middle { stroke: var(--soft); stroke-dasharray: 3 4; opacity: .7; }
svg.curve polyline { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round; }
svg.curve polygon { fill: var(--ink); opacity: .06; }
svg.curve .end { fill: var(--ink); }
.spots rect { fill: transparent; }
.spots circle { fill: var(--ink); }
.spots g:hover rect { fill: var(--ink); fill-opacity: .07; }
.spots g:hover circle { r: 4px; }
.sides {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.5rem 2.5rem;
  margin-top: 1.5rem;
}
section.for h3 { color: var(--for-ink); }
section.against h3 { color: var(--against-ink); }
.sides ol { margin: 0; padding: 0; list-style: none; font-size: .9375rem; }
.sides li {
  display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; margin-bottom: .45rem; line-height: 1.45;
}
.piece { overflow-wrap: anywhere; }
.points { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { grid-column: 1 / -1; height: 4px; min-width: 3px; border-radius: 2px; }
.bar.for { background: rgb(var(--for)); }
.bar.against { background: rgb(var(--against)); }
footer { padding: 0 1.75rem; font-size: .8125rem; color: var(--soft); }
footer h2 { margin: 0 0 .4rem; font-size: .875rem; color: var(--ink); }
footer ul { margin: 0 0 1rem; padding-left: 1.1rem; }
@media (max-width: 34rem) {
  article { padding: 1.25rem 1.1rem; }
  footer { padding: 0 1.1rem; }
  svg.curve text { font-size: 22px; }
  svg.curve polyline { stroke-width: 4; }
}
"""
