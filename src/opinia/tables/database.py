"""SQLite: one table, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from opinia.errors import DataError
from opinia.tables.cells import Cells
from opinia.tables.columns import unique_names
from opinia.tables.dialect import Dialect
from opinia.tables.streams import Source

_ROWS = 512


class Database:
    """Reads one table of an SQLite file, which is opened for reading alone.

    Args:
        source: the opened input; a regular file.
        part: name of the table or view; nothing for the only one.

    Raises:
        DataError: it is no SQLite file, or has several tables and none is named.
    """

    dialect: Dialect | None = None

    def __init__(self, source: Source, *, part: str) -> None:
        if source.path is None:
            raise DataError(f"SQLite is read from a file. Received: {source.name}", hint="name the file")
        self._name = source.name
        try:
            self._file = sqlite3.connect(
                f"{source.path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
            self._file.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
            found = self._file.execute(
                "SELECT name FROM sqlite_master "
                "WHERE type IN ('table', 'view') AND substr(name, 1, 7) != 'sqlite_'"
            )
            tables = [name for (name,) in found]
            if part and part not in tables:
                raise DataError(f"{source.name} has no table {part!r}. Its tables: {_listed(tables)}")
            if not part and len(tables) != 1:
                raise DataError(
                    f"{source.name} has {len(tables)} tables: {_listed(tables)}",
                    hint=f"name one, as in {source.name}::{tables[0]}" if tables else None,
                )
            table = (part or tables[0]).replace('"', '""')
            self._cursor = self._file.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - quoted as SQL has it
        except sqlite3.Error as error:
            raise DataError(f"{source.name} is damaged, or no SQLite file: {error}") from error
        self.columns = unique_names([column[0] for column in self._cursor.description])

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the cells of each row; numbers are numbers.

        Raises:
            DataError: the file is damaged.
        """
        try:
            while rows := self._cursor.fetchmany(_ROWS):
                for row in rows:
                    yield row, None
        except sqlite3.Error as error:
            raise DataError(f"{self._name} is damaged: {error}") from error
        finally:
            self._file.close()


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:12])) or "none"
