"""The tables that were dropped on the page: each in a temporary folder, bounded, and deleted after.

A folder goes when the page says so, when nobody asks about it for some time, and when the server ends. What a
server that was killed left behind goes when the next one takes a table.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import IO, Any

from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.serve.dropped.judging import Asked, Run, output_name
from opinia.serve.dropped.labels import propose_columns, read_labels
from opinia.serve.dropped.reading import Form, Reading, Rows, read_table
from opinia.serve.failures import Refusal, in_fields
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions
from opinia.serve.work import Overdue
from opinia.system.files import lock
from opinia.tables.columns import find_named
from opinia.tables.formats import is_table

PREFIX = "opinia-table-"
LONGEST_NAME = 200
_UNPACKED = 4
"""Times its own bytes that the cells of a table may take, or as much as the largest table."""
_LOCK = "lock"
_ENDING = re.compile(r"(?:\.[A-Za-z0-9]{1,8}){1,2}$")
_VALUES_SHOWN = 10
_CELL_SHOWN = 300
_ROWS_SHOWN = 5


class Table:
    """One table.

    Args:
        name: of the file, as the person calls it.
        options: the bounds.
        turn: held by the one run that is at work.

    Raises:
        DataError: the name does not say that it is a table.
    """

    def __init__(self, name: str, options: ServeOptions, turn: threading.Lock) -> None:
        self.id = secrets.token_urlsafe(18)
        self.name = _shortened(PurePath(name.replace("\\", "/")).name) or "table"
        self._options, self._turn = options, turn
        self._used_at = time.monotonic()
        self._is_removed = False
        self._at_work = threading.Lock()
        ending = _ENDING.search(self.name)
        if not is_table(self.name) and not self.name.lower().endswith(".zip"):
            raise DataError(
                f"{self.name} is no table by its name",
                hint="name it by its format, as in ?name=reviews.csv: csv, tsv, xlsx, xls, ods, json, jsonl, "
                "parquet, sqlite or txt, also compressed",
            )
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._held: IO[bytes] = (self.folder / _LOCK).open("ab")
        lock(self._held)
        self.path = self.folder / f"table{ending[0].lower() if ending else ''}"
        self._cells, self._answers = self.folder / "cells", self.folder / "answers"
        self.form = Form()
        self.reading: Reading | None = None
        self.run: Run | None = None

    def use(self) -> None:
        """Note that somebody asks about it."""
        self._used_at = time.monotonic()

    def is_forgotten(self) -> bool:
        """Tell whether nobody has asked about it for long."""
        return time.monotonic() - self._used_at > self._options.table_idle_seconds

    def abandon(self) -> None:
        """Let what is done with it come to its end soon: nobody waits for it any more."""
        self._is_removed = True

    def remove(self) -> None:
        """Stop what goes on with it, and delete its folder."""
        self.abandon()
        if self.run is not None:
            self.run.cancel()
        self._held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self) -> None:
        """Check that it is still wanted.

        Raises:
            Overdue: it was removed.
        """
        if self._is_removed:
            raise Overdue

    def read(self, form: Form) -> None:
        """Read all rows, as a person says that the table is written.

        Raises:
            DataError: it cannot be read.
            MissingExtraError: the packages for its format are not installed.
            Overdue: it was removed meanwhile.
        """
        with self._at_work:
            if self.run is not None:
                self.run.cancel()
            self.run, self.reading, self.form = None, None, form
            self.reading = read_table(
                self.path,
                self._cells,
                form,
                most_rows=self._options.max_table_rows,
                most_bytes=max(self._options.max_table_bytes, _UNPACKED * self.path.stat().st_size),
                check=self.check,
            )
        self.use()

    def read_rows(self) -> Reading:
        """Return what was found in it.

        Raises:
            Refusal: it could not be read.
        """
        if self.reading is None:
            raise Refusal(422, "unreadable_table", "the table could not be read")
        return self.reading

    def describe(
        self, classifier: Classifier, *, label: str | None = None, label_map: str | None = None
    ) -> dict[str, Any]:
        """Return what the page shows before anything is judged.

        Args:
            classifier: that would judge it.
            label: the column of labels that a person has chosen, nothing for none; None takes the obvious
                one.
            label_map: what they mean.
        """
        reading = self.read_rows()
        texts, error, obvious = propose_columns(reading, classifier, name=self.name)
        label = obvious if label is None or label not in (*reading.names, "") else label or None
        classes = [str(name) for name in classifier.classes_]
        dialect = reading.dialect
        return {
            "id": self.id,
            "name": self.name,
            "format": reading.format.partition("::")[0],
            "rows": reading.rows,
            "bad": reading.bad,
            "encoding": None if dialect is None else dialect.encoding,
            "delimiter": None if dialect is None else dialect.delimiter,
            "guessed": [] if dialect is None else sorted(dialect.guesses),
            "columns": [
                {
                    "name": each.name,
                    "role": each.role,
                    "words": each.words,
                    "values": [value[:_CELL_SHOWN] for value in each.values[:_VALUES_SHOWN]],
                }
                for each in reading.columns
            ],
            "first_rows": Rows(self._cells, reading).shown(range(min(_ROWS_SHOWN, reading.rows))),
            "texts": list(texts),
            "unclear": None if error is None else self.told(error.message) or error.message,
            "labels": read_labels(reading, label, classifier, label_map=label_map).describe(classes),
            "classes": classes,
        }

    def judge(
        self,
        classifier: Classifier,
        *,
        model: str,
        texts: list[str],
        label: str | None,
        label_map: str | None,
        threads: int,
    ) -> dict[str, Any]:
        """Begin to judge it, and return what the columns of the answers mean.

        Raises:
            DataError: there is no such column.
        """
        reading = self.read_rows()
        if not texts:
            raise DataError("no column of texts was named", hint="choose one")
        found = tuple(find_named(reading.names, each, name=self.name, what="the texts") for each in texts)
        if label is not None:
            label = find_named(reading.names, label, name=self.name, what="the labels")
        labels = read_labels(reading, label, classifier, label_map=label_map)
        asked = Asked(found, labels, reading.facets(found), model, threads)
        with self._at_work:
            if self.run is not None:
                self.run.cancel()
            self.run = Run(
                classifier,
                asked,
                reading=reading,
                form=self.form,
                source=self.path,
                cells=self._cells,
                output=self.folder / output_name("out", reading.format),
                answers=self._answers,
                turn=self._turn,
            )
            self.run.start()
        classes = [str(name) for name in classifier.classes_]
        return {
            "model": model,
            "texts": list(found),
            "classes": classes,
            "facets": [{"column": name, "values": values} for name, values in asked.facets.items()],
            "labels": labels.describe(classes),
            "output": output_name(self.name, reading.format),
        }

    def rows(self) -> Rows:
        """Return the kept cells."""
        return Rows(self._cells, self.read_rows())

    def told(self, message: str) -> str | None:
        """Return what was said of our file, of the person's and in the words of requests."""
        return in_fields(message.replace(str(self.path), self.name))


class Tables:
    """All tables of a server.

    Args:
        models: that judge.
        options: the bounds.
    """

    def __init__(self, models: Models, options: ServeOptions) -> None:
        self.models, self._options = models, options
        self._tables: dict[str, Table] = {}
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._has_swept = False

    def add(self, name: str) -> Table:
        """Make room for a table.

        Raises:
            DataError: its name does not say that it is one.
            Refusal: there are too many.
        """
        if not self._options.max_table_bytes:
            raise Refusal(404, "no_tables", "this server takes no tables")
        self.forget()
        with self._lock:
            if not self._has_swept:
                self._has_swept = True
                sweep()
            if len(self._tables) >= self._options.max_tables:
                raise Refusal(
                    503,
                    "too_many_tables",
                    f"the server holds at most {self._options.max_tables} tables at once",
                    hint="try again when others have finished",
                    retry_after=30,
                    close=True,
                )
            table = Table(name, self._options, self._turn)
            self._tables[table.id] = table
        return table

    def find(self, name: str) -> Table:
        """Return a table.

        Raises:
            Refusal: there is none of this name, any more perhaps.
        """
        table = self._tables.get(name)
        if table is None:
            raise Refusal(
                404, "unknown_table", "there is no such table here, or not any more", hint="send it anew"
            )
        table.use()
        return table

    def remove(self, name: str) -> None:
        """Delete a table, if it is there."""
        with self._lock:
            table = self._tables.pop(name, None)
        if table is not None:
            table.remove()

    def forget(self) -> None:
        """Delete the tables that nobody asks about."""
        for table in list(self._tables.values()):
            if table.is_forgotten():
                self.remove(table.id)

    def close(self) -> None:
        """Delete all tables."""
        for name in list(self._tables):
            self.remove(name)

    @contextlib.contextmanager
    def kept(self, table: Table) -> Iterator[Callable[[], None]]:
        """Delete a table that could not be taken whole; call what is given once it is."""
        is_whole = False

        def keep() -> None:
            nonlocal is_whole
            is_whole = True

        try:
            yield keep
        finally:
            if not is_whole:
                self.remove(table.id)


def _shortened(name: str) -> str:
    """Return the beginning of a long name with its ending, which says the format."""
    if len(name) <= LONGEST_NAME:
        return name
    found = _ENDING.search(name)
    ending = found[0] if found else ""
    return name[: LONGEST_NAME - len(ending)] + ending


def sweep() -> None:
    """Delete what servers of this user left behind that were killed: nobody holds the lock of it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or (hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid()):
                continue
            with (folder / _LOCK).open("r+b") as file:
                if lock(file):
                    shutil.rmtree(folder, ignore_errors=True)
