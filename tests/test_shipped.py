"""The model that comes with opinia: small, described, and as good as its card says."""

import numpy as np
import pytest

import opinia
from opinia.classifier import find_model
from opinia.data import imdb
from opinia.data.split import split_train_validation
from opinia.examples import EXAMPLES
from opinia.train.recipe import recipe_from_dict

PUBLISHED = {"vocabulary": 1000, "embedding": 64, "units": 64, "dense": 64}


@pytest.fixture(scope="module")
def shipped():
    return opinia.load()


def test_it_is_the_published_network_and_small(shipped):
    assert find_model().stat().st_size <= 600 * 1024
    card = shipped.card
    assert card["network"]["parameters"] == 138_369
    recipe = recipe_from_dict(card["recipe"])
    shape = recipe.network
    sizes = (recipe.text.max_tokens, shape.embedding, shape.units, shape.dense)
    assert sizes == tuple(PUBLISHED.values())
    training = recipe.training
    assert (training.learning_rate, training.schedule, recipe.data.source) == (0.001, "constant", "imdb")
    assert (training.batch_size, training.epochs) in {(64, 10), (64, 20), (64, 30), (32, 20), (128, 20)}
    assert card["figures"]["val_accuracy"] > 0.85
    assert "English film reviews" in card["limits"]


def test_it_judges_plain_opinions(shipped):
    texts = ["one of the best films i have seen", "the worst film i have ever seen, a waste of time"]
    assert shipped.predict(texts) == ["positive", "negative"]
    assert shipped.predict(EXAMPLES)[:2] == ["positive", "negative"]


def test_it_is_as_good_on_real_reviews_as_its_card_says(shipped, imdb_source):
    splits = imdb.load_splits(["train", "test"], source=imdb_source)
    data = recipe_from_dict(shipped.card["recipe"]).data
    split = split_train_validation(
        splits["train"], splits["test"], validation=data.validation, seed=data.split_seed
    )
    assert shipped.card["data"] == {"source": "imdb", **split.to_card()}
    validation = split.validation
    positive = shipped.predict_proba(validation.texts)[:, 1]
    accuracy = np.mean((positive > 0.5) == np.array(validation.labels))
    assert accuracy == pytest.approx(shipped.card["figures"]["val_accuracy"], abs=1e-9)
    order = np.random.default_rng(0).permutation(len(validation))[:200]
    alone = np.array([shipped.predict_proba(validation.texts[i])[0, 1] for i in order])
    np.testing.assert_allclose(alone, positive[order], atol=1e-5)
