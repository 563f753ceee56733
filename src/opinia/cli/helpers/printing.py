"""Tables and reports on a terminal: a row a line as far as its width goes, tabs where a program reads.

rich is imported for a person who watches only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from opinia.language import LANGUAGES, Language
from opinia.system.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from opinia.report.blocks import Block

_ELLIPSIS = "…"
_NARROWEST = 12
"""Characters of a word that are shown at least, however narrow the terminal is."""


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[str] = (),
    spare: Sequence[str] = (),
    language: Language = LANGUAGES["en"],
) -> None:
    """Print a table: drawn for a person, with tabs for a program, which gets every column.

    On a terminal columns that do not fit are left out and named; then words lose their beginning.

    Args:
        header: name of each column.
        rows: their cells.
        words: columns of words, which stand at the left; the others are figures.
        spare: columns that can be missed, the first of them first.
        language: of what is said about columns that are left out.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        for row in (header, *rows):
            click.echo("\t".join(row))
        return
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    console = screen()
    cells = [[printable(cell) for cell in row] for row in rows]
    least = [
        max([cell_len(part) for part in name.split()] + [cell_len(row[place]) for row in cells] + [1])
        for place, name in enumerate(header)
    ]
    shown = list(range(len(header)))

    def room(gap: int) -> int:
        return console.width - sum(least[place] for place in shown) - gap * (len(shown) - 1)

    left_out = []
    for name in spare:
        if room(1) >= 0:
            break
        left_out.append(name)
        shown.remove(list(header).index(name))
    for name in words:
        place = list(header).index(name)
        if place in shown and room(1) < 0:
            least[place] = max(_NARROWEST, least[place] + room(1))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, int(room(2) >= 0), 0, 0))
    for place in shown:
        justify = "left" if header[place] in words else "right"
        table.add_column(header[place], justify=justify, width=least[place], vertical="bottom")  # type: ignore[arg-type]
    for row in cells:
        table.add_row(*(Text(_end_of(row[place], least[place]), no_wrap=True) for place in shown))
    console.print(table)
    if left_out:
        said = language.say("console.columns_left", columns=", ".join(left_out))
        console.print(Text(said, style="dim"))


def print_report(blocks: Sequence[Block]) -> None:
    """Print a report's headings, sentences and rules: as Markdown for a program, as wide as a terminal is.

    Args:
        blocks: of :mod:`opinia.report.blocks`, without tables and pictures.
    """
    from opinia.report.blocks import Heading, Paragraph, Statements

    if sys.stdout is None or not sys.stdout.isatty():
        from opinia.report.render import to_markdown

        click.echo(to_markdown(blocks), nl=False)
        return
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = screen()
    for number, block in enumerate(blocks):
        if isinstance(block, Heading):
            console.print(Text(block.text, style="bold"), style="" if number else None)
        elif isinstance(block, Paragraph):
            console.print(Text(block.text))
        elif isinstance(block, Statements):
            lines = Table.grid(padding=(0, 1, 0, 0))
            for entry in block.entries:
                verdict = Text(f"{entry.verdict}. " if entry.verdict else "", style="bold")
                lines.add_row(Text("•"), verdict.append(entry.text, style="not bold"))
            console.print(lines)
            if block.rule:
                console.print(Padding(Text(block.rule, style="dim"), (0, 0, 0, 2)))
        if number + 1 < len(blocks) and not isinstance(block, Heading):
            console.print()


def screen() -> Console:
    """Return standard output as rich sees it: no colours where the person wants none."""
    from rich.console import Console

    return Console(highlight=False, no_color=bool(os.environ.get("NO_COLOR")) or None)


def _end_of(text: str, width: int) -> str:
    """Return a text that fits a width: of a longer one the end, which tells folders apart."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    while cell_len(text) > width - 1:
        text = text[1:]
    return _ELLIPSIS + text
