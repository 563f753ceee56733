"""The small data set in each of its forms gives the same reviews."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_forms import pack, repack, unpack
from opinia.data import imdb
from opinia.errors import DataError

SPLITS = ["train", "test", "unsup"]
FORMS = {
    "archive": lambda folder, members: pack(folder / "any name.bin", members),
    "archive in its folder": lambda folder, members: pack(folder / "aclImdb_v1.tar.gz", members).parent,
    "unpacked": lambda folder, members: unpack(folder, members) / "aclImdb",
    "folder above the unpacked one": unpack,
    "JSON Lines": repack,
}


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def source(request: pytest.FixtureRequest, tmp_path: Path, members: dict[str, bytes]) -> Path:
    return request.param(tmp_path, members)


def test_every_form_gives_the_same_reviews(source: Path, members: dict[str, bytes]) -> None:
    loaded = imdb.load_splits(SPLITS, source=source)
    assert {split: len(reviews) for split, reviews in loaded.items()} == {"train": 11, "test": 7, "unsup": 12}
    train = loaded["train"]
    assert train.ids == (*(f"{n}_9" for n in range(6)), *(f"{n}_2" for n in range(5)))
    assert train.labels == (1,) * 6 + (0,) * 5
    assert train.groups[:7] == ("tt0001000",) * 2 + ("tt0001001",) * 2 + ("tt0001002",) * 2 + ("tt0002000",)
    assert loaded["unsup"].ids[-2:] == ("10_0", "11_0")
    assert set(loaded["unsup"].labels) == {-1}
    for split, part in (("train", "train"), ("test", "test"), ("unsup", "train")):
        for name, text, label in zip(
            loaded[split].ids, loaded[split].texts, loaded[split].labels, strict=True
        ):
            kind = {1: "pos", 0: "neg", -1: "unsup"}[label]
            assert text.encode() == members[f"aclImdb/{part}/{kind}/{name}.txt"]


def test_load_is_one_of_load_splits(source: Path) -> None:
    assert imdb.load("test", source=source) == imdb.load_splits(SPLITS, source=source)["test"]


@pytest.mark.parametrize("part", ["unsup", "test"])
def test_splits_not_asked_for_are_not_read(part: str, members: dict[str, bytes], tmp_path: Path) -> None:
    spoiled = {
        name: b"\xff broken" if f"{part}/" in name or f"urls_{part}" in name else content
        for name, content in members.items()
    }
    wanted = [split for split in SPLITS if split != part]
    assert set(imdb.load_splits(wanted, source=pack(tmp_path / "a.tar.gz", spoiled))) == set(wanted)
    assert set(imdb.load_splits(wanted, source=unpack(tmp_path, spoiled))) == set(wanted)
    with pytest.raises(DataError, match="UTF-8"):
        imdb.load(part, source=tmp_path)


def test_the_variable_names_the_source(
    tmp_path: Path, members: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    named, given = repack(tmp_path / "named", members), tmp_path / "given"
    other = {**members, "aclImdb/test/pos/0_9.txt": b"another text"}
    repack(given, other)
    monkeypatch.setenv("OPINIA_DATA", str(named))
    assert imdb.find_source() == named
    assert "another text" not in imdb.load("test").texts
    assert imdb.load("test", source=given).texts[0] == "another text"
    monkeypatch.setenv("OPINIA_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"variable OPINIA_DATA must name .*nowhere, which does not exist"):
        imdb.load("test")


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_no_local_source_is_found(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("OPINIA_DATA", value)
    assert imdb.find_source() is None


def test_a_source_of_no_known_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"aclImdb_v1\.tar\.gz, an unpacked .* movie_ids.* holds none of these"
    ):
        imdb.load("train", source=tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        imdb.load("train", source=tmp_path / "absent")
    with pytest.raises(DataError, match="cannot be read"):
        imdb.load("train", source=tmp_path / ("x" * 300))


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train, test, unsup. Received: 'dev'"):
        imdb.load("dev", source=tmp_path)


@pytest.mark.parametrize("missing", ["train/neg", "test/urls_pos.txt"])
def test_an_incomplete_unpacked_folder_is_refused(
    missing: str, tmp_path: Path, members: dict[str, bytes]
) -> None:
    path = unpack(tmp_path, members) / "aclImdb" / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DataError, match=missing):
        imdb.load_splits(SPLITS, source=tmp_path)


def test_an_oversized_file_in_an_unpacked_folder_is_refused(
    tmp_path: Path, members: dict[str, bytes]
) -> None:
    unpack(tmp_path, {**members, "aclImdb/train/pos/0_9.txt": b"x" * ((1 << 20) + 1)})
    with pytest.raises(DataError, match="more than 1,048,576 bytes"):
        imdb.load("train", source=tmp_path)


def test_other_files_in_an_unpacked_folder_are_passed_over(tmp_path: Path, members: dict[str, bytes]) -> None:
    unpack(
        tmp_path, {**members, "aclImdb/train/pos/.DS_Store": b"\xff", "aclImdb/train/pos/0_9.txt~": b"\xff"}
    )
    assert len(imdb.load("train", source=tmp_path)) == 11
