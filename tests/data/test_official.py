"""The real data set, where the variable OPINIA_DATA names a copy of it."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from opinia.data import imdb
from opinia.data.labelled import LabelledTexts
from opinia.data.split import split_train_validation


@pytest.fixture(scope="module")
def real(imdb_source: Path) -> dict[str, LabelledTexts]:
    return imdb.load_splits(imdb.SPLITS, source=imdb_source)


@pytest.mark.parametrize(
    ("split", "rows", "positives", "movies", "distinct"),
    [
        ("train", 25_000, 12_500, 3_456, 24_904),
        ("test", 25_000, 12_500, 3_581, 24_801),
        ("unsup", 50_000, 0, 7_091, 49_507),
    ],
)
def test_sizes(
    real: dict[str, LabelledTexts], split: str, rows: int, positives: int, movies: int, distinct: int
) -> None:
    reviews = real[split]
    assert (len(reviews), reviews.labels.count(1)) == (rows, positives)
    assert (len(set(reviews.groups)), len(set(reviews.texts))) == (movies, distinct)
    assert max(Counter(reviews.groups).values()) == 30
    assert reviews.fingerprint() == imdb.FINGERPRINTS[split]


@pytest.mark.parametrize(
    ("one", "other", "rows"),
    [
        ("train", "test", 123),
        ("test", "train", 123),
        ("unsup", "test", 270),
        ("test", "unsup", 269),
        ("unsup", "train", 371),
        ("train", "unsup", 373),
    ],
)
def test_known_duplicates(real: dict[str, LabelledTexts], one: str, other: str, rows: int) -> None:
    known = set(real[other].texts)
    assert sum(text in known for text in real[one].texts) == rows


@pytest.mark.parametrize(("wanted", "in_validation"), [(2500, 13), (5000, 31)])
def test_validation_by_movie(real: dict[str, LabelledTexts], wanted: int, in_validation: int) -> None:
    split = split_train_validation(real["train"], real["test"], validation=wanted)
    assert len(split.validation) == wanted
    assert (split.dropped_in_test, split.dropped_in_validation) == (123, in_validation)
    assert len(split.train) == 25_000 - wanted - 123 - in_validation
    assert not set(split.train.groups) & set(split.validation.groups)
    assert not set(split.train.texts) & set(split.validation.texts)
    for part in (split.train, split.validation):
        assert 0.45 < part.labels.count(1) / len(part) < 0.55


def test_an_archive_of_the_same_reviews_has_the_same_fingerprints(
    real: dict[str, LabelledTexts], tmp_path: Path
) -> None:
    path = tmp_path / "aclImdb_v1.tar.gz"
    try:
        with (
            gzip.open(path, "wb", compresslevel=1) as packed,
            tarfile.open(fileobj=packed, mode="w|", bufsize=1 << 20) as tar,
        ):
            for split in ("test", "train"):
                urls: dict[str, list[str]] = {"pos": [], "neg": []}
                reviews = real[split]
                for name, text, label, movie in zip(
                    reviews.ids, reviews.texts, reviews.labels, reviews.groups, strict=True
                ):
                    kind = "pos" if label else "neg"
                    urls[kind].append(f"http://www.imdb.com/title/{movie}/usercomments\n")
                    _add(tar, f"aclImdb/{split}/{kind}/{name}.txt", text)
                for kind, lines in urls.items():
                    _add(tar, f"aclImdb/{split}/urls_{kind}.txt", "".join(lines))
        assert imdb.load_splits(["train", "test"], source=path) == {
            "train": real["train"],
            "test": real["test"],
        }
    finally:
        path.unlink(missing_ok=True)  # pytest would keep it beyond the run


def _add(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
