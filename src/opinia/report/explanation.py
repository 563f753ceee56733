"""What the terminal and the pages need to show an explanation: marks, sides and the strongest pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opinia.language import Language
from opinia.model.explain import Contribution, Explanation

STRONGEST = 5
"""Pieces listed for each side."""
MOST_CURVES = 8
"""Classes whose reading curves are shown."""
_KNOWN = ("positive", "negative")
_LEAST_EFFECT = 5e-6
_LEVELS = (0.1, 1 / 3, 2 / 3)


@dataclass(frozen=True)
class ClassCurve:
    """The reading curve of one class.

    Args:
        label: of the class, as a person calls it.
        is_target: contributions speak of this class.
        values: its probability at each point, from 0 to 1.
    """

    label: str
    is_target: bool
    values: tuple[float, ...]


@dataclass(frozen=True)
class Shown:
    """An explanation on its way to a person.

    Args:
        text: the text; may hold anything.
        explanation: of the text.
        doubt: why the answer should not be trusted, or None.
        language: of what is said around it.
    """

    text: str
    explanation: Explanation
    doubt: str | None
    language: Language

    @property
    def target(self) -> str:
        """The class that contributions speak of, as a person calls it."""
        return self.language.label(self.explanation.target)

    def side(self, *, positive: bool) -> str:
        """Say what a contribution speaks for: ``for positive``, or ``against "three stars"``."""
        target, say = self.explanation.target, self.language.say
        if target in _KNOWN and len(self.explanation.classes) <= 2:
            other = next(label for label in _KNOWN if label != target)
            return say(f"explanation.side.{target if positive else other}")
        return say("explanation.side" if positive else "explanation.other_side", label=self.target)

    def curves(self) -> list[ClassCurve]:
        """Return the reading curves of a model of more than two classes; of two, that of the target is all.

        The target's stands first, then those of the other classes, the most probable at any point before the
        rest, of which there may be more than the eight that are returned.
        """
        explanation = self.explanation
        if len(explanation.classes) <= 2 or not explanation.curve:
            return []
        columns = zip(*(point.probabilities for point in explanation.curve), strict=True)
        found = [
            ClassCurve(self.language.label(name), name == explanation.target, values)
            for name, values in zip(explanation.classes, columns, strict=True)
        ]
        return sorted(found, key=lambda each: (not each.is_target, -max(each.values)))[:MOST_CURVES]

    @property
    def strongest(self) -> float:
        """The largest effect of a piece, in either direction, from 0 to 1."""
        return max((abs(piece.contribution) for piece in self.explanation.contributions), default=0.0)

    def level(self, piece: Contribution) -> int:
        """Return how strong a piece is: from 0, hardly, to 3, at least two thirds of the strongest."""
        if self.strongest < _LEAST_EFFECT:
            return 0
        return sum(abs(piece.contribution) >= share * self.strongest for share in _LEVELS)

    def top(self, *, positive: bool) -> list[Contribution]:
        """Return the strongest pieces of one side, strongest first."""
        found = [
            piece
            for piece in self.explanation.contributions
            if (piece.contribution > 0) == positive and self.level(piece)
        ]
        return sorted(found, key=lambda piece: -abs(piece.contribution))[:STRONGEST]

    def name(self, piece: Contribution) -> str:
        """Return a piece as it stands in a list: on one line, a word without the marks around it."""
        written = " ".join(self.text[piece.start : piece.end].split())
        return written.strip('.,;:()[]"“”') or written if self.explanation.unit == "word" else written

    def marked(self, *, faint: str = "") -> Iterator[dict[str, str]]:
        """Yield the text piece by piece for a page, with what stands between the pieces.

        Args:
            faint: the kind of pieces that hardly matter.

        Returns:
            Of each its ``text`` and ``kind``, such as ``"for s3"``; empty between pieces. Of pieces also
            ``tint``, their share of the strongest effect, and ``points``.
        """
        place = 0
        for piece in self.explanation.contributions:
            yield {"kind": "", "text": self.text[place : piece.start]}
            level = self.level(piece)
            yield {
                "text": self.text[piece.start : piece.end],
                "kind": f"{side_of(piece)} s{level}" if level else faint,
                "tint": f"{abs(piece.contribution) / self.strongest:.2f}" if level else "",
                "points": self.points(piece.contribution),
            }
            place = piece.end
        yield {"kind": "", "text": self.text[place:]}

    def points(self, contribution: float, *, sign: bool = True) -> str:
        """Return a contribution in percentage points, with as many digits as the strongest needs."""
        digits = 1 if self.strongest >= 0.01 else 2 if self.strongest >= 0.001 else 3
        value = f"{100 * contribution:{'+' if sign else ''}.{digits}f}"
        return value.replace("-", "−").replace(".", self.language.decimal)


def side_of(piece: Contribution) -> str:
    """Return ``"for"`` or ``"against"``: what a piece does to the class that contributions speak of."""
    return "for" if piece.contribution > 0 else "against"
