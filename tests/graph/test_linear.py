"""The linear model beside a network: found n-grams, exact sums, and the same answers from its graph."""

import dataclasses
from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from models import graph_of, random_network
from opinia.data import sample
from opinia.data.corpus import Corpus
from opinia.graph.ngrams import ID_BITS, STEP, add_linear, codes_of
from opinia.graph.quantise import quantise
from opinia.graph.weights import read_weights
from opinia.text.tokenizer import Tokenizer
from opinia.train.network.sentiment_network import state_dict_of
from opinia.train.ngrams import fit_linear, load_linear, save_linear

NGRAMS = 400


@pytest.fixture(scope="module")
def corpora():
    reviews = sample.load("train")
    tokenizer = Tokenizer.adapt(reviews.texts, max_tokens=300, kind="words")
    parts = slice(0, 1200, 2), slice(1, 600, 2)
    return [Corpus.encode(tokenizer, reviews.texts[part], reviews.labels[part]) for part in parts]


@pytest.fixture(scope="module")
def linear(corpora):
    return fit_linear(*corpora, ngrams=NGRAMS)


@pytest.fixture(scope="module")
def corpora_of_three(corpora):
    """The same, the longer of the positive reviews as a class of their own."""
    long = np.median(corpora[0].lengths)
    return [
        dataclasses.replace(each, labels=each.labels + ((each.lengths > long) & (each.labels == 1)))
        for each in corpora
    ]


@pytest.fixture(scope="module")
def linear_of_three(corpora_of_three):
    return fit_linear(*corpora_of_three, ngrams=NGRAMS, classes=3)


def ngrams_of(ids):
    """All words, pairs and triples of a text, the slow way."""
    ids = ids.tolist()
    return {tuple(ids[i : i + n]) for n in (1, 2, 3) for i in range(len(ids) - n + 1)}


def test_codes_are_of_all_ngrams_and_of_no_two_the_same():
    random = np.random.default_rng(0)
    for length in (0, 1, 2, 3, 40):
        ids = random.integers(1, 5, length).astype(np.int32)
        assert len(codes_of(ids)) == sum(max(0, length - n) for n in (0, 1, 2))
        assert len(np.unique(codes_of(ids))) == len(ngrams_of(ids))
    largest = np.full(3, 1_000_000, np.int32)
    assert (codes_of(largest) > 0).all()


def test_it_learns_and_says_how_sure_it_is(corpora, linear):
    _, validation = corpora
    logits = linear.logits(validation.reviews())
    assert ((logits > 0) == (validation.labels == 1)).mean() > 0.8
    assert linear.ngrams == NGRAMS
    assert linear.parameters == NGRAMS + 1


def test_of_three_classes_it_learns_a_row_of_weights_an_ngram(corpora_of_three, linear_of_three):
    _, validation = corpora_of_three
    logits = linear_of_three.logits(validation.reviews())
    assert logits.shape == (len(validation), 3)
    assert (logits.argmax(axis=1) == validation.labels).mean() > 0.7
    assert linear_of_three.weights.shape == (NGRAMS + 1, 3)
    assert linear_of_three.parameters == 3 * (NGRAMS + 1)
    assert not linear_of_three.weights[0].any()
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    sure = (spread.max(axis=1) / spread.sum(axis=1)).mean()
    assert sure == pytest.approx((logits.argmax(axis=1) == validation.labels).mean(), abs=0.06)


def test_reviews_that_count_more_are_learnt_more(corpora_of_three):
    training, validation = corpora_of_three
    found = []
    for share in (1.0, 20.0):
        counts = np.where(training.labels == 2, share, 1.0)
        linear = fit_linear(training, validation, ngrams=NGRAMS, classes=3, counts=counts)
        found.append((linear.logits(validation.reviews()).argmax(axis=1) == 2).mean())
    assert found[1] > found[0] + 0.05


def test_each_ngram_counts_once(corpora, linear):
    mask = (1 << ID_BITS) - 1
    split = ([(int(code) >> (n * ID_BITS)) & mask for n in range(3)] for code in linear.codes[1:])
    known = [tuple(each - 1 for each in parts if each) for parts in split]
    weight = dict(zip(known, linear.weights[1:] * STEP, strict=True))
    assert {len(ngram) for ngram in known} == {1, 2, 3}
    _, validation = corpora
    repeats = 0
    for ids, said in zip(validation.reviews(), linear.logits(validation.reviews()), strict=True):
        held = ngrams_of(ids)
        repeats += len(held) < len(codes_of(ids))
        assert said == pytest.approx(linear.bias + sum(weight.get(ngram, 0.0) for ngram in held), abs=1e-4)
    assert repeats > 100


def test_the_strongest_of_those_that_share_a_slot_is_kept(corpora, monkeypatch):
    for module in ("graph", "train"):
        monkeypatch.setattr(f"opinia.{module}.ngrams.SLOTS", 7)
    crowded = fit_linear(*corpora, ngrams=NGRAMS)
    monkeypatch.undo()
    roomy = fit_linear(*corpora, ngrams=50_000)
    assert crowded.ngrams == 7
    assert roomy.ngrams > 1000
    reviews = Counter(code for ids in corpora[0].reviews() for code in set(codes_of(ids).tolist()))
    moved = {
        code: abs(int(weight)) * reviews[code] ** 0.5
        for code, weight in zip(roomy.codes.tolist(), roomy.weights, strict=True)
    }
    for code in crowded.codes[1:].tolist():
        most = max(moved[other] for other in moved if other % 7 == code % 7)
        assert moved[code] == pytest.approx(most, rel=0.01)  # weights are rounded


@pytest.mark.parametrize("kind", ["linear", "linear_of_three"])
def test_it_is_kept_in_a_file(kind, tmp_path, request):
    linear = request.getfixturevalue(kind)
    save_linear(linear, tmp_path / "linear.npz")
    again = load_linear(tmp_path / "linear.npz")
    for field in dataclasses.fields(linear):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(linear, field.name))


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize(("kind", "classes"), [("linear", 2), ("linear_of_three", 3)])
def test_the_graph_says_what_both_say(corpora, kind, classes, compact, request):
    _, validation = corpora
    linear = request.getfixturevalue(kind)
    rows = np.arange(12)
    ids, lengths = validation.batch(rows)
    lengths[:4] = [0, 1, 2, 3]
    ids[np.arange(ids.shape[1]) >= lengths[:, None]] = 0
    network = random_network(300, seed=1, units=8, classes=classes, pooling="concat").eval()
    graph = graph_of(network, int8=compact)
    bias = 0.5 if classes == 2 else 0.0
    both = add_linear(graph, linear, share=0.25, bias=bias)
    feed = {"ids": ids, "lengths": lengths.astype(np.int32)}
    (network,) = _session(graph).run(None, feed)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    shortened = Corpus(np.concatenate([row[:n] for row, n in zip(ids, lengths, strict=True)]), starts, None)
    shortened = dataclasses.replace(shortened, labels=np.zeros(len(rows), np.float32))
    said = linear.logits(shortened.reviews()).reshape(network.shape)
    session = _session(both)
    (together,) = session.run(None, feed)
    np.testing.assert_allclose(together, 0.75 * network + 0.25 * said + bias, atol=1e-5)
    assert np.abs(linear.logits(shortened.reviews()) - linear.bias).max() > 0.1
    for row, length in enumerate(lengths):
        alone = {
            "ids": ids[row : row + 1, : max(1, length)],
            "lengths": lengths[row : row + 1].astype(np.int32),
        }
        np.testing.assert_allclose(session.run(None, alone)[0][0], together[row], atol=1e-6)


def test_a_graph_of_other_classes_is_refused(linear, linear_of_three):
    for classes, other in ((3, linear), (2, linear_of_three)):
        graph = graph_of(random_network(300, classes=classes))
        with pytest.raises(ValueError, match="cannot have n-grams with"):
            add_linear(graph, other, share=0.5, bias=0.0)


@pytest.mark.parametrize(("kind", "classes"), [("linear", 2), ("linear_of_three", 3)])
def test_the_network_can_be_read_back_and_put_into_8_bits(kind, classes, request):
    linear = request.getfixturevalue(kind)
    shape = {"units": 8, "classes": classes, "pooling": "concat", "separate_embeddings": True}
    network = random_network(300, seed=1, **shape).eval()
    both = add_linear(graph_of(network), linear, share=0.3, bias=0.1)
    found = state_dict_of(read_weights(both))
    for name, tensor in network.state_dict().items():
        assert torch.equal(found[name], tensor), name
    small = quantise(both)
    onnx.checker.check_model(both)
    tables = {each.name: numpy_helper.to_array(each) for each in small.graph.initializer}
    np.testing.assert_array_equal(tables["ngram_codes"], linear.codes)
    assert tables["ngram_weights"].dtype == np.int16
    ids, lengths = np.full((1, 4), 7, np.int32), np.array([4], np.int32)
    answers = [_session(each).run(None, {"ids": ids, "lengths": lengths})[0] for each in (both, small)]
    np.testing.assert_allclose(*answers, atol=0.05)


def _session(graph):
    return onnxruntime.InferenceSession(graph.SerializeToString())
