"""A card claims what the fingerprint of the reviews proves, and nothing more."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import opinia
from opinia.cli.evaluate import command as evaluate_command
from opinia.data import imdb, sample
from opinia.errors import DataError
from opinia.runs.recipe import Recipe
from opinia.train.pipeline import fit
from opinia.train.texts import load_texts, prepare

VALUES = {
    "text.max_tokens": 100,
    "network.embedding": 4,
    "network.units": 4,
    "network.dense": 4,
    "training.epochs": 1,
    "training.batch_size": 16,
    "training.threads": 1,
    "data.validation": 20,
}
RECIPE = Recipe().replace(VALUES)


def look_alike(folder: Path) -> Path:
    """Make an ``aclImdb`` of 80 labelled reviews a split, with synthetic texts."""
    for split in ("train", "test"):
        made = sample.load(split, reviews=80)
        for label, kind in ((1, "pos"), (0, "neg")):
            texts = [text for text, found in zip(made.texts, made.labels, strict=True) if found == label]
            place = folder / "aclImdb" / split / kind
            place.mkdir(parents=True)
            urls = []
            for number, text in enumerate(texts):
                (place / f"{number}_{9 if label else 2}.txt").write_text(text, encoding="utf-8")
                urls.append(f"http://www.imdb.com/title/tt{number + 1000 * label:07d}/usercomments\n")
            (place.parent / f"urls_{kind}.txt").write_text("".join(urls), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return look_alike(tmp_path_factory.mktemp("data") / "reviews of mine")


@pytest.fixture(scope="module")
def run(copy: Path, tmp_path_factory: pytest.TempPathFactory):
    return fit(RECIPE, tmp_path_factory.mktemp("runs") / "run", source=copy)


def test_a_look_alike_is_a_folder_and_not_imdb(run) -> None:
    card = opinia.load(run.path).card
    assert card["data"]["source"] == "a folder named reviews of mine"
    assert run.environment()["data"]["source"] == "a folder named reviews of mine"
    assert "film" not in card["limits"]
    assert str(run.path.anchor + "tmp") not in json.dumps(card["data"])  # its name alone, and not its path


@pytest.mark.parametrize("form", ["unpacked", "archive", "variable", "here"])
def test_every_form_is_told_by_its_name(
    copy: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Path | None = copy / "aclImdb"
    expected = "a folder named aclImdb"
    if form == "archive":
        source, expected = tmp_path / "mine.tar.gz", "a file named mine.tar.gz"
        with tarfile.open(source, "w:gz") as packed:
            packed.add(copy / "aclImdb", "aclImdb")
    elif form == "variable":
        monkeypatch.setenv("OPINIA_DATA", str(copy))
        source, expected = None, "a folder named reviews of mine"
    elif form == "here":
        monkeypatch.chdir(copy)
        source, expected = Path(), "a folder named reviews of mine"
    assert load_texts(RECIPE.data, source=source).about["source"] == expected


def test_the_sample_is_the_sample() -> None:
    task = prepare(RECIPE.replace({"data.source": "sample"}))
    assert task.card["data"]["source"] == "sample"
    assert task.card["limits"].startswith("Synthetic")


def evaluated(*arguments: object):
    return CliRunner().invoke(evaluate_command, [str(each) for each in arguments], catch_exceptions=False)


@pytest.mark.parametrize("split", ["test", "train", "validation"])
def test_figures_on_a_look_alike_are_not_said_to_be_of_imdb(run, copy: Path, split: str) -> None:
    done = evaluated(run.path, f"imdb:{split}", "--imdb", copy, "--json")
    assert json.loads(done.stdout)["data"] == f"{split} of a folder named reviews of mine"
    assert (
        done.stderr == f"warning: not the official reviews, but {split} of a folder named reviews of mine\n"
    )


def test_no_ledger_takes_them(run, copy: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    with pytest.raises(DataError, match="a ledger holds figures on the official reviews") as error:
        evaluated(run.path, "imdb:test", "--imdb", copy, "--ledger", ledger)
    assert "opinia data imdb" in error.value.hint
    assert not ledger.exists()
    with pytest.raises(
        DataError, match="not the official IMDB reviews, but those of a folder named reviews of"
    ):
        imdb.check_official(imdb.load_splits(["test"], source=copy), source=copy)


def test_a_model_of_other_reviews_has_no_validation_there(run) -> None:
    with pytest.raises(DataError, match="was validated on other reviews than these"):
        evaluated(run.path, "sample:validation")


def test_the_official_reviews_are_imdb(imdb_source: Path) -> None:
    texts = load_texts(Recipe().data, source=imdb_source)
    assert texts.about["source"] == "imdb"
    splits = imdb.load_splits(["train", "test"], source=imdb_source)
    assert imdb.is_official(splits)
    train = splits["train"]
    changed = dataclasses.replace(train, texts=(train.texts[0] + " ", *train.texts[1:]))
    for other in ({**splits, "train": changed}, {**splits, "test": train}):
        assert imdb.source_of(other, source=imdb_source) == f"a folder named {imdb_source.resolve().name}"
