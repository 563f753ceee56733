"""Several tables as one, their rows behind each other."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from opinia.errors import DataError
from opinia.tables.cells import Cells
from opinia.tables.dialect import Dialect, Told
from opinia.tables.formats import Format, find_formats
from opinia.tables.opening import open_cells, open_table


class SeveralTables:
    """Reads tables one after the other; each has the columns of the first, in any order.

    Args:
        sources: names of the inputs.
        output: name of the output, which must be none of them.
        told: what a person says of the form of all.
        kind: of all of them, such as ``"csv"``; None looks at their names.

    Raises:
        DataError: one cannot be read, has other columns, or is the output.
    """

    def __init__(self, sources: Sequence[str], output: str, *, told: Told, kind: str | None) -> None:
        self._formats = [find_formats(source, "", told=kind)[0] for source in sources]
        self._told = told
        self.dialect: Dialect | None = None
        for number, found in enumerate(self._formats):
            if found.path == "-":
                raise DataError("standard input cannot be one of several inputs", hint="name files")
            if os.path.exists(output) and os.path.exists(found.path) and os.path.samefile(output, found.path):
                raise DataError(f"{output} is one of the inputs", hint="write to another file")
            with open_table(found) as source:  # all, so that what is wrong with the last is said at once
                table = open_cells(source, kind=found.kind, told=told, part=found.part)
                if number == 0:
                    self.columns, self.dialect = table.columns, table.dialect
                else:
                    self._check(table.columns, found)

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the cells of each row of each table."""
        for found in self._formats:
            with open_table(found) as source:
                table = open_cells(source, kind=found.kind, told=self._told, part=found.part)
                self._check(table.columns, found)
                places = [table.columns.index(column) for column in self.columns]
                is_same = places == list(range(len(places)))
                for cells, error in table.every():
                    yield (cells if is_same else [cells[place] for place in places]), error
                source.check_whole()

    def _check(self, columns: Sequence[str], found: Format) -> None:
        if sorted(columns) != sorted(self.columns):
            theirs, ours = (", ".join(map(repr, each)) for each in (columns, self.columns))
            raise DataError(
                f"{found.path} has the columns {theirs}, and {self._formats[0].path} has {ours}",
                hint="-o with a folder's name, as in -o judged/, makes an output of each",
            )


def expand(sources: Sequence[str]) -> list[str]:
    """Return the names of inputs, patterns such as ``*.csv`` replaced by the files that they fit, in order.

    Raises:
        DataError: nothing fits a pattern.
    """
    names: list[str] = []
    for source in sources:
        if source == "-" or not glob.has_magic(source) or Path(source.partition("::")[0]).exists():
            names.append(source)
            continue
        fitting = sorted(glob.glob(source, recursive=True))
        if not fitting:
            raise DataError(f"no file fits {source}")
        names += fitting
    return names


def outputs_in(folder: str, sources: Sequence[str]) -> list[str]:
    """Return, for each input, the name of its output in a folder.

    Raises:
        DataError: two would have the same name, or the folder is none.
    """
    if not Path(folder).is_dir():
        raise DataError(f"there is no folder {folder}", hint="make it first")
    names = []
    for source in sources:
        found, _ = find_formats(source, "")
        name = Path(found.path).name
        if find_formats(source, "")[1].kind != found.kind or found.compression == "zip" or found.part:
            name = f"{name}.{found.part}.csv" if found.part else f"{name}.csv"
        names.append(os.path.join(folder, name.replace("/", "_")))
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DataError(f"two inputs would be written to {min(twice)}", hint="score them one by one")
    return names
