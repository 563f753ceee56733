"""A cascade against its two networks asked by themselves: each text has the answer of one of them."""

import numpy as np
import pytest

from opinia.data.corpus import Corpus
from opinia.graph.build import build_graph
from opinia.graph.cascade import add_first_stage, is_cascade
from opinia.graph.ngrams import add_linear
from opinia.graph.parse import read_graph
from opinia.graph.pieces import cut, graph_bytes, large_network
from opinia.graph.shapes import shape_of_answers
from opinia.graph.weights import DenseWeights, LSTMWeights, NetworkWeights, read_weights
from opinia.model.description import Description
from opinia.model.file import read_model, write_model
from opinia.model.runtime import Session
from opinia.text.tokenizer import Tokenizer
from opinia.train.ngrams import fit_linear

VOCABULARY, EMBEDDING = 40, 6


class Draw:
    """Draws weights, and batches of texts."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def array(self, *shape, scale=0.4):
        return self.random.normal(0, scale, shape).astype(np.float32)

    def lstm(self, inputs, units):
        return LSTMWeights(self.array(4 * units, inputs), self.array(4 * units, units), self.array(4 * units))

    def dense(self, inputs, outputs):
        return DenseWeights(self.array(outputs, inputs), self.array(outputs))

    def network(self, embeddings, units, *, layers=1, pools=6, sharp=False):
        stacks = [
            tuple(self.lstm(EMBEDDING if layer == 0 else units, units) for layer in range(layers))
            for _ in range(2)
        ]
        head = self.dense(pools * units, 5), self.dense(5, 1)
        return NetworkWeights(embeddings, *stacks, *head, sharpness=self.dense(5, 1) if sharp else None)

    def batch(self, rows=9, time=7):
        ids = self.random.integers(1, VOCABULARY, (rows, time)).astype(np.int32)
        lengths = self.random.integers(0, time + 1, rows).astype(np.int32)
        ids[np.arange(time) >= lengths[:, None]] = 0
        return {"ids": ids, "lengths": lengths}


def run(model, feed):
    content = model if isinstance(model, bytes) else model.SerializeToString()
    return Session(content, lambda: content).run(None, feed)[0]


SHAPES = {
    "as the published one": {"embeddings": 1, "pools": 2},
    "pooled, two embeddings": {"embeddings": 2, "sharp": True},
    "two layers": {"embeddings": 2, "layers": 2},
}


def networks(shape, *, int8):
    draw = Draw(0)
    settings = dict(SHAPES[shape])
    embeddings = tuple(draw.array(VOCABULARY, EMBEDDING, scale=1) for _ in range(settings.pop("embeddings")))
    large = build_graph(draw.network(embeddings, 8, **settings), int8=int8)
    small = build_graph(draw.network(embeddings, 3, pools=settings.get("pools", 6)), int8=int8)
    return draw, large, small


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_text_has_the_answer_of_one_of_the_two(shape, int8):
    draw, large, small = networks(shape, int8=int8)
    feed = draw.batch()
    of_large, of_small = run(large, feed), run(small, feed)
    for threshold in (0.0, float(np.median(np.abs(of_small))), 1e9):
        cascade = add_first_stage(large, small, threshold)
        wanted = np.where(np.abs(of_small) < threshold, of_large, of_small)
        np.testing.assert_array_equal(run(cascade, feed), wanted)
        for row in range(len(wanted)):  # alone, as in the batch
            alone = {name: array[row : row + 1] for name, array in feed.items()}
            np.testing.assert_allclose(run(cascade, alone), wanted[row : row + 1], atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_cascade_makes_is_bounded(shape):
    _, large, small = networks(shape, int8=True)
    graph = read_graph("a cascade", add_first_stage(large, small, 1.0).SerializeToString())
    assert shape_of_answers(graph, 5, 30) == (5, 1)


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
def test_the_large_network_can_be_taken_out_again(int8):
    draw, large, small = networks("pooled, two embeddings", int8=int8)
    cascade = add_first_stage(large, small, 1.0)
    feed = draw.batch()
    graph = read_graph("a cascade", cascade.SerializeToString())
    np.testing.assert_array_equal(run(graph_bytes(large_network(graph)), feed), run(large, feed))
    assert cut(graph).inputs
    for mine, other in zip(read_weights(cascade).forward, read_weights(large).forward, strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)


def test_embeddings_stand_in_the_file_once():
    _, large, small = networks("pooled, two embeddings", int8=True)
    names = [tensor.name for tensor in add_first_stage(large, small, 1.0).graph.initializer]
    assert len(names) == len(set(names))
    assert sum("embedding_int8" in name for name in names) == 2


def test_a_long_text_is_read_by_the_large_network_in_pieces(tmp_path):
    """Even where the small one would be sure."""
    _, large, small = networks("pooled, two embeddings", int8=True)
    words = tuple(f"w{number}" for number in range(VOCABULARY - 2))
    ids = (np.arange(6000) % (VOCABULARY - 1) + 1).astype(np.int32)
    lengths = np.array([len(ids)], np.int32)
    write_model(tmp_path / "m.onnx", add_first_stage(large, small, 0.0), Description(Tokenizer(words)))
    model = read_model(tmp_path / "m.onnx")
    found = model.long.logits(ids, lambda: None)
    np.testing.assert_allclose(found, run(large, {"ids": ids[None], "lengths": lengths}), atol=1e-4)


def test_a_graph_of_n_grams_can_be_the_large_one():
    draw, large, small = networks("pooled, two embeddings", int8=True)
    ids = draw.random.integers(2, VOCABULARY, 3000).astype(np.int32)
    texts = Corpus(ids, np.arange(0, 3001, 10), (ids[::10] % 2).astype(np.float32))
    both = add_linear(large, fit_linear(texts, texts, ngrams=50), share=0.5, bias=0.0)
    feed = draw.batch(rows=12, time=9)
    assert np.abs(run(both, feed) - run(large, feed)).max() > 0.1
    of_small = run(small, feed)
    threshold = float(np.median(np.abs(of_small)))
    cascade = add_first_stage(both, small, threshold)
    wanted = np.where(np.abs(of_small) < threshold, run(both, feed), of_small)
    np.testing.assert_allclose(run(cascade, feed), wanted, atol=1e-6)
    graph = read_graph("a cascade", cascade.SerializeToString())
    assert shape_of_answers(graph, 3, 20) == (3, 1)
    assert len(cut(graph).bodies) == 3


def test_more_classes_and_a_second_cascade_are_refused():
    _, large, small = networks("as the published one", int8=False)
    cascade = add_first_stage(large, small, 1.0)
    assert is_cascade(cascade)
    assert not is_cascade(large)
    with pytest.raises(ValueError, match="third"):
        add_first_stage(cascade, small, 1.0)
    draw = Draw(1)
    table = (draw.array(VOCABULARY, EMBEDDING),)
    lstm = draw.lstm(EMBEDDING, 4)
    three = build_graph(NetworkWeights(table, (lstm,), (lstm,), draw.dense(8, 5), draw.dense(5, 3)))
    with pytest.raises(ValueError, match="two classes"):
        add_first_stage(three, small, 1.0)
