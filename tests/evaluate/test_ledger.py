"""The ledger: append-only, and never a second test of one model."""

import csv
import os

import numpy as np
import pytest

import opinia
from models import write_counting_model
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.evaluate.ledger import COLUMNS, append, evaluate_once, find, read_ledger

TEXTS = ("good film", "bad film", "good good", "bad it was", "good but labelled bad")
LABELS = (1, 0, 1, 0, 0)
CARD = {"recipe": {"name": "counting", "training": {"seed": 7}}}


def reviews() -> LabelledTexts:
    return LabelledTexts(tuple(TEXTS), tuple(LABELS), ("negative", "positive"))


def never() -> LabelledTexts:
    raise AssertionError("tested a second time")


@pytest.fixture
def model(tmp_path):
    return write_counting_model(tmp_path / "model.onnx", card=CARD)


def test_a_model_is_tested_once_and_its_row_read_from_then_on(model, tmp_path):
    ledger = tmp_path / "results" / "ledger.csv"
    row = evaluate_once(model, reviews, split="made:test", ledger=ledger, note="a, note")
    assert (row.recipe, row.seed, row.reviews, row.accuracy, row.note) == ("counting", "7", 5, 0.8, "a, note")
    positive = opinia.load(model).predict_proba(list(TEXTS))[:, 1].astype(float)
    truth = np.array(LABELS)
    assert row.nll == pytest.approx(-np.mean(np.log(np.where(truth == 1, positive, 1 - positive))), rel=1e-4)
    before = ledger.read_bytes()
    assert evaluate_once(model, never, split="made:test", ledger=ledger, note="again") == row
    assert ledger.read_bytes() == before
    assert find(ledger, row.sha256, "made:test") == row
    assert find(ledger, row.sha256, "other:test") is None


def test_another_model_and_another_split_are_appended(model, tmp_path):
    ledger = tmp_path / "ledger.csv"
    evaluate_once(model, reviews, split="made:test", ledger=ledger)
    first = ledger.read_bytes()
    evaluate_once(model, reviews, split="other:test", ledger=ledger)
    other = write_counting_model(tmp_path / "other.onnx", card={"name": "other"})
    evaluate_once(other, reviews, split="made:test", ledger=ledger)
    assert ledger.read_bytes().startswith(first)
    rows = read_ledger(ledger)
    assert [(row.recipe, row.seed, row.split) for row in rows] == [
        ("counting", "7", "made:test"),
        ("counting", "7", "other:test"),
        ("other", "", "made:test"),
    ]
    with ledger.open(newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


def test_append_does_not_write_a_known_model_again(model, tmp_path):
    ledger = tmp_path / "ledger.csv"
    row = evaluate_once(model, reviews, split="made:test", ledger=ledger)

    class Better:
        reviews, accuracy, nll = 5, 1.0, 0.0

    assert append(ledger, opinia.load(model), "made:test", Better()) == row
    assert read_ledger(ledger) == [row]


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", ",".join(COLUMNS) + "\n2025-01-01,x,y,1,s,five,0.8,0.1,\n"]
)
def test_what_is_no_ledger_is_not_written_to(model, tmp_path, content):
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(content)
    with pytest.raises(DataError, match="ledger"):
        evaluate_once(model, never, split="made:test", ledger=ledger)
    assert ledger.read_text() == content


def test_a_place_that_cannot_be_written_is_named_before_the_work(model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot be (written|read)"):
        evaluate_once(model, never, split="made:test", ledger=tmp_path / "file" / os.path.join("a", "b.csv"))
