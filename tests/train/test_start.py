"""A training that begins with the weights of another run."""

import pytest

from opinia.errors import TrainingError
from opinia.runs.checkpoint import load_checkpoint
from opinia.train.loop.callbacks import Callback
from opinia.train.pipeline import fit, train


class StopAfter(Callback):
    def __init__(self, epoch):
        self.last = epoch

    def on_epoch_end(self, trainer, epoch):
        if epoch.epoch == self.last:
            raise KeyboardInterrupt


def contents(folder):
    return [(folder.path / name).read_bytes() for name in ("history.csv", "best.onnx", "last.onnx")]


def test_training_begins_with_the_weights_of_another_run(tiny, task, start):
    first = start(tiny)
    train(tiny, task, first)
    still = tiny.replace({"training.init_from": str(first.path), "training.epochs": 1})
    still = still.replace({"training.learning_rate": 1e-9})
    second = start(still, "second")
    history = train(still, task, second)
    assert history[0].val_loss == pytest.approx(first.history()[-1].val_loss, abs=1e-4)
    assert history[0].val_loss < first.history()[0].val_loss


@pytest.mark.parametrize("compact", [False, True])
def test_training_begins_with_the_weights_of_a_model_file(tiny, task, start, compact):
    tiny = tiny.replace({"network.int8": compact})
    first = start(tiny)
    train(tiny, task, first)
    still = tiny.replace({"training.init_from": str(first.last), "training.epochs": 1})
    still = still.replace({"training.learning_rate": 1e-9})
    history = train(still, task, start(still, "second"))
    assert history[0].val_loss == pytest.approx(first.history()[-1].val_loss, abs=0.01 if compact else 1e-4)
    assert history[0].val_loss < first.history()[0].val_loss - 0.01


def test_a_run_that_is_continued_does_not_need_the_one_it_began_with(tiny, task, start):
    first = start(tiny)
    train(tiny, task, first)
    recipe = tiny.replace({"training.init_from": str(first.path)})
    whole, halved = start(recipe, "whole"), start(recipe, "halved")
    train(recipe, task, whole)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, task, halved, callbacks=(StopAfter(2),))
    first.reset()
    train(recipe, task, halved)
    assert contents(halved) == contents(whole)


def test_training_begins_with_wider_embeddings_narrowed(tiny, task, start):
    separate = tiny.replace({"network.separate_embeddings": True})
    first = start(separate)
    train(separate, task, first)
    still = separate.replace({"training.init_from": str(first.path), "training.epochs": 1})
    still = still.replace({"training.learning_rate": 1e-9, "network.embedding": 4})
    second = start(still, "second")
    history = train(still, task, second)
    assert history[0].val_loss == pytest.approx(first.history()[-1].val_loss, abs=0.02)
    assert history[0].val_loss < first.history()[0].val_loss
    assert load_checkpoint(second.checkpoint)["network"]["embedding.weight"].shape[1] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"training.init_from": "nowhere.onnx"}, "cannot begin with nowhere.onnx"),
        ({"text.max_tokens": 50}, "has another vocabulary"),
        ({"network.units": 3}, "has another shape"),
        ({"network.embedding": 4}, "has another shape"),  # one embedding for both directions stays as it is
        ({"training.init_from": "nowhere"}, "cannot begin with nowhere"),
    ],
)
def test_a_run_that_cannot_be_begun_with_is_named_at_once(tiny, task, start, change, message, tmp_path):
    first = start(tiny)
    train(tiny.replace({"training.epochs": 1}), task, first)
    recipe = tiny.replace({"training.init_from": str(first.path)}).replace(change)
    with pytest.raises(TrainingError, match=message) as error:
        fit(recipe, tmp_path / "second")
    assert error.value.hint
    assert not (tmp_path / "second" / "recipe.toml").exists()
