"""What a model is wrong about or unsure of, as a table and as a page; both need nothing else to be read."""

from __future__ import annotations

from typing import Any

from opinia.evaluate.mistakes import Mistake, Mistakes
from opinia.evaluate.results_csv import to_csv
from opinia.language import Language
from opinia.report.explanation import Shown
from opinia.report.templating import html_environment

COLUMNS = (
    *("row", "kind", "suspect", "label", "answer", "probability", "probability_of_label"),
    *("doubt", "why", "text"),
)
_WORDS = 5
"""Pieces that are named for a text in the table."""
_LONGEST = 60
"""Characters of a piece that is named there: of a long text pieces are sentences."""
_CONFUSED = 6


def mistakes_csv(mistakes: Mistakes) -> bytes:
    """Return the listed mistakes as CSV, a row each, in UTF-8 with the mark by which spreadsheets know it.

    ``suspect`` is the class that a text seems to be of where its label is to be doubted. ``why`` names the
    five words, or sentences, that weigh most, with how far the probability of the answer falls without them,
    in percentage points: above 0 they speak for the answer.
    """
    rows = [
        [
            *(each.row, each.kind, each.suspect, each.label, each.answer),
            *(round(each.probability, 4), round(each.of_label, 4)),
            *(each.doubt, _why(each), each.text),
        ]
        for each in mistakes.listed
    ]
    return to_csv(COLUMNS, rows).encode("utf-8-sig", "surrogatepass")


def _why(mistake: Mistake) -> str:
    if mistake.explanation is None:
        return ""
    ranked = sorted(mistake.explanation.contributions, key=lambda piece: -abs(piece.contribution))
    named = []
    for piece in ranked[:_WORDS]:
        points = f"{100 * piece.contribution:+.1f}"
        if points in ("+0.0", "-0.0"):
            break
        written = " ".join(mistake.text[piece.start : piece.end].split())
        if mistake.explanation.unit == "word":
            written = written.strip('.,;:()[]"“”') or written
        elif len(written) > _LONGEST:
            written = written[: _LONGEST - 1] + "…"
        named.append(f"{written} {points}")
    return "; ".join(named)


def mistakes_page(
    mistakes: Mistakes, *, model: str, digest: str, data: str, notes: tuple[str, ...], language: Language
) -> str:
    """Return the listed mistakes as one HTML page with its style inside, and no script.

    Nothing of a text, a label or a name can leave its place: all is escaped, and the page's own policy
    forbids scripts and addresses.

    Args:
        mistakes: with their explanations.
        model: its name.
        digest: the beginning of the SHA-256 of its file, or ``""``.
        data: what was judged.
        notes: what is to be known of the labels that are to be doubted, a sentence each.
        language: of the page.
    """
    say, number = language.say, language.number
    share = language.percent(mistakes.wrong / mistakes.rows, digits=1) if mistakes.rows else ""
    tiles = [
        ("rows", number(mistakes.rows), ""),
        ("wrong", number(mistakes.wrong), share),
        ("unsure", number(mistakes.unsure), ""),
        ("suspect", number(mistakes.suspect), ""),
    ]
    most = mistakes.confused[0][2] if mistakes.confused else 1
    return (
        html_environment()
        .get_template("errors.html")
        .render(
            say=say,
            language=language.code,
            model=model,
            digest=digest,
            data=data,
            tiles=[{"kind": k, "number": n, "share": s} for k, n, s in tiles],
            confused=[
                {
                    "label": language.label(label),
                    "answer": language.label(answer),
                    "count": number(count),
                    "width": f"{100 * count / most:.0f}",
                }
                for label, answer, count in mistakes.confused[:_CONFUSED]
            ],
            articles=[_article(each, language) for each in mistakes.listed],
            kinds=[kind for kind in ("wrong", "unsure", "suspect") if _has(mistakes, kind)],
            left=say("mistakes.left", count=mistakes.left) if mistakes.left else "",
            notes=notes,
        )
    )


def _has(mistakes: Mistakes, kind: str) -> bool:
    """Tell whether some of the listed are of a kind, and some are not: else there is nothing to choose."""
    found = {each.suspect is not None if kind == "suspect" else each.kind == kind for each in mistakes.listed}
    return found == {True, False}


def _article(mistake: Mistake, language: Language) -> dict[str, Any]:
    about: dict[str, Any] = {
        "row": mistake.row,
        "kind": mistake.kind,
        "suspect": None if mistake.suspect is None else language.label(mistake.suspect),
        "label": language.label(mistake.label),
        "answer": language.label(mistake.answer),
        "share": language.percent(mistake.probability, digits=1),
        "of_label": language.percent(mistake.of_label, digits=1),
        "width": f"{100 * mistake.probability:.1f}",
        "label_width": f"{100 * mistake.of_label:.1f}",
        "doubt": None if mistake.doubt is None else language.say(f"mistakes.doubt.{mistake.doubt}"),
        "parts": [{"kind": "", "text": mistake.text}],
        "towards": [],
        "against": [],
        "why": "long" if mistake.explanation is None else "",
    }
    explanation = mistake.explanation
    if explanation is None or not explanation.contributions:
        return about
    shown = Shown(mistake.text, explanation, None, language)
    towards, against = shown.top(positive=True), shown.top(positive=False)
    return about | {
        "parts": [part for part in shown.marked() if part["text"]],
        "towards": [(_short(shown.name(piece)), shown.points(piece.contribution)) for piece in towards],
        "against": [(_short(shown.name(piece)), shown.points(piece.contribution)) for piece in against],
        "why": "" if towards or against else "nothing",
    }


def _short(written: str) -> str:
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"
