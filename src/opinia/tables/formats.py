"""Which format a table has: from its name, or as told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from opinia.errors import DataError
from opinia.tables.streams import members

_KINDS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "parquet": "parquet",
    "pq": "parquet",
    "txt": "txt",
    "dat": "txt",
    "text": "txt",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "xls": "xls",
    "xlsb": "xls",
    "ods": "ods",
    "db": "sqlite",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
}
_COMPRESSIONS = {
    "gz": "gz",
    "gzip": "gz",
    "zst": "zst",
    "zstd": "zst",
    "bz2": "bz2",
    "xz": "xz",
    "zip": "zip",
}
_TEXTS = ("csv", "tsv", "jsonl", "json", "txt")
WRITTEN = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "txt")
"""Formats that can be written."""
NAMES = (
    "csv, tsv, jsonl, json or txt, also with .gz, .bz2, .xz, .zst or .zip; parquet, xlsx, xls, ods or sqlite"
)


@dataclass(frozen=True)
class Format:
    """A table's format.

    Args:
        kind: ``"csv"``, ``"tsv"``, ``"jsonl"``, ``"json"``, ``"parquet"``, ``"txt"``, ``"xlsx"``, ``"xls"``,
            ``"ods"``, ``"sqlite"`` or ``"folder"``.
        compression: ``"gz"``, ``"bz2"``, ``"xz"``, ``"zst"``, ``"zip"`` or nothing.
        part: the file in a zip archive, the sheet of a workbook, the table of a database, or the path to a
            list in JSON; nothing for the only one.
        path: of the file, without the part.
    """

    kind: str
    compression: str = ""
    part: str = ""
    path: str = ""

    def __str__(self) -> str:
        ending = f"{self.kind}.{self.compression}" if self.compression else self.kind
        return f"{ending}::{self.part}" if self.part else ending


def find_formats(source: str, output: str, *, told: str | None = None) -> tuple[Format, Format]:
    """Return the formats of a table and of what is made from it.

    Args:
        source: name of the input, ``-`` for standard input; ``::`` and a part may stand behind it, as in
            ``reviews.db::table``.
        output: name of the output, ``-`` for standard output.
        told: format of the input, such as ``"csv"`` or ``"jsonl.gz"``; None looks at the names.

    Raises:
        DataError: no format can be told, or the output's name asks for one that cannot be written.
    """
    path, part = _split(source)
    made = _ending(output)
    if told is not None:
        found = _ending(f"x.{told}")
        if found is None or not found.kind:
            raise DataError(f"there is no table format {told!r}", hint=f"formats are {NAMES}")
    elif path != "-" and Path(path).is_dir():
        found = Format("folder")
    else:
        found = _ending(path)
    if found is None and path == "-" and made is not None:
        found = Format(made.kind)
    if found is not None and found.compression == "zip":
        found, part = _in_archive(path, part, found)
    if found is None:
        what = "standard input" if path == "-" else path
        raise DataError(f"{what} does not say what format it has", hint=f"--format: {NAMES}")
    if part and found.kind not in ("xlsx", "xls", "ods", "sqlite", "json") and found.compression != "zip":
        raise DataError(f"{path} has no parts. Received: {source}", hint="name the file alone")
    if made is None:
        ending = PurePath(output).suffix.lstrip(".").lower()
        if found.kind not in WRITTEN and output not in ("", "-"):
            raise DataError(
                f"{found.kind} is read, not written. Received: {output}", hint="name the output .csv or .xlsx"
            )
        if ending in (
            "doc",
            "docx",
            "pdf",
            "html",
            "htm",
            "feather",
            "arrow",
            "orc",
            "avro",
            "pkl",
            "pickle",
            "7z",
        ):
            raise DataError(f"no .{ending} is written. Received: {output}", hint="name it .csv or .xlsx")
        made = Format(found.kind if found.kind in WRITTEN else "csv")
    if made.compression == "zip" or not made.kind:
        raise DataError(f"no zip archives are written. Received: {output}", hint="name it .gz")
    for each in (found, made):
        if each.kind == "parquet" and each.compression:
            raise DataError(
                f"Parquet is compressed inside. Received: {each}", hint="leave the ending .gz or .zst out"
            )
        if each.compression and each.kind not in _TEXTS:
            raise DataError(f"{each.kind} is compressed inside. Received: {each}", hint="unpack it first")
    if made.kind not in WRITTEN:
        raise DataError(
            f"{made.kind} is read, not written. Received: {output}", hint="name the output .csv or .xlsx"
        )
    if made.kind == "txt" and found.kind != "txt":
        raise DataError(
            f"plain text has no columns. Received: {output}",
            hint="name it " + " or ".join(dict.fromkeys((f".{found.kind}", ".csv", ".xlsx")))
            if found.kind in WRITTEN
            else "name it .csv or .xlsx",
        )
    return Format(found.kind, found.compression, part, path), made


def is_table(name: str) -> bool:
    """Tell whether a file's name says that it is a table, such as ``reviews.csv.gz``."""
    found = _ending(name)
    return found is not None and bool(found.kind)


def _split(source: str) -> tuple[str, str]:
    path, sign, part = source.rpartition("::")
    return (path, part) if sign and path and not Path(source).exists() else (source, "")


def _in_archive(path: str, part: str, named: Format) -> tuple[Format | None, str]:
    """Return the format of the file in a zip archive, and its name."""
    if path == "-":
        raise DataError("a zip archive cannot be read from standard input", hint="name the file")
    if not Path(path).is_file():
        return Format(named.kind or "csv", "zip"), part  # who opens it says what is wrong
    names = members(path)
    tables = [name for name in names if is_table(name)] or names
    if part:
        tables = [name for name in names if name == part]
    if len(tables) != 1:
        shown = ", ".join(map(repr, names[:12])) or "none"
        raise DataError(
            f"{path} has {f'no file {part!r}' if part else f'{len(tables)} files'} in it: {shown}",
            hint=f"name one, as in {path}::{names[0]}" if names else None,
        )
    inner = _ending(tables[0])
    kind = named.kind or (inner.kind if inner is not None and not inner.compression else "")
    return (Format(kind, "zip") if kind else None), tables[0]


def _ending(name: str) -> Format | None:
    endings = [ending.lstrip(".").lower() for ending in PurePath(name).suffixes]
    compression = _COMPRESSIONS.get(endings[-1], "") if endings else ""
    if compression:
        endings.pop()
    if endings and endings[-1] in _KINDS:
        return Format(_KINDS[endings[-1]], compression)
    return Format("", "zip") if compression == "zip" else None
