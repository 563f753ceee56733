"""Plain text: each line is one text, and may become a row of any format."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence

from opinia.tables.delimited import delimited_writer, quote
from opinia.tables.jsonlines import json_writer
from opinia.tables.rows import Column, Row, cell
from opinia.tables.streams import Encoding, Source, lines
from opinia.tables.textual import Halves, TextWriter

COLUMN = "text"


class PlainReader:
    """Reads plain text, an empty line being an empty text.

    The output has the answer before the line, with tabs between; or it is CSV, TSV or JSON Lines.

    Args:
        source: the opened input.
        out: format of the output: ``"txt"``, ``"csv"``, ``"tsv"`` or ``"jsonl"``.
        encoding: of the text.
    """

    columns = (COLUMN,)

    def __init__(self, source: Source, *, out: str, encoding: str) -> None:
        self._out = out
        self._encoding = Encoding.named(encoding)
        self._stream = self._encoding.reader(source, newline="\n")
        self._name = source.name

    def rows(self, column: str, added: Sequence[Column]) -> Iterator[Row[Halves]]:
        """Yield each line."""
        halves = _HALVES[self._out]
        for text, line in self._lines():
            error = self._encoding.fault(text)
            yield Row(None if error else text, halves(text, line), error, sys.getsizeof(line))

    def texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield each line without its end, and what is wrong with it, or None."""
        for text, _ in self._lines():
            yield text, self._encoding.fault(text)

    def writer(self, added: Sequence[Column]) -> TextWriter:
        """Return the writer of the output's format."""
        if self._out == "jsonl":
            return json_writer(added, Encoding.named("utf-8"))
        if self._out in ("csv", "tsv"):
            delimiter = "," if self._out == "csv" else "\t"
            return delimited_writer(
                added, delimiter=delimiter, encoding=self._encoding, header=COLUMN, end="\n"
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
            yield text, plain if plain.endswith("\n") else plain + "\n"


def _as_csv(text: str, line: str) -> Halves:
    return quote(text, ",") + ",", "\n"


def _as_tsv(text: str, line: str) -> Halves:
    return quote(text, "\t") + "\t", "\n"


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
