"""Three classes from texts to a model file: what is learnt, measured, calibrated, written and answered."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

import opinia
from models import CLASSES, graph_of, three_class_network
from opinia.data.labelled import LabelledTexts
from opinia.data.split import split_train_validation
from opinia.errors import TrainingError
from opinia.evaluate.metrics import evaluate
from opinia.model.file import read_model
from opinia.runs.checkpoint import load_checkpoint
from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.runs.health import Chance
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe, TrainingRecipe
from opinia.train.calibration import fit_calibration
from opinia.train.classification import Batch, accumulate_gradients, entropy
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pipeline import train
from opinia.train.texts import Texts, tokenise
from opinia.train.validation import logits_of, measure
from train_fixtures import TINY

SAID = ("dreadful dull poor", "ordinary passable average", "splendid warm superb")
FILLER = ["the", "film", "was", "a", "story", "of", "some", "people", "in", "it", "and", "then"]


def made(count: int, seed: int) -> LabelledTexts:
    """Texts of ten words, of which two tell the class."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    texts = []
    for label in labels:
        words = [*random.choice(FILLER, 8), *random.choice(SAID[label].split(), 2)]
        texts.append(" ".join(random.permutation(words)))
    return LabelledTexts(tuple(texts), tuple(map(int, labels)), CLASSES)


def texts() -> Texts:
    split = split_train_validation(made(900, 0), made(10, 1), validation=150)
    return Texts(split, None, {"source": "made", **split.to_card()})


@pytest.fixture(scope="module")
def recipe():
    return Recipe().replace({**TINY, "training.epochs": 4, "training.learning_rate": 0.02})


@pytest.fixture(scope="module")
def three(recipe):
    return tokenise(recipe.text, texts())


def trained(recipe, task, place):
    folder = RunFolder(place)
    folder.start(recipe, describe(task.card["data"], threads=recipe.training.threads))
    return folder, train(recipe, task, folder)


def network_of(folder, recipe, task):
    network = SentimentNetwork(len(task.tokenizer), recipe.network, 3)
    saved = load_checkpoint(folder.checkpoint)
    network.load_state_dict(saved.get("average", saved["network"]))
    return network.eval()


@pytest.fixture(scope="module")
def run(recipe, three, tmp_path_factory):
    return trained(recipe, three, tmp_path_factory.mktemp("three") / "run")


def test_three_classes_are_learnt_and_the_model_file_answers_as_the_network(run, recipe, three):
    folder, history = run
    assert history[-1].val_accuracy > 0.9
    assert three.classes == CLASSES
    network = network_of(folder, recipe, three)
    model = read_model(folder.last)
    assert model.description.labels == CLASSES
    test = made(100, 2)
    classifier = opinia.load(folder.last)
    found = classifier.predict_proba(test.texts)
    batch = [torch.tensor(three.tokenizer.encode(text))[None] for text in test.texts]
    with torch.inference_mode():
        logits = torch.cat([network(ids, torch.tensor([ids.shape[1]])) for ids in batch])
    expected = (logits / model.description.temperature).softmax(1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    figures = evaluate(np.array(test.labels), found, np.full(100, 10), CLASSES)
    assert figures.accuracy > 0.9
    assert min(each.recall for each in figures.classes) > 0.7
    assert classifier.predict(test.texts) == [CLASSES[row.argmax()] for row in found]


def test_the_history_tells_what_the_written_model_gives(run, three):
    folder, history = run
    model = read_model(folder.last)
    logits = logits_of(model, three.validation)
    assert logits.shape == (len(three.validation), 3)
    loss, accuracy = measure(logits / model.description.temperature, three.validation.labels)
    assert loss == pytest.approx(history[-1].val_loss, abs=1e-5)
    assert accuracy == history[-1].val_accuracy


def test_a_run_of_three_classes_is_continued_to_the_same_weights(run, recipe, three, tmp_path):
    folder, _ = run
    two = recipe.replace({"training.epochs": 2})
    part, _ = trained(two, three, tmp_path / "part")
    longer = RunFolder(tmp_path / "longer")
    longer.start(recipe, describe(three.card["data"], threads=recipe.training.threads))
    longer.checkpoint.write_bytes(part.checkpoint.read_bytes())
    longer.best.write_bytes(part.best.read_bytes())
    train(recipe, three, longer)
    wanted, got = (network_of(each, recipe, three).state_dict() for each in (folder, longer))
    assert all(torch.equal(wanted[name], got[name]) for name in wanted)


@pytest.mark.parametrize(
    "extra",
    [
        {"training.adversarial": 0.05},
        {"training.sentences": 0.5, "text.kind": "words"},
        {"network.int8": True, "training.ema_decay": 0.9},
        {"linear.ngrams": 100, "training.class_weight": "balanced", "training.calibrate": True},
    ],
)
def test_other_ways_of_learning_work_with_three_classes(extra, recipe, tmp_path):
    wanted = recipe.replace(extra)
    _, history = trained(wanted, tokenise(wanted.text, texts()), tmp_path / "run")
    assert history[-1].val_accuracy > 0.8


@pytest.mark.parametrize(
    "extra", [{"cascade.units": 8}, {"training.virtual_adversarial": 0.05, "training.unlabelled": 1.0}]
)
def test_ways_of_learning_for_two_classes_are_refused(extra, recipe, three, tmp_path):
    wanted = recipe.replace(extra)
    with pytest.raises(TrainingError, match=r"for two classes alone\. Received texts of 3: bad, fine, good"):
        trained(wanted, three, tmp_path / "run")


def test_training_begins_with_the_same_classes_alone(run, recipe, three, tmp_path):
    folder, _ = run
    begun = recipe.replace({"training.init_from": str(folder.last), "training.epochs": 1})
    _, history = trained(begun, three, tmp_path / "same")
    assert history[0].val_accuracy > 0.9
    turned = dataclasses.replace(three, classes=CLASSES[::-1])
    with pytest.raises(TrainingError, match="its classes are bad, fine, good, and those of the reviews good"):
        trained(begun, turned, tmp_path / "turned")


def batch_of_three():
    ids = torch.tensor([[2, 9, 9], [8, 2, 3], [9, 0, 0], [4, 5, 0]])
    return Batch(ids, torch.tensor([3, 3, 1, 2]), torch.tensor([2.0, 0.0, 2.0, 1.0]))


def test_the_loss_is_the_cross_entropy_of_the_classes():
    network = three_class_network().train()
    batch = batch_of_three()
    loss, logits = accumulate_gradients(network, TrainingRecipe(), batch)
    assert logits.shape == (4, 3)
    expected = F.cross_entropy(network(batch.ids, batch.lengths), batch.targets.long())
    assert loss.item() == pytest.approx(expected.item())
    wanted = torch.autograd.grad(expected, network.output.weight)[0]
    torch.testing.assert_close(network.output.weight.grad, wanted)


def test_adversarial_words_hurt_three_classes():
    """One step on words moved along the gradient has more loss than on the words as they are."""
    network = three_class_network().train()
    batch = batch_of_three()
    words = [each.detach().requires_grad_() for each in network.embed(batch.ids, batch.lengths)]
    loss = F.cross_entropy(network.judge(*words, batch.lengths), batch.targets.long())
    gradients = torch.autograd.grad(loss, words, retain_graph=True)
    lengths, steps = ([each.square().sum((0, 2)).sqrt() for each in part] for part in (words, gradients))
    moved = [
        word + (0.05 * length / step.clamp(min=1e-30))[:, None] * gradient
        for word, gradient, length, step in zip(words, gradients, lengths, steps, strict=True)
    ]
    worse = F.cross_entropy(network.judge(*moved, batch.lengths), batch.targets.long())
    assert worse > loss
    wanted = torch.autograd.grad(loss + worse, network.output.weight)[0]
    found, _ = accumulate_gradients(network, TrainingRecipe(adversarial=0.05), batch)
    assert found.item() == pytest.approx(loss.item())
    torch.testing.assert_close(network.output.weight.grad, wanted)


def test_virtual_adversaries_of_three_classes_are_refused():
    with pytest.raises(ValueError, match="two classes alone"):
        accumulate_gradients(three_class_network(), TrainingRecipe(virtual_adversarial=0.1), batch_of_three())


def test_entropy_of_three_classes():
    logits = torch.tensor([[0.0, 0.0, 0.0], [50.0, 0.0, 0.0]])
    assert entropy(logits).tolist() == pytest.approx([np.log(3), 0.0], abs=1e-6)
    of_two = torch.tensor([0.7, -3.0])
    as_pair = torch.stack([torch.zeros(2), of_two], 1)
    torch.testing.assert_close(entropy(as_pair), entropy(of_two))


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_that_was_undone_is_found(temperature):
    random = np.random.default_rng(0)
    honest = random.normal(size=(40_000, 4)) * 1.5
    shares = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    labels = (shares.cumsum(1) < random.random((40_000, 1))).sum(1)
    found = fit_calibration(honest * temperature, labels)
    assert found.temperature == pytest.approx(temperature, rel=0.03)
    assert found.bias == 0
    best, _ = measure(found.apply((honest * temperature).astype(np.float32)), labels)
    for other in (0.95, 1.05):
        assert measure(honest * temperature / (found.temperature * other), labels)[0] > best


def test_chance_of_three_classes_is_the_most_frequent_one():
    assert Chance.of(np.array([0, 1, 2, 2, 2, 1], np.float32)) == Chance(6, 3)


def test_shapes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="Received: 1"):
        SentimentNetwork(9, NetworkRecipe(embedding=2, units=2, dense=2), 1)
    with pytest.raises(ValueError, match="a bias is for two classes alone"):
        graph_of(three_class_network(), bias=0.5)
    two = SentimentNetwork(9, NetworkRecipe(embedding=2, units=2, dense=2), 2)
    assert two.output.out_features == 1
