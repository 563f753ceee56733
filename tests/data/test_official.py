"""The real data set, where the variable OPINIA_DATA names a copy of it, and what stands or falls with it.

Reading it takes longer than most of what is then looked at, so all who need the whole of it do so here.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import struct
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import opinia
from halves import assert_equal_on
from opinia.data import imdb
from opinia.data.labelled import LabelledTexts
from opinia.data.split import split_train_validation
from opinia.evaluate.behaviour import read_cases
from opinia.evaluate.metrics import evaluate
from opinia.runs.recipe import recipe_from_dict
from opinia.text.tokenizer import Tokenizer
from opinia.train.texts import load_texts

TESTS = Path(__file__).parents[1]


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


def test_both_halves_agree_on_it(real: dict[str, LabelledTexts], tmp_path: Path) -> None:
    assert_equal_on(real["train"].texts[::100], tmp_path)


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


def test_an_archive_of_the_same_reviews_reads_the_same(
    real: dict[str, LabelledTexts], tmp_path: Path
) -> None:
    """A fifth of each class: what stands in a member does not depend on how many there are."""
    path = tmp_path / "aclImdb_v1.tar.gz"
    expected = {}
    with (
        gzip.open(path, "wb", compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w|", bufsize=1 << 20) as tar,
    ):
        for split in ("test", "train"):
            urls: dict[str, list[str]] = {"pos": [], "neg": []}
            first = [row for row, name in enumerate(real[split].ids) if int(name.partition("_")[0]) < 2500]
            reviews = expected[split] = real[split].take(first)
            assert len(reviews) == 5000
            for name, text, label, movie in zip(
                reviews.ids, reviews.texts, reviews.labels, reviews.groups, strict=True
            ):
                kind = "pos" if label else "neg"
                urls[kind].append(f"http://www.imdb.com/title/{movie}/usercomments\n")
                _add(tar, f"aclImdb/{split}/{kind}/{name}.txt", text)
            for kind, lines in urls.items():
                _add(tar, f"aclImdb/{split}/urls_{kind}.txt", "".join(lines))
    assert imdb.load_splits(["train", "test"], source=path) == expected


def _add(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def test_the_tokens_of_training_are_those_of_keras(real: dict[str, LabelledTexts]) -> None:
    expected = json.loads((TESTS / "golden" / "keras_imdb_digest.json").read_text(encoding="utf-8"))
    reviews = real["train"]
    assert len(reviews) == expected["reviews"]
    tokenizer = Tokenizer.adapt(reviews.texts, max_tokens=expected["max_tokens"])
    vocabulary = "\n".join(tokenizer.words).encode()
    assert hashlib.sha256(vocabulary).hexdigest() == expected["vocabulary_sha256"]

    digest = hashlib.sha256()
    tokens = 0
    for text in reviews.texts:
        ids = tokenizer.encode(text)
        digest.update(struct.pack(f"<I{len(ids)}H", len(ids), *ids))
        tokens += len(ids)
    assert tokens == expected["tokens"]
    assert digest.hexdigest() == expected["ids_sha256"]


@pytest.mark.slow
def test_no_text_of_the_behaviour_checks_stands_in_it(real: dict[str, LabelledTexts]) -> None:
    others = "\n".join(text for split in real.values() for text in split.texts).encode()
    long = [
        text for case in read_cases() for text in case.texts if len(text.split()) >= 10
    ]  # shorter ones are stock phrases
    assert len(long) > 80
    assert [text for text in long if text.rstrip(".!?").encode() in others] == []


@pytest.mark.parametrize("model", ["seed", "small", "base"])
def test_a_shipped_model_is_as_good_on_it_as_its_card_says(
    real: dict[str, LabelledTexts], model: str
) -> None:
    shipped = opinia.load(model)
    data = recipe_from_dict(shipped.card["recipe"]).data
    split = split_train_validation(
        real["train"], real["test"], validation=data.validation, seed=data.split_seed
    )
    said = dict(shipped.card["data"])
    for entry in ("unlabelled", "final"):
        said.pop(entry, None)
    assert said == {"source": "imdb", **split.to_card()}
    validation = split.validation
    answers = shipped.predict_proba(validation.texts)
    found = evaluate(np.array(validation.labels), answers, np.ones(len(validation)), shipped.classes_)
    if data.final:  # it has learnt from them; the card's figures are those of the run before
        assert found.accuracy > shipped.card["validation"]["accuracy"]
    elif "validation" in shipped.card:
        assert found.accuracy == pytest.approx(shipped.card["validation"]["accuracy"], abs=5e-5)
        assert found.ece == pytest.approx(shipped.card["validation"]["ece"], abs=1e-3)
    else:
        assert found.accuracy == pytest.approx(shipped.card["figures"]["val_accuracy"], abs=1e-9)
    order = np.random.default_rng(0).permutation(len(validation))[:50]
    alone = np.array([shipped.predict_proba(validation.texts[i])[0, 1] for i in order])
    np.testing.assert_allclose(alone, answers[order, 1], atol=1e-5)


def test_training_again_would_count_the_same_vocabularies(
    real: dict[str, LabelledTexts], imdb_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They have been read once for all tests.
    monkeypatch.setattr(imdb, "load_splits", lambda wanted, **_: {name: real[name] for name in wanted})
    recipe = recipe_from_dict(opinia.load("base").card["recipe"])
    held_out = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, final=False))
    texts = load_texts(held_out.data, unlabelled=True, source=imdb_source)
    counted = (*texts.split.train.texts, *texts.unlabelled)
    words = Tokenizer.adapt(counted, max_tokens=recipe.text.max_tokens, kind="words").words
    record = TESTS.parent / "models" / "record-384.onnx"
    for model in ("base", "small", record):
        known = opinia.load(model).model.description.tokenizer.words
        assert known == words[: len(known)]
