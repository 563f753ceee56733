"""JSON Lines: what is accepted, what is refused and where, and what is written."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from data_forms import repack, write_xz
from opinia.data import imdb, sample
from opinia.data.imdb import jsonl
from opinia.errors import DataError

GOOD = {"id": "0_9", "text": "fine", "label": 1}


@pytest.fixture
def folder(tmp_path: Path, members: dict[str, bytes]) -> Path:
    return repack(tmp_path / "reviews", members)


def edit(path: Path, change: Callable[[list[str]], None]) -> None:
    lines = lzma.decompress(path.read_bytes()).decode().split("\n")
    change(lines)
    write_xz(path, "\n".join(lines))


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        imdb.load("train", source=folder)
    assert str(folder) in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON"),
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[1]", "is no JSON object. Received: list"),
        (json.dumps({**GOOD, "label": 2}), "label must be 1 or 0. Received: '2'"),
        (json.dumps({**GOOD, "label": True}), "label must be 1 or 0. Received: 'True'"),
        (json.dumps({"id": "0_9", "text": "fine"}), "label must be 1 or 0. Received: 'None'"),
        (json.dumps({"id": "0_9", "label": 1}), "text must be a string. Received: 'None'"),
        (json.dumps({**GOOD, "id": 7}), "id must be a string. Received: '7'"),
        (json.dumps({**GOOD, "text": "\ud800"}), "text holds a lone surrogate"),
        (json.dumps({**GOOD, "text": "x" * ((1 << 20) + 1)}), "text has 1,048,577 bytes"),
        (" " * (8 << 20) + "{}", "is over 8,388,608 bytes"),
    ],
)
def test_a_bad_line_is_named(folder: Path, line: str, problem: str) -> None:
    edit(folder / "train.jsonl.xz", lambda lines: lines.__setitem__(2, line))
    message = refusal(folder)
    assert "line 3 of train.jsonl.xz" in message
    assert problem in message


def test_a_bad_id_is_refused(folder: Path) -> None:
    edit(folder / "train.jsonl.xz", lambda lines: lines.__setitem__(2, json.dumps({**GOOD, "id": "../x_1"})))
    assert "Received: '../x_1'" in refusal(folder)


@pytest.mark.parametrize("name", ["train.jsonl.xz", "movie_ids.tsv.xz"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for content in (whole[:-20], whole[: len(whole) // 2], b"no xz", whole[:40] + b"????" + whole[44:]):
        path.write_bytes(content)
        assert f"{name} is damaged, or no xz file" in refusal(folder)
    path.unlink()
    assert f"{name} is missing" in refusal(folder)


def test_rows_in_another_order_give_the_same_reviews(folder: Path) -> None:
    before = imdb.load("train", source=folder)
    edit(folder / "train.jsonl.xz", lambda lines: lines.__setitem__(slice(0, -1), lines[-2::-1]))
    assert imdb.load("train", source=folder) == before


def test_a_repeated_row_is_refused(folder: Path) -> None:
    edit(folder / "train.jsonl.xz", lambda lines: lines.insert(0, lines[3]))
    assert "twice" in refusal(folder)


def test_a_missing_row_is_refused(folder: Path) -> None:
    edit(folder / "train.jsonl.xz", lambda lines: lines.pop(0))
    assert "1 of 6 reviews of train/pos are missing" in refusal(folder)


@pytest.mark.parametrize(
    ("row", "line", "problem"),
    [
        (0, "id\tmovie", "line 1 of movie_ids.tsv.xz must name the columns"),
        (1, "train\tpos\t0_9", "line 2 of movie_ids.tsv.xz is no split, class, id and movie"),
        (1, "dev\tpos\t0_9\ttt1", "line 2 of movie_ids.tsv.xz is no split"),
        (1, "unsup\tpos\t0_9\ttt1", "line 2 of movie_ids.tsv.xz is no split"),
        (1, "train\tpos\t0_9\tBrazil", "no IMDb title. Received: 'Brazil'"),
    ],
)
def test_a_bad_row_of_movies_is_named(folder: Path, row: int, line: str, problem: str) -> None:
    edit(folder / "movie_ids.tsv.xz", lambda lines: lines.__setitem__(row, line))
    assert problem in refusal(folder)


def test_what_is_written_reads_as_json_a_line(tmp_path: Path) -> None:
    made = sample.load("train", reviews=30)
    path = tmp_path / "deep" / "sample.jsonl"
    jsonl.write_jsonl(made, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == list(made.ids)
    assert [row["text"] for row in rows] == list(made.texts)
    assert [row["label"] for row in rows] == list(made.labels)
    assert [row["movie"] for row in rows] == list(made.groups)
    assert [other.name for other in path.parent.iterdir()] == ["sample.jsonl"]


def test_each_review_is_one_line_whatever_it_holds(folder: Path) -> None:
    reviews = imdb.load("train", source=folder)
    lines = jsonl.to_jsonl(reviews).splitlines()
    assert [json.loads(line)["text"] for line in lines] == list(reviews.texts)


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    path.write_text("mine")
    made = sample.load("unsup", reviews=2)
    with pytest.raises(DataError, match="exists already"):
        jsonl.write_jsonl(made, path)
    assert path.read_text() == "mine"
    jsonl.write_jsonl(made, path, force=True)
    assert "label" not in json.loads(path.read_text().splitlines()[0])


def test_a_file_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        jsonl.write_jsonl(sample.load("unsup", reviews=2), tmp_path / "file" / "sample.jsonl")
