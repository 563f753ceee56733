"""The classifier: what it accepts, what it refuses, and that a text's score is its own."""

import random
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opinia
from models import WORDS, graph_of, random_network, write_counting_model
from opinia import InputError, ModelFileError, Prediction
from opinia.model.batches import BATCH_ROWS, BATCH_TOKENS, FIRST_CHUNK, BatchRunner
from opinia.model.file import Description, write_model
from opinia.model.shipped import find_model
from opinia.text.tokenizer import Tokenizer

TEXTS = ["a good film", "", "bad, bad film!", "it was good and good"]
LABELS = ["positive", "positive", "negative", "positive"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return opinia.load(write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx"))


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """A network with random weights and biases, where every word and every padding would tell."""
    words = tuple(f"w{i}" for i in range(98))
    path = tmp_path_factory.mktemp("model") / "noisy.onnx"
    write_model(path, graph_of(random_network(100)), Description(Tokenizer(words)))
    return opinia.load(path)


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS, index=[9, 9, 7, 1]),
        pd.Series(TEXTS, dtype="string"),
        pd.DataFrame({"review": TEXTS})["review"],
        dict.fromkeys(TEXTS).keys(),
    ],
    ids=lambda texts: type(texts).__name__,
)
def test_columns_of_texts(classifier, texts):
    assert classifier.predict(texts) == LABELS


def test_a_single_text_is_a_column_of_one(classifier):
    assert classifier.predict("bad") == ["negative"]
    assert classifier.predict_proba("bad").shape == (1, 2)
    assert classifier.predict(np.str_("good")) == ["positive"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (None, "NoneType"),
        (float("nan"), "float nan"),
        (pd.NA, "NAType"),
        (b"good", "bytes b'good'"),
        (["good"], "list"),
        (7, "int 7"),
    ],
)
@pytest.mark.parametrize("verb", ["predict", "predict_proba", "classify"])
def test_an_entry_that_is_no_text_is_named_by_its_position(classifier, verb, entry, said):
    with pytest.raises(InputError, match="at position 2") as caught:
        getattr(classifier, verb)(["good", "bad", entry, "good"])
    assert said in caught.value.message


def test_missing_values_of_a_pandas_column_are_named(classifier):
    with pytest.raises(InputError, match="at position 1"):
        classifier.predict(pd.Series(["good", None, "bad"]))


@pytest.mark.parametrize(
    "texts",
    [
        None,
        7,
        b"good",
        {"review": "good"},
        np.array([["good"], ["bad"]]),
        np.array("good"),
        pd.DataFrame({"a": ["b"]}),
    ],
    ids=lambda texts: type(texts).__name__,
)
def test_what_is_no_column_of_texts(classifier, texts):
    with pytest.raises(InputError, match="texts must be one text or one column of texts"):
        classifier.predict(texts)


def test_a_list_with_one_endless_bad_entry_gives_a_short_message(classifier):
    with pytest.raises(InputError) as caught:
        classifier.predict([b"x" * 1_000_000])
    assert len(caught.value.message) < 200


def test_no_texts_at_all(classifier):
    proba = classifier.predict_proba([])
    assert proba.shape == (0, 2)
    assert proba.dtype == np.float32
    assert classifier.predict([]) == []
    assert classifier.classify(iter(())) == []


def test_probabilities_follow_the_classes(classifier):
    assert list(classifier.classes_) == ["negative", "positive"]
    proba = classifier.predict_proba(["good", "bad"])
    assert proba.shape == (2, 2)
    assert proba.dtype == np.float32
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert proba[0, 1] > 0.9 > 0.1 > proba[1, 1]


def test_a_prediction_tells_label_probabilities_and_unknown_words(classifier):
    good, bad, empty, strange = classifier.classify(["good zzz", "bad", "...", "zzz yyy"])
    assert isinstance(good, Prediction)
    assert (good.label, bad.label) == ("positive", "negative")
    assert good.probability == good.positive > 0.9
    assert bad.probability == pytest.approx(1 - bad.positive, abs=1e-6)
    assert (good.unknown, bad.unknown, empty.unknown, strange.unknown) == (0.5, 0, 1, 1)


def test_the_temperature_softens(tmp_path):
    graph = graph_of(random_network(len(WORDS) + 2))
    logits = []
    for temperature in (1.0, 2.0):
        path = tmp_path / f"{temperature}.onnx"
        write_model(path, graph, Description(Tokenizer(WORDS), temperature=temperature))
        ((negative, positive),) = opinia.load(path).predict_proba("good film")
        logits.append(np.log(positive / negative))
    assert abs(logits[0]) > 1e-3
    assert logits[1] == pytest.approx(logits[0] / 2, rel=1e-3)


def test_a_text_scores_the_same_alone_padded_and_in_any_order(noisy):
    draw = random.Random(11)
    lengths = [0, 0, 1, 400, *(draw.randrange(90) for _ in range(3 * BATCH_ROWS))]
    texts = [" ".join(f"w{draw.randrange(110)}" for _ in range(length)) for length in lengths]
    together = noisy.predict_proba(texts)
    assert together.std() > 0.05
    assert abs(together[0, 1] - 0.5) > 0.01  # biases alone already lean to one side
    alone = np.concatenate([noisy.predict_proba(text) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5, rtol=0)
    order = list(range(len(texts)))
    for _ in range(3):
        draw.shuffle(order)
        shuffled = noisy.predict_proba([texts[i] for i in order])
        np.testing.assert_allclose(shuffled, together[order], atol=1e-5, rtol=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_gets_probabilities(noisy, texts):
    proba = noisy.predict_proba(texts)
    assert proba.shape == (len(texts), 2)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)


def test_batches_side_by_side_give_the_same_digits_as_one_after_another(noisy):
    draw = random.Random(5)
    lengths = [0, 1, *(draw.randrange(300) for _ in range(5 * BATCH_ROWS)), BATCH_TOKENS + 1]
    texts = [" ".join(f"w{draw.randrange(120)}" for _ in range(length)) for length in lengths]
    expected = opinia.load(noisy.model.path, threads=1).predict_proba(texts)
    for threads in (2, 5):
        got = opinia.load(noisy.model.path, threads=threads).predict_proba(texts)
        np.testing.assert_array_equal(got, expected)


def test_texts_are_asked_for_while_those_before_are_judged(noisy, monkeypatch):
    runner, begun = BatchRunner(noisy.model, threads=2), threading.Event()
    judge = runner._judge
    monkeypatch.setattr(runner, "_judge", lambda *batch: (judge(*batch), begun.set())[0])

    def source():
        for number in range(FIRST_CHUNK + 1):
            assert number < FIRST_CHUNK or begun.wait(60)
            yield np.array([1 + number % 3], np.int32)

    assert runner.logits(source()).shape == (FIRST_CHUNK + 1, 1)


def test_an_entry_behind_the_first_window_is_named_too(noisy):
    texts = ["w1 w2"] * (6 * FIRST_CHUNK)
    texts[5 * FIRST_CHUNK] = None
    with pytest.raises(InputError, match=f"position {5 * FIRST_CHUNK}"):
        noisy.predict_proba(texts)


def test_a_batch_that_fails_is_heard_of(noisy):
    texts = ["w1 w2"] * (4 * BATCH_ROWS)
    broken = [noisy.model.description.tokenizer.encode(text) for text in texts]
    broken[-1] = [100_000]  # no such word: the graph refuses it
    with pytest.raises(Exception, match="out of"):
        noisy.logits([np.array(ids, np.int32) for ids in broken])


def test_three_classes_have_three_columns(tmp_path):
    import onnx

    graph = graph_of(random_network(len(WORDS) + 2))
    for weight in graph.graph.initializer:
        if weight.name in {"output_kernel", "output_bias"}:
            three = np.concatenate([onnx.numpy_helper.to_array(weight) * k for k in (1, 2, -1)])
            weight.CopyFrom(onnx.numpy_helper.from_array(three, weight.name))
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3
    write_model(tmp_path / "three.onnx", graph, Description(Tokenizer(WORDS), ("bad", "fair", "good")))
    three = opinia.load(tmp_path / "three.onnx")
    proba = three.predict_proba(["good film", ""])
    assert proba.shape == (2, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert three.predict("film") == [str(three.classes_[three.predict_proba("film")[0].argmax()])]
    assert three.predict_proba([]).shape == (0, 3)


def test_a_band_around_one_half_is_called_uncertain():
    classifier = opinia.load("seed")
    texts = ["Wonderful.", "A film about a man and his dog.", "Dull, far too long, and badly written."]
    plain = classifier.classify(texts)
    assert {p.label for p in plain} <= {"negative", "positive"}
    for band in (0.0, 0.1, 0.3, 0.5):
        for banded, prediction in zip(classifier.classify(texts, uncertain=band), plain, strict=True):
            near = prediction.probability < 0.5 + band
            assert banded.label == ("uncertain" if near else prediction.label)
            assert banded.probability == prediction.probability
    with pytest.raises(InputError, match="from 0 to 0.5"):
        classifier.classify(texts, uncertain=0.6)


def test_a_shipped_model_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_model("seed").name == "seed.onnx"
    (tmp_path / "seed").mkdir()
    assert find_model("seed") == Path("seed")  # what lies here comes first
    with pytest.raises(ModelFileError, match="there is no model at nothing"):
        find_model("nothing")
