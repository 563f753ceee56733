"""What is found in a table on the way through: the same for ``opinia check`` and for ``opinia score``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from opinia.model.doubt import NO_WORDS, OTHER_LANGUAGE
from opinia.tables.cell_text import is_placeholder
from opinia.tables.delimited import OTHER_ENCODING
from opinia.text.garbled import garbled_in
from opinia.text.language import language_of

_MOST_LANGUAGES = 40


class Look(NamedTuple):
    """What is to be said of the text of one row.

    Args:
        doubt: why its answer should not be trusted, one of :data:`opinia.model.doubt.DOUBTS`, or None.
        language: that it is in, as a code, where it is not the model's.
        blank: ``"empty"`` or ``"placeholder"``, or None where something stands there.
        is_merged: it may hold several rows.
        garbled: signs that a wrong encoding has left in it, or None.
    """

    doubt: str | None = None
    language: str | None = None
    blank: str | None = None
    is_merged: bool = False
    garbled: str | None = None


@dataclass
class Findings:
    """Counts of a table's rows.

    Args:
        rows: in the table, bad ones included.
        bad: rows that cannot be judged.
        first_bad: number of the first of them and what is wrong with it, or None.
        empty: texts without anything in them.
        placeholders: texts that say that there is none, such as ``NULL``; they are judged as empty ones.
        merged: rows that may hold several, because a quote is not closed.
        first_merged: number of the first of them, or None.
        doubts: how many answers should not be trusted, by reason.
        languages: of the texts that are in another language than the model's, by code.
        labels: how many texts got each label.
        encodings: that showed only later than in the table's beginning, and the line where.
        garbled: texts with signs that a wrong encoding has left there.
        first_garbled: the first of these signs, or None.
        miscoded: of the bad rows, those whose bytes are wrong in the table's encoding.
    """

    rows: int = 0
    bad: int = 0
    first_bad: str | None = None
    empty: int = 0
    placeholders: int = 0
    merged: int = 0
    first_merged: int | None = None
    doubts: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    garbled: int = 0
    first_garbled: str | None = None
    miscoded: int = 0

    def add_bad(self, number: int, error: str) -> None:
        """Count a row that cannot be judged."""
        self.bad += 1
        self.miscoded += error.endswith(OTHER_ENCODING)
        self.first_bad = self.first_bad or f"row {number:,}: {error}"

    def add(self, number: int, look: Look) -> None:
        """Count the text of a row.

        Args:
            number: of the row, from 1.
            look: what is to be said of it.
        """
        if look.doubt is not None:
            self.doubts[look.doubt] = self.doubts.get(look.doubt, 0) + 1
        if look.language is not None and (
            look.language in self.languages or len(self.languages) < _MOST_LANGUAGES
        ):
            self.languages[look.language] = self.languages.get(look.language, 0) + 1
        self.empty += look.blank == "empty"
        self.placeholders += look.blank == "placeholder"
        if look.is_merged:
            self.merged += 1
            self.first_merged = self.first_merged or number
        if look.garbled is not None:
            self.garbled += 1
            self.first_garbled = self.first_garbled or look.garbled

    @property
    def wordless(self) -> int:
        """Rows whose text has no words, so that their answer means nothing."""
        return self.doubts.get(NO_WORDS, 0)

    @property
    def is_mostly_foreign(self) -> bool:
        """Whether most texts are not in the model's language, clearly or with words that it does not know."""
        foreign = self.doubts.get(OTHER_LANGUAGE, 0)
        strange = sum(self.doubts.values()) - self.wordless
        return 2 * strange > self.rows - self.bad - self.wordless and 5 * foreign > strange

    @property
    def language(self) -> str | None:
        """The commonest language of the texts that are not in the model's."""
        return max(self.languages, key=lambda code: self.languages[code], default=None)

    def is_bad(self, most: float) -> str | None:
        """Return what spoils the answers as a whole, ``"nothing"`` judged or ``"many"`` bad; or None.

        Args:
            most: fraction of rows that may be bad, from 0 to 1.
        """
        if self.bad + self.wordless >= self.rows:
            return "nothing"
        return "many" if self.bad > most * self.rows else None


def look_at(
    text: str, judged: str, doubt: str | None, is_merged: Callable[[str], bool] | None = None
) -> Look | None:
    """Return what is to be said of the text of a row, or None where there is nothing, as mostly.

    Args:
        text: as it stands in the table.
        judged: as it is judged.
        doubt: of the model; see :meth:`opinia.model.doubt.Doubter.about`.
        is_merged: tells whether a cell may hold several rows; None where none can.
    """
    merged = is_merged is not None and "\n" in text and is_merged(text)
    garbled = garbled_in(judged)
    if doubt is None:
        return Look(None, None, None, merged, garbled) if merged or garbled is not None else None
    language = language_of(judged) if doubt == OTHER_LANGUAGE else None
    blank = None
    if doubt == NO_WORDS:
        blank = "empty" if not text.strip() else "placeholder" if is_placeholder(text) else None
    return Look(doubt, language, blank, merged, garbled)


def merged_test(delimiter: str, columns: int) -> Callable[[str], bool] | None:
    """Return what tells whether a cell may hold several rows, as one does after a quote that is not closed.

    Such a cell has line ends, and behind one of them delimiters that look like those between cells: a mark of
    punctuation has a space behind it, and stands not between digits.

    Args:
        delimiter: between cells.
        columns: of the table; of one alone nothing can be told.
    """
    if columns < 2:
        return None
    mark = re.escape(delimiter)
    between = re.compile(rf"(?<!\d){mark}(?![ ])|(?<=\d){mark}(?![ \d])")

    def is_merged(text: str) -> bool:
        lines = text.replace("\r\n", "\n").split("\n")[1:]
        return any(len(between.findall(line)) >= columns - 1 for line in lines)

    return is_merged
