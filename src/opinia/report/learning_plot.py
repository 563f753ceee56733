"""A learning curve as a picture: accuracy on validation by number of texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from opinia.evaluate.learning_curve import LearningCurve
from opinia.language import LANGUAGES, Language
from opinia.report.canvas import COLOURS, blank, capital, drawing, number_ticks, save


def draw_learning_curve(
    curve: LearningCurve, folder: Path, name: str, *, language: Language = LANGUAGES["en"]
) -> Path:
    """Draw a learning curve, as PNG and SVG with a CSV beside them, and return the PNG.

    Args:
        curve: with at least one point.
        folder: receives the files.
        name: of the files, without ending.
        language: of the labels.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    with drawing():
        figure = blank(width=6.0, height=3.8)
        (axes,) = figure.axes
        places = np.array([each.texts for each in curve.points])
        heights = np.array([each.accuracy for each in curve.points])
        reach = np.array(
            [[e.accuracy - e.low for e in curve.points], [e.high - e.accuracy for e in curve.points]]
        )
        axes.errorbar(
            places,
            heights,
            yerr=np.maximum(reach, 0.0),
            fmt="o-",
            color=COLOURS[0],
            capsize=3,
            elinewidth=1.2,
            label=language.say("report.learning.network"),
        )
        linear = [(each.texts, each.linear_accuracy) for each in curve.points]
        if curve.points and all(value is not None for _, value in linear):
            axes.plot(
                places,
                np.array([value for _, value in linear], np.float64),
                "s--",
                color=COLOURS[1],
                markersize=5,
                label=language.say("report.learning.linear"),
            )
        axes.set_xscale("log")
        axes.set_xticks(places, [language.number(int(place)) for place in places])
        axes.minorticks_off()
        axes.set_xlabel(capital(language.say("report.learning.texts")))
        axes.set_ylabel(capital(language.say("report.quality.accuracy")))
        number_ticks(axes.yaxis, language)
        figure.legend(loc="outside lower center", ncols=2)
        figure.suptitle(language.say("report.learning.title"), fontsize=11, fontweight="bold")
        save(figure, folder, name, curve.csv())
    return folder / f"{name}.png"
