"""How a text table is written: what stands between cells, quotes, header, encoding, line ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from opinia.errors import DataError
from opinia.language import Language

Quoting = Literal["double", "backslash", "none"]
Header = Literal["line", "short", "none"]
QUOTINGS: tuple[Quoting, ...] = ("double", "backslash", "none")
ONE_COLUMN = "\ufdd0"
"""What stands between the cells of one column alone: a code point that Unicode keeps out of all texts."""

NO_QUOTE = "\ufdd1"
"""The quote where backslashes mark and nothing quotes, as databases write: another such code point."""

_DELIMITER_NAMES = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
    "none": ONE_COLUMN,
}
_SHOWN = {name: sign for sign, name in _DELIMITER_NAMES.items() if sign not in ("\\t",)}


@dataclass(frozen=True)
class Told:
    """What a person says of a table's form; None is to be found.

    Args:
        delimiter: one character between cells, or a name such as ``"tab"``; ``"none"`` for one column alone.
        quoting: ``"double"``, ``"backslash"`` or ``"none"``; see :class:`Dialect`.
        header: whether the first record names the columns.
        encoding: such as ``"cp1250"``.
        names: columns that were asked for: a first record that has them is a header.

    Raises:
        DataError: there is no such delimiter or quoting.
    """

    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None
    encoding: str | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            plain = _DELIMITER_NAMES.get(self.delimiter.lower(), self.delimiter)
            if len(plain) != 1 or plain in '"\r\n\\' or plain.isalnum():
                raise DataError(
                    f"what stands between cells is one sign. Received: {self.delimiter!r}",
                    hint="--delimiter: comma, semicolon, tab, pipe, space, none (one column), or the sign",
                )
            object.__setattr__(self, "delimiter", plain)  # frozen
        if self.quoting is not None and self.quoting not in QUOTINGS:
            raise DataError(
                f"there is no quoting {self.quoting!r}", hint="--quoting double, backslash or none"
            )


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Args:
        encoding: as :class:`opinia.tables.streams.Encoding` names it, such as ``"cp1250"``.
        delimiter: the character between cells; ``ONE_COLUMN`` where there is one column alone, and None where
            the format has none (JSON Lines, plain text).
        quoting: ``"double"``: a cell may stand in quotes, and a quote in it is doubled; ``"backslash"``: a
            backslash may stand before it instead; ``"none"``: quotes are characters like others.
        header: ``"line"``: the first record names the columns; ``"short"``: it names all but the first, as R
            writes them; ``"none"``: there is none, and columns are called ``"1"``, ``"2"``, ….
        newline: the line end of the first line.
        quote: what quotes are; ``NO_QUOTE`` where there are none beside backslashes.
        skips_space: whether blanks behind a delimiter belong to no cell.
        preamble: what stands before the first record: a byte order mark, a line ``sep=;`` with its end, lines
            of a title or of remarks.
        is_wary: whether a record whose lines could each be one is taken for rows that a quote has merged.
        guesses: which of these were guessed and might be otherwise: ``"encoding"``, ``"header"``, ….
        more: records below the header that belong to it, as survey programs write them.
        sheet: name of the sheet of a workbook, which has no other form than a header; else nothing.
        kind: what the table is where its name says otherwise, ``"jsonl"`` or ``"json"``; else nothing.
        wrapping: sign at which Excel has cut rows anew and put the pieces in quotes; else nothing.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    quoting: Quoting = "double"
    header: Header = "line"
    newline: str = "\n"
    quote: str = '"'
    skips_space: bool = False
    preamble: str = ""
    is_wary: bool = False
    guesses: frozenset[str] = field(default_factory=frozenset)
    more: int = 0
    sheet: str = ""
    kind: str = ""
    wrapping: str = ""

    @property
    def escape(self) -> str:
        """What stands before a character that is to be taken as it is, or nothing."""
        return "\\" if self.quoting == "backslash" else ""

    @property
    def above(self) -> int:
        """Lines of a title or of remarks that stand above the header."""
        lines = self.preamble.removeprefix("\ufeff").splitlines()
        return sum(re.fullmatch('"?sep=.', line, re.IGNORECASE) is None for line in lines)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of Python's ``csv.reader``."""
        import csv

        return {
            "delimiter": self.delimiter or ONE_COLUMN,
            "quotechar": self.quote,
            "quoting": csv.QUOTE_NONE if self.quoting == "none" else csv.QUOTE_MINIMAL,
            "escapechar": self.escape or None,
            "skipinitialspace": self.skips_space,
            "strict": True,
        }

    def describe(self, language: Language) -> str:
        """Return the form in words, such as ``semicolons, header, cp1250``."""
        parts = []
        if self.sheet:
            parts += [
                language.say("table.sheet", name=self.sheet),
                language.say(f"table.header.{self.header}"),
            ]
            parts += [language.say("table.above", count=self.above)] * bool(self.above)
            return ", ".join(parts)
        if self.delimiter is not None:
            name = _SHOWN.get(self.delimiter)
            parts.append(
                language.say(f"table.{name}")
                if name
                else language.say("table.other", sign=repr(self.delimiter))
            )
            if self.quote == NO_QUOTE:
                parts.append(language.say("table.quoting.bare"))
            elif self.quoting != "double":
                parts.append(language.say(f"table.quoting.{self.quoting}"))
            elif self.quote != '"':
                parts.append(language.say("table.quoting.single"))
            parts.append(language.say(f"table.header.{self.header}"))
            if self.wrapping:
                parts.append(language.say("table.wrapped"))
            if self.above:
                parts.append(language.say("table.above", count=self.above))
        elif self.kind:
            parts.append({"jsonl": "JSON Lines", "json": "JSON"}[self.kind])
        guessed = "encoding" in self.guesses
        parts.append(language.say("table.guessed", what=self.encoding) if guessed else self.encoding)
        return ", ".join(parts)

    def identity(self) -> Mapping[str, object]:
        """Return all that a continued run must find the same, as JSON has it."""
        return {
            "delimiter": self.delimiter,
            "quoting": self.quoting,
            "header": self.header,
            "newline": self.newline,
            "quote": self.quote,
            "space": self.skips_space,
            "preamble": self.preamble,
            "wary": self.is_wary,
            "encoding": self.encoding,
            "more": self.more,
            "sheet": self.sheet,
            "wrapping": self.wrapping,
        }
