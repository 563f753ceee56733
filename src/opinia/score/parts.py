"""Large tables in parts: which there are.

A part is named by its input and by the range of it that it holds, and what is in it depends on nothing but
the input, the model and the options. So it does not matter who makes a part, in which order, or whether it is
made twice: see :mod:`opinia.score.part_work`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from opinia import __version__, extras
from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.model.runtime import import_onnxruntime
from opinia.score.judging import check_options, take_columns
from opinia.score.options import ScoreOptions, Start
from opinia.tables import Reader, Source, find_formats, open_reader
from opinia.tables.addresses import is_address, path_of
from opinia.tables.formats import Format
from opinia.tables.places import Found, find_tables, open_place

READ = ("parquet", "csv", "tsv", "jsonl", "txt")
"""Formats of tables that are read in parts."""
MOST_PARTS = 128
"""Parts that a run has at least, where they do not get too small."""
PART_ROWS = (4096, 65_536)
"""The least and the most rows of a part of Parquet."""
PART_BYTES = (1 << 20, 64 << 20)
"""The least and the most bytes of a part of JSON Lines; the most also for the decoded bytes of Parquet."""
_HEAD_LINES = 64
_HEAD_BYTES = 4 << 20
_BUFFER = 4 << 20
_LOOKERS = 16


@dataclass(frozen=True)
class Part:
    """A part of an input.

    Args:
        name: of the file that is written, in the output's folder.
        source: path or address of the input.
        format: of the input, such as ``"csv.gz"``.
        unit: what is counted: ``"rows"`` of Parquet, ``"bytes"`` of JSON Lines; ``"all"`` of it is one part.
        start: of the range, from 0.
        stop: what is behind its end.
        texts: columns that are judged.
        prefix: of the added columns.
        stamp: of the input's last change, with its size; see :class:`opinia.tables.places.Found`.
        encoding: of the text, where the beginning of the input has decided it.
        head: bytes of the input's first lines, which say what its columns are.
    """

    name: str
    source: str
    format: str
    unit: str
    start: int
    stop: int
    texts: tuple[str, ...]
    prefix: str
    stamp: str = ""
    encoding: str | None = None
    head: int = 0

    def to_json(self) -> str:
        """Return it as text, for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Part:
        """Return the part of :meth:`to_json`."""
        fields = json.loads(text)
        return cls(**{**fields, "texts": tuple(fields["texts"])})


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Args:
        parts: all of them, in the order of the rows.
        identity: all that decides what is in them.
        starts: of each input, what was taken for what.
    """

    parts: list[Part]
    identity: dict[str, Any]
    starts: list[Start]


@dataclass(frozen=True)
class _Look:
    """What was seen of an input."""

    found: Found
    format: Format
    start: Start
    rows: int = 0
    bytes_a_row: float = 0.0
    encoding: str | None = None
    head: int = 0


def plan_parts(sources: Sequence[str], model: Classifier, options: ScoreOptions) -> Plan:
    """Look at the inputs, and cut them into parts.

    Args:
        sources: files, patterns, folders and addresses.
        model: that judges them.
        options: how to go about it.

    Raises:
        DataError: an input is missing, cannot be read in parts, or has no obvious column of texts.
        InputError: an option does not fit the model.
    """
    check_options(options, model)
    tables = find_tables(sources)
    formats = [_format_of(each.name, options) for each in tables]
    with ThreadPoolExecutor(_LOOKERS if any(is_address(each.name) for each in tables) else 1) as pool:
        looks = list(pool.map(lambda each, kind: _look(each, kind, model, options), tables, formats))
    rows = sum(each.rows for each in looks)
    size = sum(each.found.size for each in looks if each.head)
    names = _names([each.found.name for each in looks])
    parts: list[Part] = []
    for look, name in zip(looks, names, strict=True):
        parts += _cut(look, name, rows=_bounded(rows / MOST_PARTS, PART_ROWS), size=size)
    twice = {part.name for part in parts}
    assert len(twice) == len(parts)  # noqa: S101
    content = "\n".join(part.to_json() for part in parts).encode()
    identity = {
        "inputs": [[each.name, each.size, each.stamp] for each in tables],
        "model": model.sha256,
        "options": _told(options),
        "runtime": import_onnxruntime().__version__,
        "version": __version__,
        "parts": hashlib.sha256(content).hexdigest(),
    }
    return Plan(parts, identity, [each.start for each in looks])


def _told(options: ScoreOptions) -> dict[str, Any]:
    """Return the options that decide what is written."""
    left_out = ("existing", "threads")
    return json.loads(json.dumps({k: v for k, v in asdict(options).items() if k not in left_out}))  # type: ignore[no-any-return]


def _format_of(name: str, options: ScoreOptions) -> Format:
    found, _ = find_formats(_plain(name), "", told=options.format)
    if found.kind not in READ or found.compression == "zip" or found.part:
        raise DataError(
            f"{found} is not read in parts. Received: {name}",
            hint="parquet, csv, tsv, jsonl and txt are; --engine local reads the others",
        )
    return found


def _look(found: Found, kind: Format, model: Classifier, options: ScoreOptions) -> _Look:
    """Open an input, and see what is in its beginning."""
    with opened_input(found.name, kind) as source:
        reader = part_reader(source, kind, options)
        taken = take_columns(reader, model, options, name=found.name)
        start = Start(
            taken.texts.texts,
            taken.texts.by,
            len(reader.columns),
            taken.options.prefix,
            taken.clash,
            reader.dialect,
        )
        if kind.kind == "parquet":
            rows = reader.count  # type: ignore[attr-defined]
            return _Look(found, kind, start, rows, reader.size / max(1, rows))  # type: ignore[attr-defined]
        reader.writer(taken.added)  # says now what cannot be written
    if kind.kind == "jsonl" and not kind.compression and found.size > PART_BYTES[0]:
        from opinia.tables.jsonlines import JsonLinesReader

        name = reader.dialect.encoding if reader.dialect else ""
        if isinstance(reader, JsonLinesReader) and name.replace("-", "").lower() in ("utf8", "ascii"):
            late = reader.encoding.late is not None
            with raw(found.name) as file:
                head = _head_of(file.read(_HEAD_BYTES))
            return _Look(found, kind, start, encoding=None if late else name, head=head)
    return _Look(found, kind, start)


def _head_of(start: bytes) -> int:
    """Return where the first lines end that say what the columns are; 0 if that is too far behind."""
    place = lines = 0
    while lines < _HEAD_LINES:
        end = start.find(b"\n", place) + 1
        if not end:
            return 0
        lines += bool(start[place:end].strip(b" \t\r\n"))
        place = end
    return place


def _cut(look: _Look, name: str, *, rows: int, size: int) -> Iterator[Part]:
    """Yield the parts of an input."""
    path, kind = PurePosixPath(name), look.format
    ending = "".join(path.suffixes[-2 if kind.compression else -1 :]) if path.suffix else f".{kind.kind}"
    stem = name.removesuffix(ending)
    found, begun = look.found, look.start
    whole = Part(
        name, found.name, str(kind), "all", 0, found.size, begun.texts, begun.prefix, found.stamp_and_size
    )
    if kind.kind == "parquet":
        fitting = int(PART_BYTES[1] / max(1.0, look.bytes_a_row))
        rows = max(1, min(rows, fitting))
        for start in range(0, max(1, look.rows), rows):
            stop = min(start + rows, look.rows)
            ranged = f"{stem}.rows-{start:012d}-{stop:012d}{ending}"
            yield replace(whole, name=ranged, unit="rows", start=start, stop=stop)
        return
    if not look.head:
        yield whole
        return
    step = _bounded(size / MOST_PARTS, PART_BYTES)
    with raw(look.found.name) as file:
        start = 0
        while start < look.found.size:
            stop = _line_end(file, max(start, look.head) + step, look.found.size)
            ranged = f"{stem}.bytes-{start:015d}-{stop:015d}{ending}"
            yield replace(
                whole,
                name=ranged,
                unit="bytes",
                start=start,
                stop=stop,
                encoding=look.encoding,
                head=look.head if start else 0,
            )
            start = stop


def _bounded(value: float, bounds: tuple[int, int]) -> int:
    return int(min(max(value, bounds[0]), bounds[1]))


def _line_end(file: BinaryIO, place: int, size: int) -> int:
    """Return the place behind the first line end from a place on."""
    while place < size:
        file.seek(place)
        piece = file.read(1 << 16)
        end = piece.find(b"\n") + 1
        if end:
            return place + end
        if not piece:
            break
        place += len(piece)
    return size


def _names(sources: Sequence[str]) -> list[str]:
    """Return for each input a name of its own, the file's; where two are alike, with those of its folders."""
    paths = [tuple(part for part in _plain(source).split("/") if part) for source in sources]
    depth = 1
    while len({path[-depth:] for path in paths}) < len(paths) and depth < max(map(len, paths)):
        depth += 1
    names = ["__".join(path[-depth:]).lstrip("_.") for path in paths]
    if len(set(names)) < len(names):
        raise DataError("two inputs would be written under one name", hint="score them one by one")
    return names


def _plain(source: str) -> str:
    return path_of(source) if is_address(source) else Path(source).as_posix()


@contextlib.contextmanager
def raw(name: str) -> Iterator[BinaryIO]:
    """Open an input as it lies there, to read any part of it.

    Raises:
        DataError: it is missing, or cannot be read.
    """
    if is_address(name):
        with open_place(name, is_parquet=True) as source:
            yield source.stream
        return
    with open_place(name) as source, open(source.path or name, "rb") as file:
        yield file


@contextlib.contextmanager
def opened_input(name: str, kind: Format) -> Iterator[Source]:
    """Open an input, unpacked.

    Raises:
        DataError: it is missing, or cannot be read.
        MissingExtraError: the packages for its format are not installed.
    """
    if kind.kind == "parquet":
        extras.require("Parquet", *extras.PARQUET)
    with open_place(name, compression=kind.compression, is_parquet=kind.kind == "parquet") as source:
        yield source


def part_reader(
    source: Source, kind: Format, options: ScoreOptions, span: tuple[int, int] | None = None
) -> Reader[Any]:
    """Return the reader of an input, or of a range of its rows.

    Raises:
        DataError: the input is damaged, or holds something else.
    """
    if kind.kind == "parquet":
        from opinia.tables.parquet import ParquetReader

        buffer = {} if source.path is not None else {"buffer": _BUFFER}
        return ParquetReader(source, span=span, **buffer)
    return open_reader(source, kind=kind.kind, out=kind.kind, told=options.told())
