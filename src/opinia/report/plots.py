"""Curves as people know them: accuracy and loss over epochs, for print and for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from opinia.language import Language
from opinia.report.canvas import COLOURS, GROUND, INK, SOFT, blank, capital, drawing, number_ticks, save
from opinia.study.curves import Curve, curve, overlay_csv, run_csv
from opinia.study.findings import METRICS
from opinia.study.records import Record, Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
TRAINING, VALIDATION = 0, 1


@dataclass(frozen=True)
class Picture:
    """A picture that was drawn.

    Args:
        name: of its files, without their endings.
        svg: its content as SVG.
        run: whose curves it shows; None for all.
        metric: which metric of all runs; None where it shows one run.
    """

    name: str
    svg: bytes
    run: str | None = None
    metric: str | None = None


def draw_all(results: Results, folder: Path, *, language: Language) -> list[Picture]:
    """Draw each run, and each metric of all runs together, as PNG and SVG with a CSV beside them.

    Args:
        results: the finished runs.
        folder: receives the files; made where missing.
        language: the language of the labels.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    pictures: list[Picture] = []
    for name, records in results.runs.items():
        file, number = _file_name(name), 1
        while any(picture.name.casefold() == f"run-{file}".casefold() for picture in pictures):
            number += 1
            file = f"{_file_name(name)}-{number}"
        pictures.append(draw_run(name, records, folder, language=language, file=file))
    if len(results.runs) > 1:
        pictures += [draw_overlay(results, metric, folder, language=language) for metric in METRICS]
    return pictures


def draw_run(
    name: str, records: Sequence[Record], folder: Path, *, language: Language, file: str = ""
) -> Picture:
    """Draw one run: accuracy and loss side by side, training and validation, best epoch marked.

    The best epoch is the one of the highest mean validation accuracy; the band is ± 1 sd over seeds. The
    files are named ``run-`` and ``file``, or the run's own name.
    """
    file = file or _file_name(name)
    with drawing():
        figure = blank(width=7.4, height=3.3, columns=2)
        best = int(np.nanargmax(curve(records, "val_accuracy").mean)) + 1
        for axes, metric in zip(figure.axes, ("accuracy", "loss"), strict=True):
            for key, colour, style, marker in (
                (metric, TRAINING, "-", None),
                (f"val_{metric}", VALIDATION, DASHES[1], "."),
            ):
                label = language.say("report.validation" if key.startswith("val_") else "report.training")
                _draw(axes, curve(records, key), COLOURS[colour], style, marker=marker, label=label)
            validation = curve(records, f"val_{metric}")
            axes.axvline(best, color=SOFT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            label = language.say("report.best_point", epoch=best)
            height = validation.mean[best - 1]
            axes.plot([best], [height], "*", color=INK, markersize=9, ls="none", zorder=5, label=label)
            value = language.number(float(height), 3)
            panel = capital(language.say(f"report.panel.{metric}"))
            axes.set_title(language.say("report.panel_title", panel=panel, value=value))
            _label_axes(axes, language, last=len(validation.mean))
        handles, labels = figure.axes[0].get_legend_handles_labels()
        note = _note(records, language)
        figure.legend(handles, labels, loc="outside lower center", ncols=3, title=note, title_fontsize=7.5)
        training = records[0].recipe.training
        title = language.say("report.run_title", name=name, batch=training.batch_size, epochs=training.epochs)
        figure.suptitle(title, fontsize=11, fontweight="bold")
        svg = save(figure, folder, f"run-{file}", run_csv(records))
        return Picture(f"run-{file}", svg, run=name)


def draw_overlay(results: Results, metric: str, folder: Path, *, language: Language) -> Picture:
    """Draw one metric of all runs: a colour, a dash and an end mark each.

    Runs that are one training coincide as far as they go: the longest is drawn below, wide and pale, and
    each ends in its mark.
    """
    with drawing():
        figure = blank(width=7.0, height=4.2, columns=1)
        axes = figure.axes[0]
        groups = results.trainings()
        order = {name: i for i, name in enumerate(results.runs)}
        shown: dict[str, Any] = {}
        for group in groups:
            for place, name in enumerate(reversed(group)):
                number = order[name]
                found = curve(results.runs[name], metric)
                shared_below = len(group) > 1 and place == 0
                line = _draw(
                    axes,
                    found,
                    COLOURS[number % len(COLOURS)],
                    "-" if shared_below else DASHES[number % len(DASHES)],
                    width=4.2 if shared_below else 1.7,
                    pale=shared_below,
                    band=place == 0,
                    marker=MARKERS[number % len(MARKERS)],
                    only_end=True,
                )
                shown[name] = line
        _label_axes(axes, language, last=max(len(r.history) for r in results.records))
        figure.suptitle(capital(language.say(f"report.metric.{metric}")), fontsize=11, fontweight="bold")
        lines = [shown[name] for name in order]
        figure.legend(lines, list(order), loc="outside lower center", ncols=3, handlelength=4.2)
        notes = (
            [language.say("report.band")]
            if any(curve(r, metric).has_band for r in results.runs.values())
            else []
        )
        notes += [language.say("report.same_training", runs=", ".join(g)) for g in groups if len(g) > 1]
        if notes:
            axes.set_title("\n".join(notes), fontsize=7.5, color=SOFT)
        svg = save(figure, folder, f"all-{metric}", overlay_csv(results.runs, metric))
        return Picture(f"all-{metric}", svg, metric=metric)


def _draw(
    axes: Axes,
    found: Curve,
    colour: str,
    style: Any,
    *,
    marker: str | None = None,
    label: str | None = None,
    width: float = 1.8,
    pale: bool = False,
    band: bool = True,
    only_end: bool = False,
) -> Any:
    """Draw mean and band, and return the line."""
    if band and found.has_band:
        low, high = found.mean - found.sd, found.mean + found.sd
        axes.fill_between(found.epochs, low, high, color=colour, alpha=0.16, linewidth=0)
    marked = [len(found.mean) - 1] if only_end else None
    single = len(found.mean) == 1 and marker is None
    (line,) = axes.plot(
        found.epochs,
        found.mean,
        color=_pale(colour) if pale else colour,
        linestyle=style,
        linewidth=width,
        marker="o" if single else marker,
        markerfacecolor=colour,
        markersize=7 if only_end else 5,
        markeredgecolor=GROUND if only_end else colour,
        markevery=marked,
        label=label,
    )
    return line


def _pale(colour: str) -> tuple[float, ...]:
    """Return a colour mixed with white: other than a transparent one, it hides nothing of its mark."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(0.5 + 0.5 * part for part in parts)


def _label_axes(axes: Axes, language: Language, *, last: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel(capital(language.say("report.epoch")))
    margin = max(0.6, 0.03 * last)
    axes.set_xlim(1 - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    number_ticks(axes.yaxis, language)


def _note(records: Sequence[Record], language: Language) -> str:
    """Say what line and band are made of."""
    note = language.say("report.seeds_note", seeds=", ".join(str(record.seed) for record in records))
    return f"{note}; {language.say('report.band')}" if len(records) > 1 else note


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
