"""Explanations as a page: one HTML file with its style and pictures inside, and no script."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from unicodedata import bidirectional, category

from opinia.model.classifier import Classifier
from opinia.model.explain import Contribution
from opinia.report.explanation import WORDS, Shown
from opinia.report.explanation_style import STYLE

_WIDTH, _HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 14, 12, 34
_GRID = (0.0, 0.5, 1.0)


def write_page(explained: Sequence[Shown], classifier: Classifier, *, language: str) -> str:
    """Return a page about one text or several.

    Nothing of a text or of a model's card can leave its place: all is escaped, and the page's own policy
    forbids scripts and addresses.

    Args:
        explained: the texts, in order.
        classifier: that judged them.
        language: ``"pl"`` or ``"en"``.
    """
    words = WORDS[language]
    articles = "\n".join(_article(shown, number) for number, shown in enumerate(explained, 1))
    notes = "\n".join(f"<li>{_safe(note)}</li>" for note in words.notes)
    model = classifier.model
    name = classifier.card.get("name") or (model.path.name if model.path else "")
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_safe(words.title)} – opinia</title>
<style>
{STYLE}</style>
</head>
<body>
<header><h1>{_safe(words.title)}</h1></header>
<main>
{articles}
</main>
<footer>
<h2>{_safe(words.notes_title)}</h2>
<ul>
{notes}
</ul>
<p>{_safe(words.model)}: {_safe(str(name))} <code>{model.sha256[:12]}</code> · opinia</p>
</footer>
</body>
</html>
"""


def _article(shown: Shown, number: int) -> str:
    explanation, messages = shown.explanation, shown.messages
    label = messages.labels.get(explanation.label, explanation.label)
    share = messages.percent(explanation.probability, digits=1)
    side = "for" if explanation.label == explanation.target else "against"
    doubt = f'<p class="doubt">{_safe(shown.doubt)}</p>\n' if shown.doubt else ""
    head = (
        f'<article aria-labelledby="answer{number}">\n'
        f'<h2 id="answer{number}" class="{side}"><span class="label">{_safe(label)}</span> '
        f'<span class="share">{share}</span></h2>\n{doubt}'
    )
    if not explanation.contributions:
        return f'{head}<p class="text">{_safe(shown.text)}</p>\n</article>'
    return (
        f'{head}<p class="text {explanation.unit}" dir="auto">{"".join(_marked(shown))}</p>\n'
        f'<p class="legend">{_legend(shown)}</p>\n'
        f"{_curve(shown, number)}\n"
        f'<div class="sides">\n{_list(shown, positive=True)}{_list(shown, positive=False)}'
        f"{_phrases(shown)}</div>\n</article>"
    )


def _marked(shown: Shown) -> Iterator[str]:
    """Yield the text with each piece tinted by how strong it is, its points in a tooltip."""
    text, place = shown.text, 0
    for piece in shown.explanation.contributions:
        yield _safe(text[place : piece.start])
        written = _safe(text[piece.start : piece.end])
        level = shown.level(piece)
        side = "for" if piece.contribution > 0 else "against"
        kind = f"{side} s{level}" if level else "faint"
        tint = abs(piece.contribution) / shown.strongest if level else 0
        style = f' style="--tint:{tint:.2f}"' if level else ""
        yield f'<span class="{kind}"{style} title="{_points(shown, piece)}">{written}</span>'
        place = piece.end
    yield _safe(text[place:])


def _legend(shown: Shown) -> str:
    unit = shown.explanation.unit
    if not (shown.top(positive=True) or shown.top(positive=False)):
        return _safe(shown.words.nothing[unit])
    return shown.words.legend[unit].format(
        plus='<span class="key for s3" style="--tint:0.8">+</span>',
        minus='<span class="key against s3" style="--tint:0.8">−</span>',
        towards=_safe(shown.side(positive=True)),
        against=_safe(shown.side(positive=False)),
        label=_safe(shown.target),
    )


def _list(shown: Shown, *, positive: bool) -> str:
    pieces = shown.top(positive=positive)
    if not pieces:
        return ""
    side = "for" if positive else "against"
    title = _safe(shown.side(positive=positive))
    return f'<section class="{side}">\n<h3>{title}</h3>\n{_bars(shown, pieces)}</section>\n'


def _phrases(shown: Shown) -> str:
    pieces = shown.explanation.phrases
    if not pieces:
        return ""
    title = _safe(shown.words.phrases)
    return f'<section class="phrases">\n<h3>{title}</h3>\n{_bars(shown, pieces)}</section>\n'


def _bars(shown: Shown, pieces: Sequence[Contribution]) -> str:
    longest = max(shown.strongest, *(abs(piece.contribution) for piece in pieces)) or 1.0
    lines = []
    for piece in pieces:
        written = _safe(shown.name(piece))
        width = f"{100 * abs(piece.contribution) / longest:.0f}%"
        side = "for" if piece.contribution > 0 else "against"
        lines.append(
            f'<li><span class="piece">{written}</span><span class="points">{_points(shown, piece)}</span>'
            f'<span class="bar {side}" style="width:{width}"></span></li>\n'
        )
    return f"<ol>\n{''.join(lines)}</ol>\n"


def _curve(shown: Shown, number: int) -> str:
    """Return the reading curve as a picture with a title, a description and a tooltip a point."""
    curve, messages, words = shown.explanation.curve, shown.messages, shown.words
    title = _safe(words.curve.format(label=shown.target))
    step = (_WIDTH - _LEFT - _RIGHT) / len(curve)
    places = [(_LEFT + step * (i + 0.5), _height(point.positive)) for i, point in enumerate(curve)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    base = _height(0)
    area = f"{places[0][0]:.1f},{base:.1f} {line} {places[-1][0]:.1f},{base:.1f}"
    first, last = (messages.percent(point.positive) for point in (curve[0], curve[-1]))
    grid = "".join(
        f'<line class="{"middle" if share == 0.5 else "grid"}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
        f'y1="{_height(share):.1f}" y2="{_height(share):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{_height(share) + 4:.1f}" text-anchor="end">'
        f"{messages.percent(share)}</text>"
        for share in _GRID
    )
    spots = []
    for (x, y), point in zip(places, curve, strict=True):
        tip = words.point.format(
            word=_last_word(shown.text[: point.end]), share=messages.percent(point.positive)
        )
        radius = 2.5 if len(curve) <= 120 else 0
        spots.append(
            f'<g><rect x="{x - step / 2:.1f}" y="{_TOP}" width="{step:.2f}" height="{base - _TOP}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/><title>{_safe(tip)}</title></g>'
        )
    return (
        f'<figure>\n<figcaption id="curve{number}">{title}</figcaption>\n'
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="curve{number} path{number}">\n'
        f'<desc id="path{number}">{first} → {last}</desc>\n{grid}\n'
        f'<polygon points="{area}"/>\n<polyline points="{line}"/>\n'
        f'<circle class="end" cx="{places[-1][0]:.1f}" cy="{places[-1][1]:.1f}" r="4.5"/>\n'
        f'<g class="spots">{"".join(spots)}</g>\n'
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">'
        f"{_safe(words.axis)} →</text>\n</svg>\n</figure>"
    )


def _height(share: float) -> float:
    return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)


def _last_word(text: str) -> str:
    return text[-40:].split()[-1] if text[-40:].split() else ""


def _points(shown: Shown, piece: Contribution) -> str:
    return _safe(shown.words.points.format(value=shown.points(piece.contribution)))


def _safe(text: str) -> str:
    """Return a text as HTML that shows it: escaped, and without characters that HTML cannot hold."""
    shown = "".join(c if c.isprintable() or c in "\n\t" else _replacement(c) for c in text)
    return html.escape(shown)


def _replacement(letter: str) -> str:
    # Unseen characters stay, joiners of emoji among them, but for marks that turn the direction of the line.
    is_unseen = category(letter) == "Cf" and bidirectional(letter) == "BN"
    return letter if is_unseen or letter in "\u00a0\u3000" else " " if letter.isspace() else "\ufffd"
