"""The picture of a confusion matrix: what the texts of each class were taken for."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from opinia.evaluate.metrics import Evaluation
from opinia.evaluate.results_csv import to_csv
from opinia.language import Language
from opinia.report.canvas import COLOURS, GROUND, INK, SOFT, STYLE, blank, capital, drawing, save
from opinia.system.printable import JOINERS
from opinia.system.stdio import columns

if TYPE_CHECKING:
    from matplotlib.text import Text

MOST_NUMBERED = 25
"""Classes up to which each cell has its number."""
_WRAPPED, _MOST_LINES = 32, 2
_DARK = 0.55
_LEFT_TO_RIGHT = "\u200e"
"""A mark that is not seen: a name that is read from the right does not draw the number to its other side."""
_SHAPING = (3, 11)
"""Version of Matplotlib from which it joins letters, and sets those that are read from the right."""


def draw_confusion(result: Evaluation, folder: Path, *, language: Language) -> Path:
    """Draw how many texts of each class were called what, a row a class, as shares of the row.

    A name for whose letters there is no font here is left to its number, which a note and the table say.

    Args:
        result: the figures of some texts.
        folder: receives the files; made where missing.
        language: of the words.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    counts = np.array(result.confusion)
    names = [each.name for each in result.classes]
    called = [language.label(name) for name in names]
    width = len(names)
    with drawing():
        from matplotlib.colors import LinearSegmentedColormap

        families, undrawn = _fonts_for(called)
        numbers = [str(number) for number in range(1, width + 1)]
        rows = [
            number if number in undrawn else f"{_LEFT_TO_RIGHT}{_shortened(name)}{_LEFT_TO_RIGHT}  {number}"
            for name, number in zip(called, numbers, strict=True)
        ]
        longest = max(columns(line) for row in rows for line in row.splitlines())
        side = max(2.2, min(18.0, 0.42 * width))
        figure = blank(width=max(4.8, side + 0.9 + 0.085 * longest), height=side + 1.5)
        (axes,) = figure.axes
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(
            shares,
            cmap=LinearSegmentedColormap.from_list("shares", (GROUND, COLOURS[0])),
            vmin=0.0,
            vmax=1.0,
            aspect="equal",
        )
        axes.grid(visible=False)
        size = 8.5 if width <= MOST_NUMBERED else 5.0
        axes.set_xticks(range(width), numbers, fontsize=size)
        axes.set_yticks(range(width), rows, fontsize=size)
        _take_as_they_are(axes.get_yticklabels(), families)
        axes.tick_params(length=0)
        axes.set_xlabel(capital(language.say("report.quality.answer")))
        axes.set_ylabel(capital(language.say("report.quality.truth")))
        for row, column in np.argwhere(counts) if width <= MOST_NUMBERED else ():
            ink = GROUND if shares[row, column] > _DARK else INK
            shown = language.number(int(counts[row, column]))
            axes.text(column, row, shown, ha="center", va="center", color=ink, fontsize=8)
        note = language.say(
            "report.quality.confusion_note",
            reviews=language.number(result.reviews),
            accuracy=language.number(result.accuracy, 4),
            macro=language.number(result.macro_f1, 4),
        )
        if undrawn:
            note += "\n" + language.say("report.quality.undrawn", numbers=", ".join(undrawn))
        axes.set_title(note, fontsize=8, color=SOFT)
        figure.suptitle(language.say("report.quality.confusion"), fontsize=11, fontweight="bold")
        save(figure, folder, "confusion", _confusion_csv(names, result))
    return folder / "confusion.png"


def _confusion_csv(names: Sequence[str], result: Evaluation) -> str:
    """Return the matrix as CSV: a line a class, with the figures of the class behind its counts."""
    header = ["number", "class", *(f"called_{name}" for name in names), "precision", "recall", "f1"]
    lines = [
        [number, each.name, *row, each.precision, each.recall, each.f1]
        for number, (each, row) in enumerate(zip(result.classes, result.confusion, strict=True), start=1)
    ]
    return to_csv(header, lines)


def _shortened(name: str) -> str:
    """Return a name in at most two lines."""
    lines = textwrap.wrap(_plain(name), _WRAPPED) or [name]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1][: _WRAPPED - 1].rstrip() + "…"]
    return "\n".join(lines)


def _plain(name: str) -> str:
    """Return a name without what fonts have no picture for: joiners, and selectors of a variant."""
    return "".join(each for each in name if each not in JOINERS and each not in "\ufe0e\ufe0f")


def _take_as_they_are(labels: Iterable[Text], families: Sequence[str]) -> None:
    for label in labels:
        label.set_parse_math(False)  # a class may be called $$$
        label.set_fontfamily(list(families))


def _fonts_for(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return fonts that have the letters of names, and the numbers of the names for which there are none."""
    import matplotlib as mpl
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    own = STYLE["font.family"]
    families = [own]
    has = set(FT2Font(font_manager.findfont(own)).get_charmap())
    wanted = {ord(letter) for name in names for letter in _plain(name)} - {ord(" ")}
    if wanted - has:
        for entry in font_manager.fontManager.ttflist:
            missing = wanted - has
            if not missing:
                break
            if entry.name in families or "color" in entry.name.lower() or "Last Resort" in entry.name:
                continue
            try:
                found = missing & set(FT2Font(entry.fname).get_charmap())
            except (OSError, RuntimeError):
                continue
            if found:
                families.append(entry.name)
                has |= found
    shapes = tuple(int(part) for part in mpl.__version__.split(".")[:2]) >= _SHAPING
    undrawn = [
        str(number)
        for number, name in enumerate(names, start=1)
        if {ord(letter) for letter in _plain(name)} - {ord(" ")} - has
        or (not shapes and _needs_shaping(name))
    ]
    return families, undrawn


def _needs_shaping(name: str) -> bool:
    """Tell whether letters of a name stand otherwise than one behind the other, from the left."""
    return any(
        unicodedata.bidirectional(letter) in ("R", "AL") or "\u0900" <= letter <= "\u0fff" for letter in name
    )
