"""What a file holds, by its first bytes: a name can promise anything."""

from __future__ import annotations

import re

from opinia.errors import DataError

_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "sqlite"),
    (b"PAR1", "parquet"),
    (b"version https://git-lfs.github.com/spec/", "lfs"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"ORC", "orc"),
    (b"Obj\x01", "avro"),
    (b"\x89HDF\r\n", "hdf5"),
    (b"\x93NUMPY", "numpy"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"RDX", "r"),
    (b"<stata_dta>", "stata"),
    (b"$FL2", "spss"),
)
_NAMES = {
    "sqlite": "an SQLite database",
    "parquet": "Parquet",
    "lfs": "a pointer of Git LFS",
    "xls": "an old Excel workbook",
    "xlsx": "an Excel workbook",
    "ods": "an OpenDocument spreadsheet",
    "office": "a document of an office program, and no table",
    "zip": "a zip archive",
    "gzip": "compressed with gzip",
    "zstd": "compressed with zstd",
    "bzip2": "compressed with bzip2",
    "xz": "compressed with xz",
    "7z": "a 7z archive",
    "rar": "a RAR archive",
    "pdf": "a PDF document",
    "rtf": "an RTF document",
    "arrow": "an Arrow (Feather) file",
    "orc": "an ORC file",
    "avro": "an Avro file",
    "hdf5": "an HDF5 file",
    "numpy": "a NumPy array",
    "pickle": "a Python pickle",
    "png": "a picture",
    "jpeg": "a picture",
    "r": "an R data file",
    "stata": "a Stata file",
    "spss": "an SPSS file",
    "html": "an HTML page",
    "xml": "XML",
    "json": "JSON",
    "empty": "empty",
    "text": "text",
}
_HINTS = {
    "lfs": "git lfs pull fetches it",
    "xls": "--format xls, or name it .xls",
    "html": "save the table itself: the page may say that it could not be downloaded",
    "gzip": "unpack it first",
    "zstd": "unpack it first",
    "bzip2": "unpack it first",
    "xz": "unpack it first",
    "zip": "--format zip, or name it .zip",
    "json": "--format jsonl or --format json",
}
_READ = ("sqlite", "parquet", "xlsx", "ods")
_MARKUP = re.compile(
    rb"\s*(?:<!doctype\s+html|<html|<head|<body|<table|<!--.{0,200}?-->\s*<html)", re.IGNORECASE | re.S
)
_JSON = re.compile(rb'\s*(?:\{\s*"[^"]*"\s*:|\[\s*\{\s*")')
_CONTROL = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f\x7f]")
_BOOKS = ("xlsx", "xls", "ods")


def content_of(start: bytes) -> str:
    """Return what a file holds, such as ``"xlsx"``; ``"text"`` where nothing speaks against it."""
    plain = start.removeprefix(b"\xef\xbb\xbf")
    if not plain:
        return "empty"
    for sign, name in _SIGNS:
        if plain.startswith(sign):
            return name
    if plain.startswith(b"PK\x03\x04") or plain.startswith(b"PK\x05\x06"):
        return _archive(plain[:4096])
    if len(plain) > 2 and plain[0] == 0x80 and 2 <= plain[1] <= 5:
        return "pickle"
    if _MARKUP.match(plain[:4096]):
        return "html"
    if re.match(rb"\s*<\?xml", plain):
        return "html" if b"<html" in plain[:4096].lower() else "xml"
    if _JSON.match(plain[:4096]):
        return "json"
    return "text"


def _archive(start: bytes) -> str:
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in start:
        return "ods"
    if b"mimetypeapplication/vnd.oasis" in start:
        return "office"
    if b"[Content_Types].xml" in start or start[30:].startswith((b"_rels/", b"xl/", b"docProps/")):
        return "office" if b"word/" in start or b"ppt/" in start else "xlsx"
    return "zip"


def may_be_text(start: bytes) -> bool:
    """Tell whether a file's first bytes are text in some encoding: no control characters are among them."""
    for encoding in ("utf-16-le", "utf-16-be") if b"\0" in start else ():
        text = start[: len(start) // 2 * 2].decode(encoding, "replace").removeprefix("\ufeff")
        if not _CONTROL.search(text) and "\ufffd" not in text[:-1]:
            return True
    return not _CONTROL.search(start.decode("latin-1"))


def check_content(start: bytes, *, kind: str, name: str) -> str:
    """Check that a file holds what it is to be read as, and return what it holds.

    Args:
        start: its first bytes, unpacked.
        kind: the format that it is to be read as.
        name: of the file, for messages.

    Raises:
        DataError: it holds something else.
    """
    found = content_of(start)
    fits = {
        "csv": ("text", "empty"),
        "tsv": ("text", "empty"),
        "txt": ("text", "empty", "json"),
        "jsonl": ("text", "json", "empty"),
        "json": ("text", "json", "empty"),
        "parquet": ("parquet",),
        "sqlite": ("sqlite",),
        "xlsx": _BOOKS,
        "xls": _BOOKS,
        "ods": _BOOKS,
    }[kind]
    if found in fits:
        return found
    if kind == "parquet" and found in ("text", "empty"):
        return found  # its reader says what is wrong
    hint = _HINTS.get(found, f"--format {found}, or name it .{found}" if found in _READ else None)
    hint = hint or "export the table as CSV"
    if found == "text" and not may_be_text(start):
        raise DataError(
            f"{name} is neither {_called(kind)} nor text: it begins with the bytes {start[:8].hex(' ')}",
            hint="is it damaged, or of another kind? export the table as CSV",
        )
    if found in ("text", "empty"):
        hint = "--format csv, if it is one" if found == "text" else None
    if found == "lfs":
        raise DataError(f"{name} is a pointer of Git LFS, and the file itself was not fetched", hint=hint)
    raise DataError(f"{name} is {_NAMES[found]}, not {_called(kind)}", hint=hint)


def _called(kind: str) -> str:
    return {"txt": "plain text", "jsonl": "JSON Lines", "sqlite": "an SQLite database"}.get(
        kind, "a workbook" if kind in _BOOKS else kind.upper()
    )
