"""What a training on one's own texts begins with: grown words, and a linear probe of the classes."""

import numpy as np
import pytest
import torch

from opinia.data.corpus import Corpus
from opinia.errors import TrainingError
from opinia.graph.build import build_graph
from opinia.model.file import Description, write_model
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.train.network.probe import fit_probe
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.network.weights import begin_with
from opinia.train.validation import logits_of

SHAPE = NetworkRecipe(embedding=8, units=12, dense=12, pooling="concat", separate_embeddings=True)
WORDS = Tokenizer(tuple(f"w{number}" for number in range(60)), "words")


def texts_of(classes, *, count=240, seed=0):
    """Return texts in which each class has words of its own, among others of all."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(classes, size=count)
    rows = []
    for label in labels:
        common = draw.integers(2 + 4 * classes, 62, size=draw.integers(1, 8))
        own = draw.integers(2 + 4 * label, 6 + 4 * label, size=3)
        rows.append(draw.permutation(np.concatenate([common, own])).astype(np.int32))
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Corpus(np.concatenate(rows), starts, labels.astype(np.float32))


def network_of(classes, *, words=WORDS, shape=SHAPE):
    torch.manual_seed(1)
    return SentimentNetwork(len(words), shape, classes)


def share_right(network, texts):
    logits = logits_of(network, texts)
    answers = logits > 0 if logits.ndim == 1 else logits.argmax(1)
    return float((answers == texts.labels).mean())


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_probe_reads_classes_off_features_that_nobody_trained_for_them(classes):
    network, learnt, other = network_of(classes), texts_of(classes), texts_of(classes, seed=1)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert share_right(network, other) < 0.65
    fit_probe(network, learnt)
    assert share_right(network, other) > 0.7
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed <= {"dense.weight", "dense.bias", "output.weight", "output.bias"}
    used = 2 * network.output.out_features
    assert torch.equal(network.dense.weight[used:], before["dense.weight"][used:])


def test_a_dense_layer_that_is_too_small_is_left_as_it_is():
    network = network_of(7)
    before = network.dense.weight.clone()
    fit_probe(network, texts_of(7))
    assert torch.equal(network.dense.weight, before)


@pytest.fixture
def model(tmp_path):
    network = network_of(2)
    path = tmp_path / "known.onnx"
    write_model(path, build_graph(network.to_numpy()), Description(WORDS))
    return path, network


def test_known_words_keep_their_meaning_and_new_ones_begin_as_the_unknown(model):
    path, known = model
    words = Tokenizer((*WORDS.words, "new", "newer"), "words")
    network = network_of(3, words=words)
    begin_with(
        path,
        network,
        tokenizer=words,
        classes=("a", "b", "c"),
        training=texts_of(3),
        grows=True,
        new_output=True,
    )
    for one, other in (
        (network.embedding, known.embedding),
        (network.backward_embedding, known.backward_embedding),
    ):
        assert torch.allclose(one.weight[:62], other.weight)
        away = (one.weight[62:] - other.weight[UNKNOWN_ID]).norm(dim=1)
        assert (away > 0).all()
        assert (away < 0.5 * other.weight.std() * 8**0.5).all()
        assert not torch.equal(one.weight[62], one.weight[63])
    assert torch.allclose(
        network.bidirectional.pair[0].weight_hh_l0, known.bidirectional.pair[0].weight_hh_l0
    )


def test_other_words_or_classes_are_refused_where_nothing_grows(model):
    path, _ = model
    begin = {"tokenizer": WORDS, "training": texts_of(2)}
    with pytest.raises(TrainingError, match="its classes are negative, positive"):
        begin_with(path, network_of(2), classes=("bad", "good"), **begin)
    shuffled = Tokenizer((*WORDS.words[1:], WORDS.words[0]), "words")
    with pytest.raises(TrainingError, match="another vocabulary"):
        begin_with(
            path,
            network_of(2),
            tokenizer=shuffled,
            classes=("bad", "good"),
            training=texts_of(2),
            grows=True,
            new_output=True,
        )
