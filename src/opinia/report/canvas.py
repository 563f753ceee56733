"""What all pictures have in common: colours, type, and files that are the same for the same numbers."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opinia import extras
from opinia.language import Language
from opinia.palette import SERIES, light
from opinia.system.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

COLOURS = tuple(day for day, _ in SERIES)
"""Of lines beside each other; neighbours differ in brightness too."""
INK, SOFT, LINE, EDGE, GROUND = map(light, ("ink", "soft", "line", "edge", "card"))
PRINT_DPI = 300
MATPLOTLIB_FOLDER = "MPLCONFIGDIR"
STYLE: dict[str, Any] = {
    "svg.hashsalt": "opinia",
    "font.family": "DejaVu Sans",  # comes with Matplotlib, and has the Polish letters
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": EDGE,
    "axes.facecolor": GROUND,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "figure.facecolor": GROUND,
    "legend.facecolor": GROUND,
    "grid.linewidth": 0.6,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "savefig.facecolor": GROUND,
}


def drawing() -> Any:
    """Return the context in which pictures are drawn.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    extras.require("drawing", *extras.DRAWING)
    mpl = _matplotlib()
    settings: Any = {**mpl.rcParamsDefault, **STYLE, "backend": "agg"}
    return mpl.rc_context(settings)


def _matplotlib() -> Any:
    """Import Matplotlib, which then keeps a list of the system's fonts in the user's cache folder.

    The list is written into a folder that is gone again once it has been read, unless the user has named
    one, or has imported Matplotlib before us: pictures need no font but the one that comes with it.
    """
    if "matplotlib" in sys.modules or os.environ.get(MATPLOTLIB_FOLDER):
        import matplotlib as mpl
    else:
        with tempfile.TemporaryDirectory(prefix="opinia-") as folder:
            os.environ[MATPLOTLIB_FOLDER] = folder
            try:
                import matplotlib as mpl
                import matplotlib.font_manager
            finally:
                del os.environ[MATPLOTLIB_FOLDER]
    return mpl


def blank(*, width: float, height: float, columns: int = 1, rows: int = 1, **layout: Any) -> Figure:
    """Return a figure that no window and no global state knows of.

    Args:
        width: in inches.
        height: in inches.
        columns: of axes.
        rows: of axes.
        layout: further arguments of ``Figure.subplots``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.subplots(rows, columns, **layout)
    return figure


def number_ticks(axis: Axis, language: Language) -> None:
    """Write the numbers along an axis in the language's way."""
    from matplotlib.ticker import Formatter

    class Ticks(Formatter):
        """Numbers in the language's way, all with the same decimals."""

        def __call__(self, value: float, pos: int | None = None) -> str:
            return language.number(value, 2)

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            digits = max(len(f"{value:.8g}".partition(".")[2]) for value in values)
            return [language.number(value, digits) for value in values]

    axis.set_major_formatter(Ticks())


def save(figure: Figure, folder: Path, name: str, data: str) -> bytes:
    """Write a figure as PNG and SVG with its numbers as CSV beside them, and return the SVG."""
    content: dict[str, bytes] = {}
    for kind in ("svg", "png"):
        buffer = io.BytesIO()
        # No date and no version: the same numbers give the same file.
        metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=PRINT_DPI, metadata=metadata)
        content[kind] = buffer.getvalue()
    for kind, value in content.items():
        write_atomically(folder / f"{name}.{kind}", value)
    write_atomically(folder / f"{name}.csv", data)
    return content["svg"]


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]
