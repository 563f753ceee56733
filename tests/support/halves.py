"""The network of the training half against the model file that the other half reads."""

import numpy as np
import torch

import opinia
from models import graph_of
from opinia.data.corpus import Corpus
from opinia.model.file import Description, write_model
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import Tokenizer
from opinia.train.network.sentiment_network import SentimentNetwork


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
    write_model(path, graph_of(network), Description(tokenizer))
    texts = [*texts, "", " \n ", "?!"]
    ids, lengths = Corpus.encode(tokenizer, texts, [0] * len(texts)).batch(np.arange(len(texts)))
    with torch.inference_mode():
        logits = network(torch.from_numpy(ids).long(), torch.from_numpy(lengths))
    assert logits.std() > 0.5
    expected = torch.sigmoid(logits)[:, 0].numpy()
    np.testing.assert_allclose(opinia.load(path).predict_proba(texts)[:, 1], expected, atol=1e-5)
