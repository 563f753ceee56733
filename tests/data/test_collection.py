"""Collections: texts of several sets with soft labels, as they are read and refused, and learnt from."""

import gzip
import json
import lzma

import numpy as np
import pytest

import opinia
from opinia.data.collection import read_collection
from opinia.errors import DataError, RecipeError
from opinia.runs.recipe import Recipe
from opinia.train import pipeline
from opinia.train.texts import load_texts, tokenise

HEAD = {
    "name": "some",
    "limits": "little",
    "licence": "free",
    "sets": {"stars": {"from": "us"}, "words": {"from": "us"}},
}
GOOD = ("fine", "lovely", "great")
BAD = ("bad", "awful", "dull")


def rows_of(*, count=60):
    for number in range(count):
        word, target = ((GOOD, 0.9), (BAD, 0.1))[number % 2]
        part = "validation" if number % 5 == 0 else "train"
        text = f"the {word[number % 3]} film number {number}"
        yield {
            "text": text,
            "target": round(target) if part == "validation" else target,
            "set": "stars",
            "part": part,
            "weight": 1.5,
        }
    yield {"text": "meh", "target": 0.5, "set": "words", "part": "train"}


def write(path, rows=None, head=HEAD):
    lines = [json.dumps(line) for line in (head, *(rows_of() if rows is None else rows))]
    content = ("\n".join(lines) + "\n").encode()
    compress = {".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)
    path.write_bytes(compress(content))
    return path


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz", "c.jsonl.xz"])
def test_parts_targets_and_weights_are_those_of_the_file(tmp_path, name):
    split, about = read_collection(write(tmp_path / name))
    assert (len(split.train), len(split.validation)) == (49, 12)
    assert set(split.train.targets) == {0.9, 0.1, 0.5}
    assert set(split.validation.targets) == {0.0, 1.0}
    assert split.train.weights[-1] == 1.0
    assert split.train.weights[0] == 1.5
    assert split.train.labels[:2] == (0, 1)
    assert about["sets"] == {
        "stars": {"from": "us", "train": 48, "validation": 12},
        "words": {"from": "us", "train": 1},
    }


def test_soft_labels_are_what_is_learnt(tmp_path):
    data = (
        Recipe().replace({"data.source": "collection", "data.table": str(write(tmp_path / "c.jsonl"))}).data
    )
    task = tokenise(Recipe().replace({"text.kind": "words"}).text, load_texts(data))
    assert np.allclose(np.unique(task.training.labels), [0.1, 0.5, 0.9])
    assert task.card["data"]["sets"]["stars"]["validation"] == 12
    assert task.training.weights[0] == 1.5
    assert task.card["limits"] == "little"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"target": 1.2}, "target from 0 to 1"),
        ({"target": None}, "target from 0 to 1"),
        ({"weight": 0}, "weight above 0"),
        ({"part": "test"}, "train or validation"),
        ({"set": "other"}, "a set of the first line"),
        ({"text": 5}, "needs text"),
        ({"part": "validation"}, "in validation 0 or 1"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, change, why):
    rows = [*rows_of()]
    rows[1] = {**rows[1], **change}
    path = write(tmp_path / "c.jsonl", rows)
    with pytest.raises(DataError, match=why) as refused:
        read_collection(path)
    assert "line 3 of" in refused.value.message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON object"),
        (b"[]\n", "no JSON object"),
        (b'{"name": "x"}\n', "name, limits, licence and sets"),
        (b'{"name": "x", "limits": "", "licence": "", "sets": {"a": 1}}\n', "of each set an object"),
        (json.dumps(HEAD).encode(), "no text to train on"),
        (b"\x1f\x8bbroken", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_no_collection_is_refused(tmp_path, content, why):
    path = tmp_path / "c.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=why):
        read_collection(path)


def test_a_collection_that_is_not_there_says_what_writes_it(tmp_path):
    with pytest.raises(DataError) as refused:
        read_collection(tmp_path / "none.jsonl.gz")
    assert "scripts/collect" in refused.value.hint


def test_a_recipe_of_a_collection_needs_its_file():
    with pytest.raises(RecipeError, match=r"data\.table"):
        Recipe().replace({"data.source": "collection"})


def test_training_begins_with_a_model_and_keeps_its_answers(tmp_path):
    """New words join the vocabulary, and the output layer stays: nothing is read off anew."""
    first = Recipe().replace(
        {
            "text.kind": "words",
            "network.embedding": 8,
            "network.units": 8,
            "network.dense": 4,
            "training.epochs": 1,
            "training.threads": 1,
            "training.batch_size": 16,
            "data.source": "collection",
            "data.table": str(write(tmp_path / "c.jsonl")),
        }
    )
    run = pipeline.fit(first, tmp_path / "first")
    fewer = [{**row, "text": row["text"] + " zyzzyva"} for row in rows_of()]
    changes = {
        "data.table": str(write(tmp_path / "d.jsonl", fewer)),
        "training.init_from": str(run.best),
        "training.learning_rate": 1e-9,
    }
    grown = pipeline.fit(first.replace(changes), tmp_path / "second")
    before, after = opinia.load(run.best), opinia.load(grown.best)
    texts = ["the lovely film", "the dull film number 3", "meh"]
    assert np.allclose(before.predict_proba(texts), after.predict_proba(texts), atol=1e-4)
    words = after.model.description.tokenizer.words
    assert words[: len(before.model.description.tokenizer.words)] == before.model.description.tokenizer.words
    assert "zyzzyva" in words
