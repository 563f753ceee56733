"""Read the IMDB reviews from JSON Lines, and write any reviews as such."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path

from opinia.data.imdb.gather import CLASSES, LABELS, MAX_REVIEW_BYTES, Gathering
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.system.files import write_atomically

MOVIES_FILE = "movie_ids.tsv.xz"
MAX_LINE_BYTES = 8 * MAX_REVIEW_BYTES
"""Most bytes in one line: JSON may write a byte of text as six, and adds its own fields."""
MAX_FILE_BYTES = 1 << 30
_COLUMNS = "split\tclass\tid\tmovie"


def file_name(split: str) -> str:
    """Return the name of the file that holds a split, such as ``"train.jsonl.xz"``."""
    return f"{split}.jsonl.xz"


def read_jsonl(folder: Path, gathering: Gathering) -> None:
    """Read the wanted reviews and their movies from a folder of JSON Lines.

    Args:
        folder: holds ``SPLIT.jsonl.xz`` with the fields ``id``, ``text`` and, but for ``unsup``,
            ``label`` (1 positive, 0 negative); and ``movie_ids.tsv.xz`` with the columns split,
            class, id and movie. Other fields are ignored.
        gathering: takes the reviews in, and says which splits are wanted.

    Raises:
        DataError: a file is missing or damaged, or a line is not of this form; the line is named.
    """
    for split in gathering.splits:
        path = folder / file_name(split)
        for number, line in _lines(path, gathering):
            _add_row(split, line, f"line {number:,} of {path.name}", gathering)
    _read_movies(folder / MOVIES_FILE, gathering)


def _add_row(split: str, line: bytes, where: str, gathering: Gathering) -> None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise gathering.broken(f"{where} is no JSON ({error})") from None
    if not isinstance(row, dict):
        raise gathering.broken(f"{where} is no JSON object. Received: {type(row).__name__}")
    name, text = (_string(row, field, where, gathering) for field in ("id", "text"))
    kind = "unsup"
    if split != "unsup":
        label = row.get("label")
        if type(label) is not int or label not in (0, 1):
            raise gathering.broken(f"{where}: label must be 1 or 0. Received: {str(label)[:80]!r}")
        kind = "pos" if label == LABELS["pos"] else "neg"
    gathering.add_review(split, kind, name, text)


def _string(row: dict[str, object], field: str, where: str, gathering: Gathering) -> str:
    value = row.get(field)
    if not isinstance(value, str):
        raise gathering.broken(f"{where}: {field} must be a string. Received: {str(value)[:80]!r}")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise gathering.broken(f"{where}: {field} holds a lone surrogate, which is no text") from None
    if size > MAX_REVIEW_BYTES:
        raise gathering.broken(f"{where}: {field} has {size:,} bytes; at most {MAX_REVIEW_BYTES:,} are read")
    return value


def _read_movies(path: Path, gathering: Gathering) -> None:
    for number, line in _lines(path, gathering):
        where = f"line {number:,} of {path.name}"
        text = gathering.decode(line, where).rstrip("\r\n")
        if number == 1:
            if text != _COLUMNS:
                raise gathering.broken(f"{where} must name the columns {_COLUMNS!r}. Received: {text[:80]!r}")
            continue
        fields = text.split("\t")
        if len(fields) != _COLUMNS.count("\t") + 1 or fields[1] not in CLASSES.get(fields[0], ()):
            raise gathering.broken(f"{where} is no split, class, id and movie. Received: {text[:80]!r}")
        split, kind, name, movie = fields
        if gathering.wants(split, kind):
            gathering.add_movie_row(split, kind, name, movie)


def _lines(path: Path, gathering: Gathering) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its number, from 1. Bytes are split at newlines alone, not at U+0085."""
    try:
        with lzma.open(path, "rb") as stream:
            number = total = 0
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                total += len(line)
                if len(line) > MAX_LINE_BYTES:
                    raise gathering.broken(f"line {number:,} of {path.name} is over {MAX_LINE_BYTES:,} bytes")
                if total > MAX_FILE_BYTES:
                    raise gathering.broken(f"{path.name} unpacks to more than {MAX_FILE_BYTES:,} bytes")
                yield number, line
    except FileNotFoundError:
        raise gathering.broken(f"{path.name} is missing") from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise gathering.broken(f"{path.name} is damaged, or no xz file ({error})") from error


def to_jsonl(reviews: LabelledTexts) -> str:
    """Return reviews as JSON Lines: id, text, label (left out where unlabelled) and movie."""
    lines = []
    for name, text, label, movie in zip(
        reviews.ids, reviews.texts, reviews.labels, reviews.groups, strict=True
    ):
        row: dict[str, object] = {"id": name, "text": text}
        if label >= 0:
            row["label"] = label
        row["movie"] = movie
        # U+0085 is escaped because `str.splitlines` would break the line at it.
        lines.append(json.dumps(row, ensure_ascii=False).replace("\x85", "\\u0085") + "\n")
    return "".join(lines)


def write_jsonl(reviews: LabelledTexts, path: Path, *, force: bool = False) -> None:
    """Write reviews as :func:`to_jsonl` gives them. The file is whole or not there at all.

    Args:
        reviews: what to write.
        path: the file.
        force: replace a file that is there.

    Raises:
        DataError: the file is there already, or cannot be written.
    """
    if path.exists() and not force:
        raise DataError(f"{path} exists already", hint="--force replaces it")
    try:
        write_atomically(path, to_jsonl(reviews))
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror})") from error
