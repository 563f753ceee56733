"""Accuracy over throughput, as one picture: for print and for the screen, with its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from opinia.report.canvas import COLOURS, blank, drawing, save
from opinia.report.plots import MARKERS
from opinia.study.curves import to_csv


@dataclass(frozen=True)
class Point:
    """A system on the picture.

    Args:
        system: what it is called.
        accuracy: on test, in percent.
        reviews_per_second: end to end.
        own: whether it comes with opinia.
        measured: whether its accuracy was measured here; else it is as published.
    """

    system: str
    accuracy: float
    reviews_per_second: float
    own: bool
    measured: bool


def draw(points: Sequence[Point], folder: Path, name: str) -> None:
    """Write the picture as PNG and SVG, with its data as CSV: opinia's models joined, others in a legend."""
    from matplotlib.ticker import FuncFormatter

    with drawing():
        figure = blank(width=7.0, height=4.4)
        (axes,) = figure.axes
        axes.set_xscale("log")
        own = sorted((p for p in points if p.own), key=lambda p: p.reviews_per_second)
        speeds = [point.reviews_per_second for point in own]
        axes.plot(speeds, [point.accuracy for point in own], color=COLOURS[0], linewidth=1.4, alpha=0.5)
        others = [point for point in points if not point.own]
        for point in points:
            number = 0 if point.own else 1 + others.index(point) % (len(COLOURS) - 1)
            place = (point.reviews_per_second, point.accuracy)
            axes.plot(
                *place,
                marker=MARKERS[number],
                color=COLOURS[number],
                markerfacecolor=COLOURS[number] if point.measured else "white",
                markersize=8 if point.own else 7,
                linestyle="none",
                label=None if point.own else point.system,
            )
            if point.own:
                # The slower of two neighbours has its name to the left, where it meets no other.
                near = any(
                    p.own and 1 < p.reviews_per_second / point.reviews_per_second < 1.2 for p in points
                )
                beside = {"xytext": (-8 if near else 3, -3 if near else 8), "textcoords": "offset points"}
                side = "right" if near else "left"
                axes.annotate(point.system, place, ha=side, fontsize=8.5, fontweight="bold", **beside)
        figure.legend(loc="outside lower center", ncols=2)
        axes.margins(x=0.16, y=0.1)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.set_xlabel("reviews a second on two cores, from text to probability")
        axes.set_ylabel("accuracy on the IMDB test split, %")
        figure.suptitle("Accuracy over throughput", fontsize=11, fontweight="bold")
        save(figure, folder, name, to_csv([f.name for f in fields(Point)], [astuple(p) for p in points]))
