"""A folder with a sub-folder a class, and in each a text a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from opinia.errors import DataError
from opinia.tables.cells import Cells
from opinia.tables.delimited import OTHER_ENCODING
from opinia.tables.dialect import Dialect, Told
from opinia.tables.encodings import find_encoding
from opinia.tables.limits import MAX_RECORD
from opinia.tables.streams import Encoding

FILE, LABEL, TEXT = "file", "label", "text"


class ClassFolder:
    """Reads each ``.txt`` file of each sub-folder as one row; the sub-folder's name is its label.

    Args:
        path: the folder.
        told: what a person says of the encoding; else it is found for each file.

    Raises:
        DataError: there are no such files.
    """

    columns = (FILE, LABEL, TEXT)
    dialect: Dialect | None = None

    def __init__(self, path: Path, *, told: Told) -> None:
        self._path, self._told = path, told
        classes = sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))
        self._classes = [each for each in classes if next(each.glob("*.txt"), None) is not None]
        if not self._classes:
            raise DataError(
                f"{path} is a folder, and has no sub-folders with .txt files",
                hint="a folder is read with a sub-folder a class, and a text a file; else name one file",
            )

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield name, label and text of each file, in the order of names."""
        for folder in self._classes:
            for path in sorted(folder.glob("*.txt")):
                name = f"{folder.name}/{path.name}"
                try:
                    with path.open("rb") as file:
                        data = file.read(MAX_RECORD + 1)
                except OSError as error:
                    yield (name, folder.name, None), f"cannot be read: {error.strerror or error}"
                    continue
                if len(data) > MAX_RECORD:
                    yield (name, folder.name, None), f"more than {MAX_RECORD:,} bytes"
                    continue
                encoding = Encoding.named(
                    self._told.encoding or find_encoding(data, is_whole=True, name=str(path)).name
                )
                text = data.decode(encoding.name, encoding.errors).removeprefix("\ufeff").rstrip("\r\n")
                wrong = encoding.fault(text)
                yield (name, folder.name, text), wrong and wrong + OTHER_ENCODING
