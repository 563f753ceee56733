"""The graph of the model file against the PyTorch network that it came from."""

import numpy as np
import pytest
import torch

import opinia
from opinia.data import imdb, sample
from opinia.data.corpus import Corpus
from opinia.modelfile import Description, write_model
from opinia.text import Tokenizer
from opinia.train.export import build_graph
from opinia.train.network import SentimentNetwork
from opinia.train.recipe import NetworkRecipe


def assert_equal_on(texts, tmp_path):
    """Write a network with large random weights and compare both halves on the texts."""
    torch.manual_seed(0)
    tokenizer = Tokenizer.adapt(texts, max_tokens=1000)
    network = SentimentNetwork(len(tokenizer), NetworkRecipe())
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.3 if parameter.ndim == 2 else 0.1)
    path = tmp_path / "model.onnx"
    write_model(path, build_graph(network), Description(tokenizer))
    texts = [*texts, "", " \n ", "?!"]
    ids, lengths = Corpus.encode(tokenizer, texts, [0] * len(texts)).batch(np.arange(len(texts)))
    with torch.inference_mode():
        logits = network(torch.from_numpy(ids).long(), torch.from_numpy(lengths))
    assert logits.std() > 0.5
    expected = torch.sigmoid(logits)[:, 0].numpy()
    np.testing.assert_allclose(opinia.load(path).predict_proba(texts)[:, 1], expected, atol=1e-5)


def test_both_halves_agree_on_the_sample(tmp_path):
    assert_equal_on(sample.load("train").texts[:300], tmp_path)


@pytest.mark.slow
def test_both_halves_agree_on_real_reviews(imdb_source, tmp_path):
    texts = imdb.load("train", source=imdb_source).texts
    assert_equal_on(texts[::100], tmp_path)
