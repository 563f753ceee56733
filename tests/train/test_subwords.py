"""Embeddings made of character n-grams: what words share, and that the model file holds their sums alone."""

import numpy as np
import onnx
import pytest
import torch

import opinia
from opinia.data.corpus import Corpus
from opinia.errors import RecipeError
from opinia.graph.weights import read_weights
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe
from opinia.train import pipeline
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.network.subwords import SubwordEmbedding, ngrams_of

WORDS = ("świetny", "świetnego", "kot", "!", "10/10")


def test_forms_of_a_word_share_ngrams_and_others_do_not():
    one, other, cat = (set(ngrams_of(word, 1_000_000)) for word in WORDS[:3])
    assert len(one & other) >= 10
    assert not one & cat
    assert set(ngrams_of("swietny", 1_000_000)) == one
    assert ngrams_of("!", 100) == ngrams_of("10/10", 100) == []
    assert len(ngrams_of("kot", 1_000_000)) == 3 + 2 + 1  # of <kot>


def test_rows_are_the_own_vector_and_the_sum_of_the_ngrams():
    torch.manual_seed(0)
    embedding = SubwordEmbedding(WORDS, 4, 1000)
    grams = ngrams_of("kot", 1000)
    own, shared = embedding.own.weight, embedding.shared.weight
    assert torch.allclose(embedding.weight[4], own[4] + shared[grams].sum(0) / len(grams) ** 0.5)
    for number in (0, 1, 5, 6):  # padding, unknown, a mark and a rating
        assert torch.equal(embedding.weight[number], own[number])


def test_ids_of_any_shape_get_the_rows_of_the_table():
    embedding = SubwordEmbedding(WORDS, 4, 1000)
    ids = torch.tensor([[2, 3, 2], [0, 6, 4]])
    assert torch.allclose(embedding(ids), embedding.weight[ids])


def test_what_one_form_learns_moves_the_other():
    embedding = SubwordEmbedding(WORDS, 4, 100_000)
    before = embedding.weight.detach().clone()
    embedding(torch.tensor([2])).sum().backward()
    with torch.no_grad():
        for parameter in embedding.parameters():
            parameter -= 0.1 * parameter.grad
    moved = (embedding.weight - before).norm(dim=1)
    assert moved[2] > moved[3] > 0
    assert torch.all(moved[[0, 1, 4, 5, 6]] == 0)


def test_words_must_be_those_of_the_vocabulary():
    with pytest.raises(ValueError, match="other words"):
        SentimentNetwork(7, NetworkRecipe(subwords=10), words=WORDS[:2])


@pytest.mark.parametrize(
    "change", [{"text.kind": "keras"}, {"network.separate_embeddings": True}, {"training.init_from": "base"}]
)
def test_what_does_not_go_with_subwords_is_refused(change):
    with pytest.raises(RecipeError, match=r"network\.subwords"):
        Recipe().replace({"text.kind": "words", "network.subwords": 100, **change})


def test_a_run_with_subwords_is_written_resumed_and_read_as_any_other(tmp_path):
    recipe = Recipe().replace(
        {
            "text.kind": "words",
            "text.max_tokens": 300,
            "network.subwords": 500,
            "network.embedding": 8,
            "network.units": 8,
            "network.dense": 8,
            "training.epochs": 2,
            "training.threads": 1,
            "training.ema_decay": 0.9,
            "data.source": "sample",
            "data.validation": 300,
        }
    )
    whole = pipeline.fit(recipe, tmp_path / "whole")
    first = pipeline.fit(recipe.replace({"training.epochs": 1}), tmp_path / "first")
    assert first.history()[0] == whole.history()[0]
    tokenizer = opinia.load(whole.last).model.description.tokenizer
    weights = read_weights(onnx.load(whole.last))
    assert [table.shape for table in weights.embeddings] == [(len(tokenizer), 8)]
    network = SentimentNetwork(len(tokenizer), recipe.network, words=tokenizer.words)
    network.load_state_dict(torch.load(whole.checkpoint, weights_only=True)["average"])
    network.eval()
    corpus = Corpus.encode(tokenizer, ["A fine film.", "A dull film, and far too long."], [1, 0])
    ids, lengths = corpus.batch(np.arange(2))
    with torch.no_grad():
        logits = network(torch.from_numpy(ids).long(), torch.from_numpy(lengths))[:, 0]
    found = opinia.load(whole.last).logits(corpus.reviews())[:, 0]
    assert np.allclose(found, logits.numpy(), atol=1e-5)
