"""Blocks as Markdown, with pictures beside it, and as one HTML page that holds its pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

from opinia.report.blocks import Block, Heading, Image, Paragraph, Statement, Statements, Table

CURVES = "curves"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1.5rem;
  color: light-dark(#1b1b1b, #e6e6e6); background: light-dark(#fff, #17191c); }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .45rem; border-bottom: 1px solid light-dark(#ddd, #3a3d42); text-align: right;
  vertical-align: top; }
th { border-bottom-width: 2px; vertical-align: bottom; } .word { text-align: left; }
h3 { font-size: 1.05rem; margin-bottom: .3rem; }
ul { margin-top: .3rem; } li { margin: .35rem 0; }
.rule { font-size: .86rem; margin-left: 1.3rem; color: light-dark(#555, #a8a8a8); }
figure { margin: 1rem 0; break-inside: avoid; }
img { width: 100%; height: auto; background: #fff; border-radius: 4px; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; color: #000; background: #fff; }
  .table { overflow: visible; } table { font-size: 7.5pt; } th, td { padding: .2rem .3rem; }
  h2 { break-after: avoid; } }
"""


def to_markdown(blocks: Sequence[Block]) -> str:
    """Return a report as Markdown; its pictures stand in the folder ``curves`` beside it."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def to_html(blocks: Sequence[Block], *, language: str, pictures: Mapping[str, bytes]) -> str:
    """Return a report as one page that needs no other file and no network.

    Args:
        blocks: the report.
        language: code of its language.
        pictures: the SVG of each picture, by name.
    """
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_html(block, pictures) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text):
            return _plain(text)
        case Statements(entries, rule):
            said = "\n".join(_markdown_statement(entry) for entry in entries)
            return f"{said}\n\n*{_plain(rule)}*" if rule else said
        case Table(header, rows, left):
            marks = ["---" if i < left else "---:" for i in range(len(header))]
            lines = [[_plain(cell) for cell in row] for row in (header, *rows)]
            return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], marks, *lines[1:]))
        case Image(name, alt, word):
            picture = f"![{_plain(alt)}]({CURVES}/{name}.png)"
            return f"{picture}\n\n[SVG]({CURVES}/{name}.svg), [{word}]({CURVES}/{name}.csv)"


def _markdown_statement(entry: Statement) -> str:
    verdict = f"**{_plain(entry.verdict)}.** " if entry.verdict else ""
    return f"- {verdict}{_plain(entry.text)}"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it stands; what is code between backticks stays code."""
    parts = text.split("`")
    parts[::2] = ["".join(f"\\{c}" if c in "\\*_[]<>|#" else c for c in part) for part in parts[::2]]
    return "`".join(parts)


def _html(block: Block, pictures: Mapping[str, bytes]) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{html.escape(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_inline(text)}</p>"
        case Statements(entries, rule):
            said = "\n".join(f"<li>{_html_statement(entry)}</li>" for entry in entries)
            below = f'\n<p class="rule">{_inline(rule)}</p>' if rule else ""
            return f"<ul>\n{said}\n</ul>{below}"
        case Table(header, rows, left):
            head = _cells("th", header, left)
            lines = "\n".join(f"<tr>{_cells('td', row, left)}</tr>" for row in rows)
            return (
                f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n'
                f"<tbody>\n{lines}\n</tbody>\n</table></div>"
            )
        case Image(name, alt, _):
            # A picture of its own, not inlined elements: their ids would meet those of other pictures.
            data = base64.b64encode(pictures[name]).decode("ascii")
            return f'<figure><img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{data}"></figure>'


def _html_statement(entry: Statement) -> str:
    verdict = f"<strong>{html.escape(entry.verdict)}.</strong> " if entry.verdict else ""
    return f"{verdict}{_inline(entry.text)}"


def _cells(tag: str, cells: Sequence[str], left: int) -> str:
    opening = [f'<{tag} class="word">' if i < left else f"<{tag}>" for i in range(len(cells))]
    return "".join(f"{mark}{_inline(cell)}</{tag}>" for mark, cell in zip(opening, cells, strict=True))


def _inline(text: str) -> str:
    parts = [html.escape(part) for part in text.split("`")]
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
