"""What travels to a lent machine."""

import dataclasses
import zipfile

import numpy as np
import pytest

from opinia.data.corpus import Corpus
from opinia.errors import DataError, RecipeError, TrainingError
from opinia.remote.pack import Pack, read_pack, take_in_validation, write_pack
from opinia.remote.prepare import prepare_pack
from opinia.runs.recipe import Recipe
from opinia.text.tokenizer import Tokenizer

WORDS = tuple(f"word{i}" for i in range(50))


def corpus(count, seed, *, labels=(0.0, 1.0)):
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 40, count)
    starts = np.cumsum([0, *lengths]).astype(np.int64)
    ids = random.integers(1, 52, starts[-1]).astype(np.int32)
    return Corpus(ids, starts, random.choice(labels, count).astype(np.float32))


@pytest.fixture
def pack():
    parts = corpus(30, 0), corpus(10, 1), corpus(20, 2, labels=(0.125, 0.7, 0.9))
    return Pack(Recipe(name="away"), Tokenizer(WORDS, "words"), *parts, card={"data": {"source": "sample"}})


def assert_same(a, b):
    for name in ("ids", "starts", "labels"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_it_reads_back_and_the_same_makes_the_same_file(pack, tmp_path):
    size = write_pack(tmp_path / "a.pack", pack)
    assert size == (tmp_path / "a.pack").stat().st_size
    found = read_pack(tmp_path / "a.pack")
    for part in ("labelled", "validation", "unlabelled"):
        assert_same(getattr(found, part), getattr(pack, part))
    assert (found.recipe, found.tokenizer, found.card) == (pack.recipe, pack.tokenizer, pack.card)
    write_pack(tmp_path / "b.pack", dataclasses.replace(found, sha256=""))
    assert (tmp_path / "a.pack").read_bytes() == (tmp_path / "b.pack").read_bytes()


def test_a_final_one_learns_from_validation_and_says_so(pack, tmp_path):
    write_pack(tmp_path / "final.pack", take_in_validation(pack))
    found = read_pack(tmp_path / "final.pack")
    assert_same(found.labelled, pack.labelled.joined(pack.validation))
    assert len(found.validation) == 0
    assert "validation was learnt from" in found.card["data"]["final"]


def test_what_is_no_pack_is_told(pack, tmp_path):
    path = tmp_path / "a.pack"
    with pytest.raises(DataError, match="cannot be read"):
        read_pack(path)
    path.write_bytes(b"PK and nothing else")
    with pytest.raises(DataError, match="no pack, or a damaged one"):
        read_pack(path)
    write_pack(path, pack)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="no pack, or a damaged one"):
        read_pack(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.json", '{"format": 7}')
    with pytest.raises(DataError, match="format 7"):
        read_pack(path)


def test_a_vocabulary_that_two_bytes_cannot_number_is_refused(pack, tmp_path):
    words = tuple(f"word{i}" for i in range(70_000))
    with pytest.raises(TrainingError, match=r"at most 65,536 words. Received: 70,002"):
        write_pack(tmp_path / "a.pack", dataclasses.replace(pack, tokenizer=Tokenizer(words, "words")))


def test_what_is_not_done_there_is_refused_before_anything_is_read():
    recipe = Recipe().replace(
        {
            "network.separate_embeddings": True,
            "distillation.self_training": True,
            "training.schedule": "plateau",
        }
    )
    with pytest.raises(
        RecipeError,
        match=r"pretraining.epochs = 0 without training.init_from, distillation.self_training, .*'plateau'",
    ):
        prepare_pack(recipe)
