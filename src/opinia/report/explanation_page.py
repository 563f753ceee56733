"""Explanations as a page: one HTML file with its style and pictures inside, and no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from opinia.language import Language
from opinia.model.classifier import Classifier
from opinia.model.explain import Contribution
from opinia.model.file import Model
from opinia.report.explanation import Shown, side_of
from opinia.report.templating import fill, html_environment

_WIDTH, _HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 14, 12, 34
_GRID = (0.0, 0.5, 1.0)
_MANY_POINTS = 120
_PLUS = Markup('<span class="key for s3" style="--tint:0.8">+</span>')
_MINUS = Markup('<span class="key against s3" style="--tint:0.8">−</span>')


def write_page(explained: Sequence[Shown], classifier: Classifier, *, language: Language) -> str:
    """Return a page about one text or several.

    Nothing of a text or of a model's card can leave its place: all is escaped, and the page's own policy
    forbids scripts and addresses.

    Args:
        explained: the texts, in order.
        classifier: that judged them.
        language: of the page.
    """
    readers = dict.fromkeys(classifier.reader_of(shown.text) for shown in explained) or {classifier: None}
    models = [reader.model for reader in readers]
    return (
        html_environment()
        .get_template("explanation.html")
        .render(
            articles=[_article(shown) for shown in explained],
            say=language.say,
            language=language.code,
            models=[(_name(model), model.sha256) for model in models],
            many=len(classifier.classes_) > 2,
        )
    )


def _name(model: Model) -> str:
    return str(model.description.card.get("name") or (model.path.name if model.path else ""))


def _article(shown: Shown) -> dict[str, Any]:
    explanation, language = shown.explanation, shown.language
    about: dict[str, Any] = {
        "label": language.label(explanation.label),
        "share": language.percent(explanation.probability, digits=1),
        "side": "for" if explanation.label == explanation.target else "against",
        "doubt": shown.doubt,
        "text": shown.text,
        "parts": [],
    }
    if not explanation.contributions:
        return about
    return about | {
        "unit": explanation.unit,
        "parts": list(shown.marked(faint="faint")),
        "legend": _legend(shown),
        "curve": _curve(shown),
        "towards": shown.side(positive=True),
        "towards_it": _bars(shown, shown.top(positive=True)),
        "against": shown.side(positive=False),
        "against_it": _bars(shown, shown.top(positive=False)),
        "phrases": _bars(shown, explanation.phrases),
    }


def _legend(shown: Shown) -> Markup | None:
    if not (shown.top(positive=True) or shown.top(positive=False)):
        return None
    return fill(
        shown.language.text(f"explanation.legend.{shown.explanation.unit}"),
        plus=_PLUS,
        minus=_MINUS,
        towards=shown.side(positive=True),
        against=shown.side(positive=False),
        label=shown.target,
    )


def _bars(shown: Shown, pieces: Sequence[Contribution]) -> list[dict[str, str]]:
    longest = max(shown.strongest, *(abs(piece.contribution) for piece in pieces), 0.0) or 1.0
    return [
        {
            "written": shown.name(piece),
            "points": shown.points(piece.contribution),
            "width": f"{100 * abs(piece.contribution) / longest:.0f}",
            "side": side_of(piece),
        }
        for piece in pieces
    ]


def _curve(shown: Shown) -> dict[str, Any]:
    """Return the reading curve as a picture with a title, a description and a tooltip a point."""
    curve, language = shown.explanation.curve, shown.language
    step = (_WIDTH - _LEFT - _RIGHT) / len(curve)
    places = [(_LEFT + step * (i + 0.5), _height(point.positive)) for i, point in enumerate(curve)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    base, shares = _height(0), [language.percent(point.positive) for point in curve]
    tips = [
        language.say("explanation.point", word=_last_word(shown.text[: point.end]), share=share)
        for point, share in zip(curve, shares, strict=True)
    ]
    for each in shown.curves():
        said = map(language.percent, each.values)
        tips = [f"{tip}\n{each.label}: {share}" for tip, share in zip(tips, said, strict=True)]
    return {
        "title": language.say("explanation.curve", label=shown.target),
        "label": shown.target,
        "others": _others(shown, step),
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _WIDTH - _RIGHT,
        "top": _TOP,
        "depth": _HEIGHT - _TOP - _BOTTOM,
        "step": f"{step:.2f}",
        "middle": (_LEFT + _WIDTH - _RIGHT) / 2,
        "radius": 2.5 if len(curve) <= _MANY_POINTS else 0,
        "first": shares[0],
        "last": shares[-1],
        "line": line,
        "area": f"{places[0][0]:.1f},{base:.1f} {line} {places[-1][0]:.1f},{base:.1f}",
        "end_x": f"{places[-1][0]:.1f}",
        "end_y": f"{places[-1][1]:.1f}",
        "grid": [
            {
                "kind": "middle" if share == 0.5 else "grid",
                "y": f"{_height(share):.1f}",
                "below": f"{_height(share) + 4:.1f}",
                "share": language.percent(share),
            }
            for share in _GRID
        ],
        "spots": [
            {"left": f"{x - step / 2:.1f}", "x": f"{x:.1f}", "y": f"{y:.1f}", "tip": tip}
            for (x, y), tip in zip(places, tips, strict=True)
        ],
    }


def _others(shown: Shown, step: float) -> list[dict[str, str]]:
    """Return the curves of the other classes, with what the picture says of each."""
    language = shown.language
    return [
        {
            "label": curve.label,
            "line": " ".join(
                f"{_LEFT + step * (i + 0.5):.1f},{_height(value):.1f}" for i, value in enumerate(curve.values)
            ),
            "first": language.percent(curve.values[0]),
            "last": language.percent(curve.values[-1]),
        }
        for curve in shown.curves()
        if not curve.is_target
    ]


def _height(share: float) -> float:
    return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)


def _last_word(text: str) -> str:
    return text[-40:].split()[-1] if text[-40:].split() else ""
