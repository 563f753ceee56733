"""Pictures of a model's quality: does it know how sure it may be, and how does length matter?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.metrics import Evaluation, answers_of
from opinia.evaluate.quality import LengthBin, calibration_csv, length_bins, length_csv
from opinia.evaluate.statistics import wilson
from opinia.language import Language
from opinia.report.canvas import (
    COLOURS,
    EDGE,
    GROUND,
    INK,
    LINE,
    SOFT,
    blank,
    capital,
    drawing,
    number_ticks,
    save,
)
from opinia.report.confusion_plot import draw_confusion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RIGHT, _GAP, _GREY = COLOURS[0], COLOURS[1], SOFT


def draw_quality(
    result: Evaluation,
    truth: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    words: NDArray[np.integer],
    folder: Path,
    *,
    language: Language,
    threshold: float = 0.5,
) -> list[Path]:
    """Draw reliability, accuracy by length and the confusion of more classes than two, as PNG, SVG and CSV.

    Args:
        result: the figures of these texts.
        truth: ``(n,)`` number of the class of each text; n is at least 1.
        probabilities: ``(n, classes)``.
        words: ``(n,)`` words of each text.
        folder: receives the files; made where missing.
        language: the language of the labels.
        threshold: of two classes, that of the figures; see :func:`opinia.evaluate.metrics.answers_of`.

    Returns:
        The PNG files.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    bins = length_bins(truth == answers_of(probabilities, threshold), words)
    drawn = [
        draw_reliability(result, folder, language=language),
        draw_lengths(bins, result, folder, language=language),
    ]
    if len(result.classes) > 2:  # of two, four numbers say it
        drawn.append(draw_confusion(result, folder, language=language))
    return drawn


def draw_reliability(result: Evaluation, folder: Path, *, language: Language) -> Path:
    """Draw the reliability diagram (Guo et al. 2017): accuracy in each bin of confidence, and counts."""
    with drawing():
        figure = blank(
            width=5.0, height=5.2, rows=2, sharex=True, gridspec_kw={"height_ratios": (3, 1), "hspace": 0.04}
        )
        upper, lower = figure.axes
        # Another threshold than one half leaves answers that are less sure than that.
        least = min(1 / len(result.classes) - 1e-9, min(each.low for each in result.bins if each.reviews))
        bins = [each for each in result.bins if each.high > least]
        edge = bins[0].low
        filled = [each for each in bins if each.reviews]
        sure, right = (np.array([getattr(b, name) for b in filled]) for name in ("confidence", "accuracy"))
        ends = [wilson(round(each.accuracy * each.reviews), each.reviews) for each in filled]
        low, high = np.array(ends).T
        diagonal = [edge, 1.0]
        upper.plot(
            diagonal,
            diagonal,
            color=INK,
            lw=1,
            ls=(0, (4, 2)),
            label=language.say("report.quality.ideal"),
        )
        upper.vlines(
            sure, sure, right, color=_GAP, linewidth=5, alpha=0.55, label=language.say("report.quality.gap")
        )
        reach = np.maximum([right - low, high - right], 0.0)
        label = language.say("report.quality.bin")
        upper.errorbar(
            sure, right, yerr=reach, fmt="o", color=_RIGHT, ms=6, capsize=3, elinewidth=1.4, label=label
        )
        upper.grid(visible=False, axis="x")
        for each in bins[1:]:
            upper.axvline(each.low, color=LINE, linewidth=0.6, zorder=0)
        upper.tick_params(axis="x", length=0)
        handles, labels = upper.get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside lower left")
        upper.set_ylim(max(0.0, min([edge, *low]) - 0.03), 1.0)
        upper.set_ylabel(capital(language.say("report.quality.accuracy")))
        ece, nll = language.number(result.ece, 4), language.number(result.nll, 4)
        upper.set_title(
            language.say(
                "report.quality.reliability_note",
                ece=ece,
                nll=nll,
                accuracy=language.number(result.accuracy, 4),
                reviews=language.number(result.reviews, 0),
            ),
            fontsize=8,
            color=SOFT,
        )
        _draw_counts(lower, [(e.low, e.high, e.reviews) for e in bins], language)
        lower.set_xlim(edge, 1.0)
        lower.set_xlabel(capital(language.say("report.quality.confidence")))
        for axis in (upper.yaxis, lower.xaxis):
            number_ticks(axis, language)
        figure.suptitle(language.say("report.quality.reliability"), fontsize=11, fontweight="bold")
        save(figure, folder, "reliability", calibration_csv(result))
    return folder / "reliability.png"


def draw_lengths(bins: list[LengthBin], result: Evaluation, folder: Path, *, language: Language) -> Path:
    """Draw accuracy by length, with 95 % intervals, against the accuracy of all texts."""
    with drawing():
        figure = blank(width=6.4, height=3.6)
        (axes,) = figure.axes
        places = np.arange(len(bins))
        heights = np.array([each.accuracy for each in bins])
        reach = np.array([[b.accuracy - b.low for b in bins], [b.high - b.accuracy for b in bins]])
        axes.axhline(
            result.accuracy,
            color=_GREY,
            linewidth=1,
            linestyle=(0, (4, 2)),
            label=language.say("report.quality.all", accuracy=language.number(result.accuracy, 3)),
        )
        axes.errorbar(
            places,
            heights,
            yerr=np.maximum(reach, 0.0),
            fmt="o",
            color=_RIGHT,
            markersize=6,
            capsize=3,
            elinewidth=1.4,
            label=language.say("report.quality.interval"),
        )
        axes.set_xticks(places, [_range(each, language) for each in bins], fontsize=8)
        axes.set_xlim(-0.6, len(bins) - 0.4)
        axes.set_xlabel(capital(language.say("report.quality.words")))
        axes.set_ylabel(capital(language.say("report.quality.accuracy")))
        axes.grid(visible=False, axis="x")
        number_ticks(axes.yaxis, language)
        counts = [each.reviews for each in bins]
        few, many = language.number(min(counts), 0), language.number(max(counts), 0)
        figure.legend(loc="outside lower center", ncols=2)
        axes.set_title(
            language.say("report.quality.group_size", sizes=few if few == many else f"{few}–{many}"),
            fontsize=8,
            color=SOFT,
        )
        figure.suptitle(language.say("report.quality.lengths"), fontsize=11, fontweight="bold")
        save(figure, folder, "accuracy-by-length", length_csv(bins))
    return folder / "accuracy-by-length.png"


def _draw_counts(axes: Axes, bins: list[tuple[float, float, int]], language: Language) -> None:
    """Draw how many texts each bin has, with the number above its bar."""
    top = max(count for _, _, count in bins)
    for low, high, count in bins:
        middle = (low + high) / 2
        axes.bar(middle, count, high - low, color=EDGE, edgecolor=GROUND, linewidth=1)
        shown = language.number(count, 0)
        axes.annotate(
            shown, (middle, count), (0, 2), textcoords="offset points", ha="center", va="bottom", fontsize=7
        )
    axes.set_ylim(0, 1.22 * top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.set_ylabel(capital(language.say("report.quality.reviews")))


def _range(each: LengthBin, language: Language) -> str:
    ends = [language.number(words, 0) for words in (each.shortest, each.longest)]
    return ends[0] if each.shortest == each.longest else f"{ends[0]}–\n{ends[1]}"
