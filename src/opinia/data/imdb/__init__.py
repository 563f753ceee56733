"""The IMDB Large Movie Review Dataset v1.0, from whichever form of it is at hand.

Maas, Daly, Pham, Huang, Ng and Potts: Learning Word Vectors for Sentiment Analysis, ACL 2011.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from opinia.data.imdb.archive import TOP, read_archive, read_folder
from opinia.data.imdb.download import ARCHIVE_NAME, fetch_archive
from opinia.data.imdb.gather import CLASSES, Gathering
from opinia.data.imdb.jsonl import file_name, read_jsonl
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.tables.formats import is_table

SPLITS = tuple(CLASSES)
SOURCE_VARIABLE = "OPINIA_DATA"
FINGERPRINTS = {
    "train": "0ff69ba8b0ce99ec4b616dde14127d1c6f77edeb157003f21549a192eea1bb7a",
    "test": "19d591470c248bdcbc1552be84c85e62b32f3b7c88ec96f6bcbf1fae04a2be2b",
    "unsup": "7f3f575c9e3e4c1bae203a6005d7df7266360b6b5ce184e460232507054f3c4d",
}
"""The fingerprint of each split of the official data set, whichever form it is read from."""

_ACCEPTED = (
    f"a copy of {ARCHIVE_NAME}, an unpacked {TOP}/ folder, "
    f"or a folder with {', '.join(map(file_name, SPLITS))} and movie_ids.tsv.xz"
)


def load(split: str, *, source: Path | None = None, progress: bool = False) -> LabelledTexts:
    """Return one split of the reviews; see :func:`load_splits`."""
    return load_splits([split], source=source, progress=progress)[split]


def load_splits(
    splits: Sequence[str], *, source: Path | None = None, progress: bool = False
) -> dict[str, LabelledTexts]:
    """Return several splits of the reviews, reading their source once.

    Rows stand in the canonical order: positives, then negatives, each by running number. Texts are
    byte for byte those of the original files. Whatever the form, the same reviews come out.

    Args:
        splits: of ``train`` (25,000 labelled), ``test`` (25,000 labelled) and ``unsup`` (50,000
            unlabelled).
        source: the archive, an unpacked ``aclImdb/`` folder (or the folder it stands in), or a folder
            of JSON Lines. When None, what the variable ``OPINIA_DATA`` names; without that, the
            archive in the user's cache folder, downloaded when it is absent.
        progress: draw a progress bar while downloading.

    Raises:
        DataError: an unknown split; a source that is missing, of no known form, damaged or incomplete.
        DownloadError: the archive could not be fetched.
        MissingExtraError: a download is needed and pooch is not installed.
    """
    for split in splits:
        if split not in CLASSES:
            raise DataError(f"a split is one of {', '.join(SPLITS)}. Received: {split!r}")
    place = find_source(source)
    if place is None:
        place = fetch_archive(progress=progress)
    gathering = Gathering(splits, place)
    if place.is_file():
        read_archive(place, gathering)
    elif (folder := _unpacked(place)) is not None:
        read_folder(folder, gathering)
    else:
        read_jsonl(place, gathering)
    return gathering.finish()


def find_source(source: Path | None = None) -> Path | None:
    """Return the local copy to read, or None when only the cached or downloaded archive remains.

    Args:
        source: what the caller named; when None, the variable ``OPINIA_DATA`` is asked.

    Raises:
        DataError: what was named does not exist, or is of no known form.
    """
    named = "the source of the IMDB reviews"
    if source is None:
        value = os.environ.get(SOURCE_VARIABLE)
        if not value:
            return None
        source, named = Path(value), f"the variable {SOURCE_VARIABLE}"
    place = Path(source).expanduser()
    try:
        if place.is_file():
            if not _may_be_archive(place):
                raise DataError(
                    f"{named} must name {_ACCEPTED}. Received: {place}, which is none of these",
                    hint="a table of your own goes by --data: opinia train --data FILE",
                )
            return place
        if (place / ARCHIVE_NAME).is_file():
            return place / ARCHIVE_NAME
        if _unpacked(place) is not None or any((place / file_name(split)).is_file() for split in SPLITS):
            return place
        problem = "holds none of these" if place.is_dir() else "does not exist"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise DataError(f"{named} must name {_ACCEPTED}. Received: {place}, which {problem}")


def is_official(splits: Mapping[str, LabelledTexts]) -> bool:
    """Tell whether these splits are those of the official data set, row by row."""
    return all(reviews.fingerprint() == FINGERPRINTS[split] for split, reviews in splits.items())


def source_of(splits: Mapping[str, LabelledTexts], *, source: Path | None = None) -> str:
    """Return what may be said of where splits come from: ``"imdb"`` only where their fingerprints prove it.

    Args:
        splits: what :func:`load_splits` gave.
        source: what it was given.
    """
    if is_official(splits):
        return "imdb"
    place = find_source(source)
    if place is None:
        return "a downloaded archive that is not the official one"
    return f"a {'file' if place.is_file() else 'folder'} named {place.resolve().name or place}"


def check_official(splits: Mapping[str, LabelledTexts], *, source: Path | None = None) -> None:
    """Check that splits are those of the official data set, before a figure is said to be of them.

    Raises:
        DataError: they are other reviews.
    """
    found = source_of(splits, source=source)
    if found != "imdb":
        raise DataError(
            f"these are not the official IMDB reviews, but those of {found}",
            hint="`opinia data imdb` says which split differs",
        )


def _may_be_archive(place: Path) -> bool:
    """Tell whether a file may be the archive: it begins as gzip does, and its name is not that of a table."""
    with place.open("rb") as file:
        return file.read(2) in (b"\x1f\x8b", b"") and not is_table(place.name)


def _unpacked(place: Path) -> Path | None:
    """Return the ``aclImdb`` folder that this is, or that stands in it, or None."""
    for folder in (place / TOP, place):
        if (folder / "train").is_dir() or (folder / "test").is_dir():
            return folder
    return None
