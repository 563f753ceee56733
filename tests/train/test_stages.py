"""Language models and teachers before the training, on the synthetic sample."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from opinia.data.sentences import end_marks, sentences_of
from opinia.errors import TrainingError
from opinia.model.file import read_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe
from opinia.train.calibration import fit_calibration
from opinia.train.language_model import LanguageModel, LanguageModelShape, start_from
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pipeline import fit, make_ready
from opinia.train.validation import logits_of

WHOLE = Recipe(name="whole").replace(
    {
        "text.kind": "words",
        "text.max_tokens": 400,
        "text.unlabelled": True,
        "network.embedding": 12,
        "network.units": 16,
        "network.dense": 32,
        "network.pooling": "concat",
        "network.separate_embeddings": True,
        "network.word_dropout": 0.05,
        "network.input_dropout": 0.1,
        "network.weight_dropout": 0.1,
        "network.output_dropout": 0.1,
        "network.int8": True,
        "pretraining.epochs": 1,
        "pretraining.batch_size": 16,
        "distillation.ngrams": True,
        "distillation.self_training": True,
        "distillation.epochs": 1,
        "training.epochs": 3,
        "training.batch_size": 32,
        "training.learning_rate": 0.02,
        "training.schedule": "linear",
        "training.encoder_lr_scale": 0.8,
        "training.max_grad_norm": 1.0,
        "training.precision": "bfloat16",
        "training.ema_decay": 0.9,
        "training.adversarial": 0.01,
        "training.sentences": 0.3,
        "training.max_words": 40,
        "training.calibrate": True,
        "training.threads": 1,
        "data.source": "sample",
        "data.validation": 1000,
    }
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return fit(WHOLE, folder)


@pytest.mark.slow
def test_the_whole_recipe_learns_and_leaves_its_stages(run):
    assert run.history()[-1].val_accuracy > 0.83
    for name in ("pretrained/forward.pt", "pretrained/backward.pt", "soft_labels.npz", "teacher/best.onnx"):
        assert (run.path / name).is_file(), name
    model = read_model(run.best)
    assert model.description.tokenizer.kind == "words"
    assert model.description.temperature != 1.0
    with np.load(run.path / "soft_labels.npz") as saved:
        probabilities = saved["probabilities"]
    assert probabilities.min() < 0.2
    assert probabilities.max() > 0.8


@pytest.mark.slow
def test_a_run_that_is_continued_repeats_no_stage(run):
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    said = []
    task = make_ready(WHOLE, run, say=said.append)
    assert not any("teacher" in line for line in said)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    labelled, unlabelled = (task.card["data"][part]["reviews"] for part in ("train", "unlabelled"))
    assert len(task.training) == labelled + unlabelled
    assert task.training.lengths.max() <= 40
    with np.load(run.path / "soft_labels.npz") as saved:
        np.testing.assert_array_equal(
            task.training.labels[-len(saved["probabilities"]) :], saved["probabilities"]
        )


@pytest.mark.slow
def test_model_files_teach_reviews_and_sentences(run, tmp_path):
    taught = WHOLE.replace(
        {
            "pretraining.epochs": 0,
            "distillation.ngrams": False,
            "distillation.self_training": False,
            "distillation.models": [str(run.best), str(run.last)],
            "distillation.sentences": True,
            "training.epochs": 1,
            "training.max_words": 0,
        }
    )
    said = []
    folder = RunFolder(tmp_path / "taught")
    task = make_ready(taught, folder, say=said.append)
    assert not any("another split" in line for line in said)
    labelled, unlabelled = (task.card["data"][part]["reviews"] for part in ("train", "unlabelled"))
    assert len(task.training) == labelled + 2 * unlabelled
    models = [read_model(path) for path in (run.best, run.last)]
    logits = [logits_of(model, task.unlabelled) / model.description.temperature for model in models]
    expected = np.mean(logits, axis=0)
    got = task.training.labels[labelled : labelled + unlabelled]
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-expected)), atol=1e-5)
    assert task.training.lengths[labelled + unlabelled :].mean() < task.unlabelled.lengths.mean() / 2

    before = (folder.path / "soft_labels.npz").read_bytes()
    again = make_ready(taught, folder)
    assert (folder.path / "soft_labels.npz").read_bytes() == before
    np.testing.assert_array_equal(again.training.labels, task.training.labels)

    other = taught.replace({"data.split_seed": 7})
    make_ready(other, RunFolder(tmp_path / "other"), say=said.append)
    assert any("another split" in line for line in said)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pretrained/forward.pt", "pretrained/backward.pt", "soft_labels.npz"])
@pytest.mark.parametrize("zeros", [True, False], ids=["zeros", "half"])
def test_a_stage_whose_result_is_spoilt_is_named(run, tmp_path, name, zeros):
    copy = RunFolder(Path(shutil.copytree(run.path, tmp_path / "copy")))
    content = (copy.path / name).read_bytes()
    (copy.path / name).write_bytes(bytes(len(content)) if zeros else content[: len(content) // 2])
    with pytest.raises(TrainingError, match=name) as error:
        make_ready(WHOLE, copy)
    assert f"delete {copy.path / name}" in error.value.hint
    assert not [word for word in ("weights_only", "allow_pickle", "pickle") if word in str(error.value)]


@pytest.mark.slow
def test_spoilt_reviews_end_pretraining_with_a_sentence(run, tmp_path, capfd):
    copy = RunFolder(Path(shutil.copytree(run.path, tmp_path / "copy")))
    (copy.path / "pretrained/forward.pt").unlink()
    (copy.path / "pretrained/reviews.npz").write_bytes(bytes(1000))
    with pytest.raises(TrainingError, match="pretraining in .* ended with status 1"):
        make_ready(WHOLE, copy)
    said = capfd.readouterr().err
    assert "reviews.npz is damaged" in said
    assert "Traceback" not in said
    assert "allow_pickle" not in said


def test_a_teacher_who_is_not_there_is_missed_at_once(tmp_path):
    untaught = WHOLE.replace({"distillation.models": [str(tmp_path / "none.onnx")]})
    with pytest.raises(TrainingError, match="teacher cannot be asked") as error:
        make_ready(untaught, RunFolder(tmp_path / "run"))
    assert "distillation.models" in error.value.hint
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_model_file_says_what_the_averaged_network_says(run):
    task = make_ready(WHOLE, run)
    network = SentimentNetwork(len(task.tokenizer), WHOLE.network)
    network.load_state_dict(torch.load(run.checkpoint, weights_only=True)["average"])
    raw = logits_of(network, task.validation)
    pieces = sentences_of(task.validation, end_marks(task.tokenizer), seed=0)
    of_sentences = logits_of(network, pieces)
    expected = raw + fit_calibration(raw, task.validation.labels, of_sentences=of_sentences).bias
    got = logits_of(read_model(run.last), task.validation)
    assert np.abs(got - expected).max() < 0.1  # 8 bits a number of the embedding
    assert ((got > 0) == (expected > 0)).mean() > 0.99


@pytest.mark.parametrize("layers", [1, 2])
def test_the_network_starts_as_its_language_models(layers):
    torch.manual_seed(0)
    models = tuple(LanguageModel(30, LanguageModelShape(5, 7, layers)).eval() for _ in range(2))
    shape = NetworkRecipe(embedding=5, units=7, layers=layers, dense=3, separate_embeddings=True)
    network = SentimentNetwork(30, shape).eval()
    start_from(network, models)
    ids, lengths = torch.randint(1, 30, (2, 6)), torch.tensor([6, 6])
    read = network.bidirectional(*network.embed(ids, lengths))
    for outputs, model, order in zip(read, models, (ids, ids.flip(1)), strict=True):
        expected, _ = model.lstm(model.embedding(order.T))
        torch.testing.assert_close(outputs, expected)


def test_a_run_without_stages_has_none(tmp_path):
    recipe = dataclasses.replace(Recipe(), data=WHOLE.data)
    task = make_ready(recipe, RunFolder(tmp_path / "run"))
    assert task.unlabelled is None
    assert task.pretrained is None
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["environment.json", "recipe.toml"]


@pytest.mark.slow
def test_the_ngrams_have_the_share_that_is_asked_for(run, tmp_path):
    taught = WHOLE.replace(
        {
            "pretraining.epochs": 0,
            "distillation.self_training": False,
            "distillation.models": [str(run.best)],
            "training.epochs": 1,
        }
    )
    logits = {}
    for share in (0.0, 0.25, 1.0):
        folder = RunFolder(tmp_path / str(share))
        make_ready(taught.replace({"distillation.ngram_weight": share}), folder)
        with np.load(folder.path / "soft_labels.npz") as saved:
            positive = saved["probabilities"].astype(np.float64)
        logits[share] = np.log(positive) - np.log1p(-positive)
    assert np.abs(logits[0.25] - logits[1.0]).mean() > 0.1
    # Of two teachers each has half without a share: the network alone is 2 * half - ngrams.
    network = 2 * logits[0.0] - logits[1.0]
    told = np.abs(logits[1.0]) < 9  # nearer to 0 or 1 float32 tells shares apart no finer than this
    assert told.mean() > 0.9
    np.testing.assert_allclose(logits[0.25][told], (0.75 * network + 0.25 * logits[1.0])[told], atol=1e-2)
