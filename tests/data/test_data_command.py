"""``opinia data``: the table, its JSON, and the sample as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from opinia.cli.data import command
from opinia.data import imdb, sample
from opinia.errors import DataError


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_imdb_prints_a_row_a_split(archive: Callable[..., Path]) -> None:
    source = archive()
    result = invoke("imdb", "--imdb", source)
    assert result.exit_code == 0
    headings, *lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert headings == ["split", "reviews", "positives", "movies", "official", "fingerprint"]
    assert [line[:5] for line in lines] == [
        ["train", "11", "6", "6", "no"],
        ["test", "7", "4", "4", "no"],
        ["unsup", "12", "-", "6", "no"],
    ]
    assert lines[0][5] == imdb.load("train", source=source).fingerprint()
    assert "not the rows of the official data set" in result.stderr


def test_imdb_as_json(archive: Callable[..., Path]) -> None:
    source = archive()
    told = json.loads(invoke("imdb", "--imdb", source, "--json").stdout)
    assert told["source"] == str(source)
    assert [(row["split"], row["positives"], row["official"]) for row in told["splits"]] == [
        ("train", 6, False),
        ("test", 4, False),
        ("unsup", None, False),
    ]


def test_imdb_raises_what_the_data_raise(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        invoke("imdb", "--imdb", tmp_path / "absent")


def test_sample_writes_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    result = invoke("sample", "-o", path, "--split", "test", "--reviews", "10", "--seed", "3")
    assert (result.exit_code, result.stdout) == (0, "")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == list(sample.load("test", seed=3, reviews=10).texts)
    with pytest.raises(DataError, match="exists already"):
        invoke("sample", "-o", path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 10
    assert invoke("sample", "-o", path, "--reviews", "4", "--force").exit_code == 0
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4


def test_sample_to_standard_output() -> None:
    result = invoke("sample", "-o", "-", "--reviews", "3")
    assert [json.loads(line)["label"] for line in result.stdout.splitlines()] == [1, 1, 0]


@pytest.mark.parametrize("arguments", [("sample",), ("sample", "-o", "x", "--split", "dev")])
def test_wrong_usage_ends_with_status_2(arguments: tuple[str, ...]) -> None:
    assert invoke(*arguments).exit_code == 2
