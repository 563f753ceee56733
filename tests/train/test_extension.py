"""From ten epochs to twenty: what as many at once would have given, or a refusal that says why."""

import functools
import json
import shutil

import pytest

from commands import call
from opinia.errors import TrainingError
from opinia.runs.checkpoint import load_checkpoint
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.extension import extend
from opinia.train.pipeline import fit, make_ready, train

SMALL = {
    **{"text.max_tokens": 120, "network.embedding": 6, "network.units": 5, "network.dense": 4},
    **{
        "training.threads": 1,
        "training.learning_rate": 0.01,
        "data.source": "sample",
        "data.validation": 1400,
    },
}
WAYS = {
    "published": {},
    "averaged, calibrated, clipped": {
        "training.ema_decay": 0.9,
        "training.calibrate": True,
        "training.max_grad_norm": 1.0,
        "network.word_dropout": 0.2,
        "network.output_dropout": 0.3,
        "training.encoder_lr_scale": 0.5,
    },
    "plateau": {"training.schedule": "plateau", "training.learning_rate": 0.08},
    "batches by words": {"training.batch_words": 1500, "text.kind": "words"},
}
FILES = ("recipe.toml", "history.csv", "best.onnx", "last.onnx")


def run_of(folder, epochs, **changes):
    return fit(Recipe().replace({**SMALL, "training.epochs": epochs, **changes}), folder)


@pytest.fixture(scope="module")
def whole_of(tmp_path_factory):
    """Return a function that trains a run once. Not to be written to."""

    @functools.cache
    def trained(epochs, **changes):
        return run_of(tmp_path_factory.mktemp("whole") / "run", epochs, **changes)

    return trained


@pytest.fixture
def copy_of(whole_of, tmp_path):
    """Return a function that gives a copy of such a run."""

    def copied(epochs, **changes):
        return RunFolder(shutil.copytree(whole_of(epochs, **changes).path, tmp_path / "run"))

    return copied


def same(one, other):
    """Tell whether two values of a checkpoint are equal to the last bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool((one == other).all()) if hasattr(one, "all") else one == other


def check_same(run, whole):
    for name in FILES:
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    found, wanted = (load_checkpoint(each.checkpoint) for each in (run, whole))
    for name in wanted.keys() - {"seconds"}:
        assert same(found[name], wanted[name]), name
    digests = [each.result()["digests"] for each in (run, whole)]
    assert all(digests[0][name] == digests[1][name] for name in FILES)
    assert run.changed_files() == []


@pytest.mark.parametrize("way", WAYS)
def test_a_finished_run_goes_on_to_the_same_bits(way, copy_of, whole_of):
    run, whole = copy_of(2, **WAYS[way]), whole_of(4, **WAYS[way])
    assert run.is_finished
    done = call("train", "--resume", run.path, "--epochs", 4)
    assert done.returncode == 0, done.stderr
    check_same(run, whole)


def test_it_may_be_done_again_and_where_the_best_epoch_is_an_early_one(copy_of, whole_of):
    changes = {"training.learning_rate": 0.5}  # so that later epochs are no better
    run, whole = copy_of(2, **changes), whole_of(4, **changes)
    for epochs in (3, 4):
        assert call("train", "--resume", run.path, "--epochs", epochs).returncode == 0
    check_same(run, whole)


def test_a_stopped_run_may_become_a_longer_or_a_shorter_one(whole_of, tmp_path):
    class Stop:
        def __getattr__(self, _):
            return lambda *_: None

        def on_epoch_end(self, trainer, epoch):
            if epoch.epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(Recipe().replace({**SMALL, "training.epochs": 6}), tmp_path / "stopped", callbacks=[Stop()])
    for name, epochs in (("longer", 4), ("shorter", 3), ("now", 2)):
        run = RunFolder(shutil.copytree(tmp_path / "stopped", tmp_path / name))
        assert call("train", "--resume", run.path, "--epochs", epochs).returncode == 0
        check_same(run, whole_of(epochs))


def state_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("begun", "changes", "epochs", "why"),
    [
        (2, {"training.schedule": "linear"}, 4, "its step size is spread over all 2"),
        (2, {"training.schedule": "cosine"}, 4, "training.schedule = 'cosine'"),
        (2, {}, 1, "has 2 epochs already"),
        (20, {"training.patience": 1, "training.learning_rate": 0.5}, 30, "would have ended there, too"),
    ],
)
def test_what_would_have_been_another_run_is_refused(begun, changes, epochs, why, copy_of):
    run = copy_of(begun, **changes)
    before = state_of(run.path)
    done = call("train", "--resume", run.path, "--epochs", epochs)
    assert done.returncode == 1
    assert why in done.stderr
    assert "hint: " in done.stderr
    assert state_of(run.path) == before


def test_as_many_epochs_as_there_are_change_nothing(copy_of):
    run = copy_of(2, **{"training.schedule": "linear"})
    before = state_of(run.path)
    done = call("train", "--resume", run.path, "--epochs", 2)
    assert done.returncode == 0
    assert "is finished already" in done.stderr
    assert state_of(run.path) == before


def test_nothing_is_changed_where_it_cannot_go_on(copy_of):
    run = copy_of(2)
    whole = state_of(run.path)
    damages = {
        "checkpoint.pt": (b"damaged", "cannot be continued"),
        "history.csv": (b"epoch\n", "was changed since"),
        "best.onnx": (b"", "was changed since"),
    }
    for name, (content, why) in damages.items():
        (run.path / name).write_bytes(content)
        before = state_of(run.path)
        with pytest.raises(TrainingError, match=why):
            extend(run, 4)
        assert state_of(run.path) == before
        (run.path / name).write_bytes(whole[name])
    run.checkpoint.unlink()
    with pytest.raises(TrainingError, match="no checkpoint any more"):
        extend(run, 4)


def test_a_table_that_was_changed_is_noticed_before_the_run_is(tmp_path):
    table = tmp_path / "own.csv"
    rows = [
        f"film {n} was {('good', 'bad')[n % 2]} on day {n * n},{('liked', 'hated')[n % 2]}" for n in range(80)
    ]
    table.write_text("\n".join(["text,label", *rows, ""]))
    changes = {"data.source": "table", "data.table": str(table), "data.validation": 0}
    run = run_of(tmp_path / "run", 1, **changes, **{"training.batch_size": 16})
    before = state_of(run.path)
    table.write_text("\n".join(["text,label", *rows[:-1], "another,hated", ""]))
    done = call("train", "--resume", run.path, "--epochs", 2)
    assert done.returncode == 1
    assert "was trained on other texts than these" in done.stderr
    assert state_of(run.path) == before
    table.write_text("\n".join(["text,label", *rows, ""]))
    assert call("train", "--resume", run.path, "--epochs", 2).returncode == 0
    assert json.loads((run.path / "run.json").read_text())["epochs"] == 2


def test_other_settings_are_those_of_the_run(tmp_path):
    done = call("train", "--resume", tmp_path / "run", "--epochs", 4, "--seed", 2)
    assert done.returncode == 2
    assert "--resume takes all settings from the run but --epochs" in done.stderr


def test_a_stopped_run_whose_settings_were_changed_is_not_gone_on_with(copy_of):
    """The card of its best epoch would tell of settings that it was not trained with."""
    run = copy_of(2)
    assert run.has_checkpoint
    (run.path / "run.json").unlink()
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.suffix == ".onnx"}
    changed = run.recipe().replace({"training.epochs": 3, "training.learning_rate": 0.5})
    (run.path / "recipe.toml").write_text(changed.to_toml())
    with pytest.raises(TrainingError, match=r"was changed since the run began: training\.learning_rate"):
        train(changed, make_ready(changed, run), run)
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.suffix == ".onnx"} == before
