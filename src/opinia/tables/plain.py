"""Plain text: each line is one text, and may become a row of any format."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence

from opinia.tables.delimited import OTHER_ENCODING, delimited_writer, told_or_found
from opinia.tables.dialect import Dialect, Told
from opinia.tables.jsonlines import json_writer
from opinia.tables.reading import SNIFFED
from opinia.tables.records import quoted
from opinia.tables.rows import Column, Names, Row, cell
from opinia.tables.streams import Encoding, Source, lines
from opinia.tables.text_writer import Halves, TextWriter

COLUMN = "text"


class PlainReader:
    """Reads plain text, an empty line being an empty text.

    The output has the answer before the line, with tabs between; or it is CSV, TSV or JSON Lines.

    Args:
        source: the opened input.
        out: format of the output: ``"txt"``, ``"csv"``, ``"tsv"`` or ``"jsonl"``.
        told: what a person says of its form; with an encoding nothing is read before it is asked for.
    """

    columns = (COLUMN,)

    def __init__(self, source: Source, *, out: str, told: Told) -> None:
        self._out = out
        self._end, guesses = "\n", frozenset[str]()
        if told.encoding is not None:
            self.encoding = Encoding.named(told.encoding)
        else:
            start, is_whole, source = source.beginning(SNIFFED)
            self.encoding, is_guess = told_or_found(told, start, is_whole=is_whole, name=source.name)
            guesses = frozenset(("encoding",) if is_guess else ())
            text = self.encoding.beginning(start, is_whole=is_whole, name=source.name)
            if "\r" in text and "\n" not in text:
                self._end = "\r"  # as old Macs wrote
        self._encoding = self.encoding
        self._stream = self._encoding.reader(source, newline=self._end)
        self._name = source.name
        self.dialect = Dialect(self._encoding.name, newline=self._end, guesses=guesses)

    def sample(self) -> Sequence[Sequence[object]]:
        """Return nothing: there is one column alone."""
        return ()

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Halves]]:
        """Yield each line."""
        halves = _HALVES[self._out]
        for text, line in self._lines():
            error = self._encoding.fault(text)
            error = error and error + OTHER_ENCODING
            yield Row(None if error else text, halves(text, line), error, sys.getsizeof(line))

    def texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield each line without its end, and what is wrong with it, or None."""
        for text, _ in self._lines():
            yield text, self._encoding.fault(text)

    def every(self) -> Iterator[tuple[tuple[str], str | None]]:
        """Yield each line as one cell."""
        for text, fault in self.texts():
            yield (text,), fault and fault + OTHER_ENCODING

    def writer(self, added: Sequence[Column]) -> TextWriter:
        """Return the writer of the output's format."""
        if self._out == "jsonl":
            return json_writer(added, Encoding.named("utf-8"))
        if self._out in ("csv", "tsv"):
            return delimited_writer(
                added, dialect=_DIALECTS[self._out], encoding=self._encoding, header=COLUMN
            )
        return TextWriter(
            added,
            self._encoding,
            header="",
            cells=lambda _, entries: [cell(entry).replace("\t", " ") for entry in entries],
            separator="\t",
        )

    def _lines(self) -> Iterator[tuple[str, str]]:
        mark = "\ufeff"
        for line in lines(self._stream, self._name):
            plain = line.removeprefix(mark)
            mark = ""
            text = plain.removesuffix("\n").removesuffix("\r")
            yield text, plain if plain.endswith(self._end) else plain + self._end


_DIALECTS = {"csv": Dialect(delimiter=","), "tsv": Dialect(delimiter="\t")}


def _as_csv(text: str, line: str) -> Halves:
    return quoted(text, _DIALECTS["csv"]) + ",", "\n"


def _as_tsv(text: str, line: str) -> Halves:
    return quoted(text, _DIALECTS["tsv"]) + "\t", "\n"


def _as_json(text: str, line: str) -> Halves:
    return f'{{"{COLUMN}": {json.dumps(text, ensure_ascii=not text.isprintable())}, ', "}\n"


def _as_plain(text: str, line: str) -> Halves:
    return "", "\t" + line


_HALVES: dict[str, Callable[[str, str], Halves]] = {
    "csv": _as_csv,
    "tsv": _as_tsv,
    "jsonl": _as_json,
    "txt": _as_plain,
}
