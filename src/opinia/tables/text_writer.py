"""Writing the text formats: each row is what stands before the added cells, and what behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from opinia.tables.rows import Column, Value, Values, columnwise
from opinia.tables.streams import Encoding

Halves = tuple[str, str]


class TextWriter:
    """Writes rows of a text format.

    Args:
        added: the columns to add.
        encoding: of the text.
        header: what stands before the first row, with its line end.
        cells: gives the text of each entry of one column.
        separator: between added cells.
    """

    is_assembled = False

    def __init__(
        self,
        added: Sequence[Column],
        encoding: Encoding,
        *,
        header: str,
        cells: Callable[[Column, Sequence[Value]], list[str]],
        separator: str,
    ) -> None:
        self._added = added
        self._encoding = encoding
        self._header = header
        self._cells = cells
        self._separator = separator

    def header(self) -> bytes:
        """Return the byte order mark and the header, where there are such."""
        return self._encoding.mark() + self._encoding.encode(self._header)

    def encode(self, raws: Sequence[Halves], values: Values) -> bytes:
        """Return some rows with their added cells."""
        entries = columnwise(values, self._added, len(raws))
        columns = [self._cells(column, each) for column, each in zip(self._added, entries, strict=True)]
        join = self._separator.join
        lines = [
            before + join(cells) + after
            for (before, after), cells in zip(raws, zip(*columns, strict=True), strict=True)
        ]
        return self._encoding.encode("".join(lines))

    def assemble(self, pieces: BinaryIO, target: BinaryIO) -> None:
        """Never called: the bytes are the file."""
        raise NotImplementedError
