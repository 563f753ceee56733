"""Which format a table has: from its name, or as told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from opinia.errors import DataError

_KINDS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
    "txt": "txt",
    "text": "txt",
}
_COMPRESSIONS = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst"}
_OTHER_TABLES = ("json", "xls", "xlsx", "ods")
"""Tables that people have and opinia does not read."""
NAMES = "csv, tsv, jsonl, parquet or txt, the text ones also with .gz or .zst"


@dataclass(frozen=True)
class Format:
    """A table's format.

    Args:
        kind: ``"csv"``, ``"tsv"``, ``"jsonl"``, ``"parquet"`` or ``"txt"``.
        compression: ``"gz"``, ``"zst"`` or nothing.
    """

    kind: str
    compression: str = ""

    def __str__(self) -> str:
        return f"{self.kind}.{self.compression}" if self.compression else self.kind


def find_formats(source: str, output: str, *, told: str | None = None) -> tuple[Format, Format]:
    """Return the formats of a table and of what is made from it.

    Args:
        source: name of the input, ``-`` for standard input.
        output: name of the output, ``-`` for standard output.
        told: format of the input, such as ``"csv"`` or ``"jsonl.gz"``; None looks at the names.

    Raises:
        DataError: no format can be told, or the output's name asks for another than can be written.
    """
    if told is not None:
        found = _ending(f"x.{told}")
        if found is None:
            raise DataError(f"there is no table format {told!r}", hint=f"formats are {NAMES}")
    else:
        found = _ending(source)
    made = _ending(output)
    if found is None and source == "-" and made is not None:
        found = Format(made.kind)
    if found is None:
        what = "standard input" if source == "-" else source
        raise DataError(f"{what} does not say what format it has", hint=f"--format: {NAMES}")
    if made is None:
        made = Format(found.kind)
    for each in (found, made):
        if each.kind == "parquet" and each.compression:
            raise DataError(
                f"Parquet is compressed inside. Received: {each}", hint="leave the ending .gz or .zst out"
            )
    if made.kind != found.kind and found.kind != "txt":
        raise DataError(
            f"the output has the format of the input, {found.kind}. Received: {output}",
            hint=f"name it .{found.kind}",
        )
    return found, made


def is_table(name: str) -> bool:
    """Tell whether a file's name says that it is a table, such as ``reviews.csv.gz``."""
    ending = PurePath(name).suffix.lstrip(".").lower()
    return _ending(name) is not None or ending in _OTHER_TABLES


def _ending(name: str) -> Format | None:
    endings = [ending.lstrip(".").lower() for ending in PurePath(name).suffixes]
    compression = _COMPRESSIONS.get(endings[-1], "") if endings else ""
    if compression:
        endings.pop()
    return Format(_KINDS[endings[-1]], compression) if endings and endings[-1] in _KINDS else None
