"""Weights of texts: a text of weight 3 counts in all that is learnt and measured as three copies of it."""

import numpy as np
import pytest
import torch

from opinia.data.corpus import Corpus
from opinia.data.labelled import LabelledTexts
from opinia.data.sentences import sentences_of
from opinia.errors import DataError
from opinia.runs.health import Chance
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe, TrainingRecipe
from opinia.text.tokenizer import Tokenizer
from opinia.train.calibration import fit_calibration
from opinia.train.classification import Classification, row_weights
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.texts import load_texts, own_texts, tokenise
from opinia.train.validation import Validation, measure

LABELS = {2: [0, 0, 0, 1, 1, 1, 0, 1], 3: [0, 0, 2, 1, 1, 2, 2, 0]}
COUNTS = np.array([1, 3, 2, 1, 1, 5, 2, 1])


def corpus_of(labels, weights=None):
    random = np.random.default_rng(0)
    lengths = random.integers(1, 9, len(labels))
    starts = np.cumsum([0, *lengths]).astype(np.int64)
    ids = random.integers(2, 20, starts[-1]).astype(np.int32)
    weights = None if weights is None else np.array(weights, np.float32)
    return Corpus(ids, starts, np.array(labels, np.float32), weights)


def repeated(corpus, counts):
    rows = np.repeat(np.arange(len(corpus)), counts)
    pieces = [corpus.reviews()[row] for row in rows]
    starts = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
    return Corpus(np.concatenate(pieces), starts, corpus.labels[rows])


def gradients_of(corpus, classes, **settings):
    torch.manual_seed(1)
    network = SentimentNetwork(20, NetworkRecipe(embedding=4, units=3, dense=5), classes).double()
    objective = Classification(TrainingRecipe(batch_size=100, **settings), corpus)
    (learnt,) = objective.gradients(network, 1)
    return learnt.loss, [parameter.grad for parameter in network.parameters()]


@pytest.mark.parametrize("class_weight", ["", "balanced"])
@pytest.mark.parametrize("adversarial", [0.0, 0.05])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_step_is_that_of_texts_repeated_as_often(classes, adversarial, class_weight):
    """Without dropout; the size of the weights does not matter, their shares do."""
    settings = {"class_weight": class_weight, "adversarial": adversarial}
    weighted = corpus_of(LABELS[classes], COUNTS * 0.37)
    copies = repeated(corpus_of(LABELS[classes]), COUNTS)
    (loss, found), (expected_loss, expected) = (
        gradients_of(each, classes, **settings) for each in (weighted, copies)
    )
    torch.testing.assert_close(loss, expected_loss, rtol=1e-5, atol=0)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)
    _, plain = gradients_of(corpus_of(LABELS[classes]), classes, **settings)
    assert not all(torch.allclose(a, b, rtol=1e-2) for a, b in zip(found, plain, strict=True))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_classes_count_alike_whatever_their_texts_weigh(classes):
    corpus = corpus_of(LABELS[classes], COUNTS)
    weights = row_weights(corpus, balanced=True).numpy()
    sums = [weights[corpus.labels == number].sum() for number in range(classes)]
    np.testing.assert_allclose(sums, len(corpus) / classes, rtol=1e-5)
    assert row_weights(corpus_of(LABELS[classes]), balanced=False) is None


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_figures_and_calibration_are_those_of_texts_repeated_as_often(classes, balanced):
    random = np.random.default_rng(3)
    labels = random.integers(0, classes, 300)
    logits = random.normal(size=(300, classes)).astype(np.float32)
    logits[np.arange(300), labels] += 1
    logits = logits if classes > 2 else logits[:, 1] - logits[:, 0] + 0.4
    counts = random.integers(1, 6, 300)
    found = measure(logits, labels.astype(np.float32), counts)
    copies, copied = np.repeat(logits, counts, axis=0), np.repeat(labels, counts)
    assert found == pytest.approx(measure(copies, copied.astype(np.float32)))
    assert found != pytest.approx(measure(logits, labels.astype(np.float32)), abs=1e-3)
    calibrated = fit_calibration(logits, labels, balanced=balanced, weights=counts)
    expected = fit_calibration(copies, copied, balanced=balanced)
    assert calibrated.temperature == pytest.approx(expected.temperature, rel=1e-4)
    assert calibrated.bias == pytest.approx(expected.bias, abs=1e-4)
    assert calibrated != fit_calibration(logits, labels, balanced=balanced)


def test_validation_weighs_what_it_measures_and_calibrates():
    tokenizer = Tokenizer(tuple(f"w{number}" for number in range(18)), "words")
    torch.manual_seed(0)
    network = SentimentNetwork(20, NetworkRecipe(embedding=4, units=3, dense=5), 2)
    figures = []
    for corpus in (corpus_of(LABELS[2], COUNTS), repeated(corpus_of(LABELS[2]), COUNTS)):
        validation = Validation(corpus, tokenizer, calibrate=True, balanced=False)
        figures.append((*validation(network), validation.calibration.bias))
    assert figures[0] == pytest.approx(figures[1], abs=1e-4)


def test_chance_weighs_texts_too():
    labels = np.array([0, 0, 0, 1], np.float32)
    assert Chance.of(labels, np.full(4, 7.0)) == Chance(4, 3)
    uneven = Chance.of(labels, np.array([1, 1, 1, 9.0]))
    assert uneven.accuracy == pytest.approx(0.75)
    assert uneven.reviews == pytest.approx(144 / 84)  # fewer than four that weigh alike
    assert uneven.highest > Chance(4, 3).highest


def test_weights_stay_with_their_texts():
    corpus = corpus_of(LABELS[2], COUNTS)
    assert corpus.shortened(2).weights.tolist() == COUNTS.tolist()
    assert sentences_of(corpus, np.array([3], np.int32), seed=0).weights.tolist() == COUNTS.tolist()
    other = corpus_of([0, 1])
    assert corpus.joined(other).weights.tolist() == [*COUNTS.tolist(), 1, 1]
    assert other.joined(corpus).weights.tolist() == [1, 1, *COUNTS.tolist()]
    assert other.joined(other).weights is None


def labelled(**more):
    texts = tuple(f"text {number} says {'yes' if number % 2 else 'no'} of {number}" for number in range(40))
    return LabelledTexts(texts, tuple(number % 2 for number in range(40)), ("no", "yes"), **more)


def test_weights_stay_with_their_texts_when_validation_is_cut():
    weights = tuple(float(number + 1) for number in range(40))
    recipe = Recipe(name="own").replace({"data.source": "memory", "data.validation": 0})
    texts = own_texts(recipe.data, labelled(weights=weights), source="memory")
    for part in (texts.split.train, texts.split.validation):
        assert part.weights == tuple(float(name) + 1 for name in part.ids)
    task = tokenise(recipe.text, texts)
    assert task.training.weights.tolist() == list(texts.split.train.weights)
    assert task.validation.weights.tolist() == list(texts.split.validation.weights)
    plain = own_texts(recipe.data, labelled(), source="memory")
    assert plain.split.train.ids == texts.split.train.ids
    assert plain.split.fingerprint() != texts.split.fingerprint()
    assert tokenise(recipe.text, plain).training.weights is None


@pytest.mark.parametrize("weights", [(1.0,) * 39, (1.0,) * 39 + (0.0,), (1.0,) * 39 + (-1.0,)])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights must be above 0, one a text"):
        labelled(weights=weights)


def test_texts_of_memory_cannot_be_loaded_again():
    recipe = Recipe(name="own").replace({"data.source": "memory", "data.validation": 0})
    with pytest.raises(DataError, match="texts that a program held"):
        load_texts(recipe.data)
