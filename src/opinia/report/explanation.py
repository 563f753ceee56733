"""What the terminal and the page both need to show an explanation: words, marks and the strongest pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opinia.language.messages import MESSAGES, Messages
from opinia.model.explain import Contribution, Explanation

STRONGEST = 5
"""Pieces listed for each side."""
_LEAST_EFFECT = 5e-6
_LEVELS = (0.1, 1 / 3, 2 / 3)


@dataclass(frozen=True)
class Words:
    """What is said around an explanation in one language; texts with ``{…}`` are filled in."""

    sides: Mapping[str, str]
    side: str
    other_side: str
    points: str
    text: str
    reading: str
    curve: str
    point: str
    phrases: str
    no_phrase: str
    nothing: Mapping[str, str]
    legend: Mapping[str, str]
    title: str
    axis: str
    model: str
    notes_title: str
    notes: Sequence[str]


WORDS: Mapping[str, Words] = {
    "pl": Words(
        sides={"positive": "za pozytywną", "negative": "za negatywną"},
        side="za „{label}”",
        other_side="przeciw „{label}”",
        points="{value} p.p.",
        text="Słowa w tekście",
        reading="czytanie",
        curve="Prawdopodobieństwo „{label}” w trakcie czytania",
        point="po „{word}”: {share}",
        phrases="frazy",
        no_phrase="frazy „{phrase}” nie ma w tekście",
        nothing={
            "word": "żadne słowo z osobna nie zmienia odpowiedzi",
            "sentence": "żadne zdanie z osobna nie zmienia odpowiedzi",
        },
        legend={
            "word": "{plus} {towards}, {minus} {against}; p.p.: o ile spada prawdopodobieństwo „{label}” "
            "bez tego słowa",
            "sentence": "{plus} {towards}, {minus} {against}; p.p.: o ile spada prawdopodobieństwo „{label}” "
            "bez tego zdania (tekst jest długi, więc zamiast słów liczą się zdania)",
        },
        title="Skąd ta odpowiedź?",
        axis="przeczytane słowa",
        model="model",
        notes_title="Co to znaczy, a czego nie",
        notes=(
            "Wkład słowa to różnica: prawdopodobieństwo całego tekstu minus prawdopodobieństwo tekstu bez "
            "tego słowa. Mówi, co robi model, a nie co miał na myśli autor.",
            "Wkłady nie sumują się do odpowiedzi. Gdy dwa słowa mówią to samo, każde z osobna może nie "
            "znaczyć nic, bo drugie zostaje; „not” i „bad” trzeba opuszczać razem (--phrase).",
            "Gdy model jest bardzo pewny, każde słowo z osobna zmienia mało. Słowo spoza słownika liczy się "
            "jako nieznane.",
            "Krzywa pokazuje odpowiedzi na początki tekstu, czytane tak, jakby na tym się kończył: to "
            "teksty, których nikt nie napisał.",
        ),
    ),
    "en": Words(
        sides={"positive": "for positive", "negative": "for negative"},
        side="for “{label}”",
        other_side="against “{label}”",
        points="{value} points",
        text="The words of the text",
        reading="reading",
        curve="Probability of “{label}” while reading",
        point="after “{word}”: {share}",
        phrases="phrases",
        no_phrase="the phrase “{phrase}” is not in the text",
        nothing={
            "word": "no single word changes the answer",
            "sentence": "no single sentence changes the answer",
        },
        legend={
            "word": "{plus} {towards}, {minus} {against}; points: how far the probability of “{label}” falls "
            "without the word, in percentage points",
            "sentence": "{plus} {towards}, {minus} {against}; points: how far the probability of “{label}” "
            "falls without the sentence, in percentage points (of a long text, sentences count, not words)",
        },
        title="Why this answer?",
        axis="words read",
        model="model",
        notes_title="What this means, and what not",
        notes=(
            "The contribution of a word is a difference: the probability of the whole text minus that of the "
            "text without the word. It says what the model does, not what the writer meant.",
            "Contributions do not sum to the answer. Of two words that say the same, each may count for "
            "nothing, because the other is still there; “not” and “bad” have to be left out together "
            "(--phrase).",
            "Where the model is very sure, every single word changes little. A word outside the vocabulary "
            "counts as an unknown one.",
            "The curve shows answers to beginnings of the text, read as if it ended there: texts that nobody "
            "wrote.",
        ),
    ),
}


@dataclass(frozen=True)
class Shown:
    """An explanation on its way to a person.

    Args:
        text: the text; may hold anything.
        explanation: of the text.
        doubt: why the answer should not be trusted, or None.
        language: ``"pl"`` or ``"en"``.
    """

    text: str
    explanation: Explanation
    doubt: str | None
    language: str

    @property
    def words(self) -> Words:
        """What is said around it."""
        return WORDS[self.language]

    @property
    def messages(self) -> Messages:
        """Numbers and labels in the language."""
        return MESSAGES[self.language]

    @property
    def target(self) -> str:
        """The class that contributions speak of, as a person calls it."""
        return self.messages.labels.get(self.explanation.target, self.explanation.target)

    def side(self, *, positive: bool) -> str:
        """Say what a contribution speaks for: ``for positive``, or ``against "three stars"``."""
        target = self.explanation.target
        if target in self.words.sides:
            others = [label for label in self.words.sides if label != target]
            return self.words.sides[target if positive else others[0]]
        return (self.words.side if positive else self.words.other_side).format(label=target)

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

    def points(self, contribution: float, *, sign: bool = True) -> str:
        """Return a contribution in percentage points, with as many digits as the strongest needs."""
        digits = 1 if self.strongest >= 0.01 else 2 if self.strongest >= 0.001 else 3
        value = f"{100 * contribution:{'+' if sign else ''}.{digits}f}"
        return value.replace("-", "−").replace(".", self.messages.decimal)
