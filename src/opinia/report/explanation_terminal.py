"""An explanation on the terminal: marked words, the reading curve as blocks, the strongest words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from opinia.model.explain import Contribution
from opinia.palette import TERMINAL
from opinia.report.explanation import ClassCurve, Shown
from opinia.system.printable import printable
from opinia.system.stdio import columns

CURVE_WIDTH = 40
_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN_BLOCKS = "_.,-=+*#"
_FOR, _AGAINST = (f"color({TERMINAL[side]})" for side in ("for", "against"))
_STYLES = {
    True: ("", _FOR, f"bold {_FOR}", f"bold reverse {_FOR}"),
    False: ("", _AGAINST, f"bold {_AGAINST}", f"bold reverse {_AGAINST}"),
}
_SENTENCE = 46
_POINTS = 13
_LONG_LABEL = 24
_ENDLESS = 10_000
_Place = TypeVar("_Place")
_ASCII = str.maketrans({"−": "-", "“": '"', "”": '"', "„": '"', "…": "...", "→": "->"})


def show(shown: Shown, console: Console) -> None:
    """Print an explanation. Marks say what colours say, so it can be read without them."""
    explanation, language = shown.explanation, shown.language
    plain = console.options.ascii_only
    answer = language.answer(explanation.label, explanation.probability)
    console.print(Text(printable(answer), "bold"))
    if not explanation.contributions:
        return
    console.print()
    console.print(marked_text(shown, plain=plain), soft_wrap=not console.is_terminal)
    console.print()
    rows = Table.grid(padding=(0, 2))
    is_long = console.is_terminal and columns(shown.target) > _LONG_LABEL
    rows.add_column(no_wrap=not is_long, style="dim", max_width=_LONG_LABEL + 10 if is_long else None)
    rows.add_column()
    rows.add_row(_named(language.say("explanation.reading"), plain=plain), _curve(shown, plain=plain))
    for positive in (True, False):
        pieces = shown.top(positive=positive)
        if pieces:
            name = _named(shown.side(positive=positive), plain=plain)
            rows.add_row(name, _listed(shown, pieces, plain=plain))
    if explanation.phrases:
        name = _named(language.say("explanation.phrases"), plain=plain)
        rows.add_row(name, _listed(shown, explanation.phrases, plain=plain))
    if console.is_terminal:
        console.print(rows)
    else:  # lines of a pipe are not broken, nor filled up
        console.width = _ENDLESS  # the width of a single print is at most that of the console
        with console.capture() as capture:
            console.print(rows)
        for line in capture.get().splitlines():
            console.out(line.rstrip(), highlight=False)
    console.print()
    console.print(Text(_legend(shown, plain=plain), "dim"), soft_wrap=not console.is_terminal)


def marked_text(shown: Shown, *, plain: bool = False) -> Text:
    """Return the text with each piece in the colour of its side, and one to three signs behind it.

    Args:
        shown: the explanation.
        plain: write the signs in ASCII.
    """
    plus, minus = _signs(plain=plain)
    text = shown.text
    marked, place = Text(), 0
    for piece in shown.explanation.contributions:
        marked.append(printable(text[place : piece.start], keep="\n"))
        level, positive = shown.level(piece), piece.contribution > 0
        style = _STYLES[positive][level]
        marked.append(printable(text[piece.start : piece.end], keep="\n"), style)
        marked.append((plus if positive else minus) * level, style.replace(" reverse", ""))
        place = piece.end
    marked.append(printable(text[place:], keep="\n"))
    return marked


def blocks(values: Sequence[float], *, plain: bool = False) -> str:
    """Return a line of blocks, lowest for 0 and highest for 1."""
    levels = _PLAIN_BLOCKS if plain else _BLOCKS
    return "".join(levels[min(len(levels) - 1, int(value * len(levels)))] for value in values)


def _curve(shown: Shown, *, plain: bool) -> Text:
    curve = shown.explanation.curve
    if curves := shown.curves():
        return _curves(shown, curves, plain=plain)
    line = Text()
    for point in _spread(curve):
        line.append(blocks([point.positive], plain=plain), _FOR if point.positive > 0.5 else _AGAINST)
    first, last = (shown.language.percent(point.positive) for point in (curve[0], curve[-1]))
    return line.append(_said(f"  {shown.target}: {first} → {last}", plain=plain))


def _curves(shown: Shown, curves: Sequence[ClassCurve], *, plain: bool) -> Text:
    """Return a line a class, that of which the contributions speak first."""
    language, lines = shown.language, []
    for curve in curves:
        first, last = (language.percent(value) for value in (curve.values[0], curve.values[-1]))
        blocked = blocks(_spread(curve.values), plain=plain)
        line = Text(blocked, _FOR if curve.is_target else "dim")
        label = textwrap.shorten(curve.label, _SENTENCE, placeholder=" …")
        lines.append(line.append(_said(f"  {label}: {first} → {last}", plain=plain)))
    more = len(shown.explanation.classes) - len(curves)
    if more:
        lines.append(Text(language.say("check.more", count=more)))
    return Text("\n").join(lines)


def _spread(curve: Sequence[_Place]) -> list[_Place]:
    """Return at most as many points as fit on a line, evenly spaced, the last one among them."""
    count = min(CURVE_WIDTH, len(curve))
    return [curve[len(curve) * (i + 1) // count - 1] for i in range(count)]


def _listed(shown: Shown, pieces: Sequence[Contribution], *, plain: bool) -> Text:
    """Return words side by side, and sentences one below the other."""
    listed = Text()
    sentences = shown.explanation.unit == "sentence"
    for number, piece in enumerate(pieces):
        if number:
            listed.append("\n" if sentences else "   ")
        written = printable(shown.name(piece))
        value = shown.points(piece.contribution)
        value = _said(value if number else shown.language.say("explanation.points", value=value), plain=plain)
        if sentences:
            listed.append(f"{value:<{_POINTS}} {textwrap.shorten(written, _SENTENCE, placeholder=' …')}")
        else:
            listed.append(written, _FOR if piece.contribution > 0 else _AGAINST).append(f" {value}")
    return listed


def _legend(shown: Shown, *, plain: bool) -> str:
    unit = shown.explanation.unit
    if not (shown.top(positive=True) or shown.top(positive=False)):
        return shown.language.say(f"explanation.nothing.{unit}")
    plus, minus = _signs(plain=plain)
    towards, against = shown.side(positive=True), shown.side(positive=False)
    said = shown.language.say(
        f"explanation.legend.{unit}",
        plus=plus,
        minus=minus,
        towards=towards,
        against=against,
        label=shown.target,
    )
    return _said(said, plain=plain)


def _named(name: str, *, plain: bool) -> Text:
    """Return the name of a row; rich would take the brackets of a class for its own markup."""
    return Text(_said(name, plain=plain))


def _said(text: str, *, plain: bool) -> str:
    return printable(text.translate(_ASCII) if plain else text)


def _signs(*, plain: bool) -> tuple[str, str]:
    return ("+", "-") if plain else ("⁺", "⁻")
