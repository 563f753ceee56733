"""A study that is trained, killed, resumed and damaged, with real processes and real files."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

import prepared
from opinia.errors import RecipeError, TrainingError
from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.study.grid import make_plan, run_study
from opinia.study.recipe import default_study, read_study, run_folder, study_from_dict, trainings
from opinia.train.pipeline import train
from opinia.train.texts import prepare
from studies import RUNS, TINY, contents

STUDY = """
import multiprocessing, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from studies import STUDY
from opinia.study.grid import run_study

def tell(_):
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)

run_study(STUDY, Path(sys.argv[1]), jobs=2, on_plan=tell, on_progress=tell)
"""


def start(folder, root):
    arguments = [sys.executable, "-c", STUDY, str(folder), str(root / "tests" / "support")]
    return prepared.TrainingPopen(arguments, stdout=subprocess.PIPE, text=True)


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_each_run_of_a_study_equals_training_it_alone(study, undisturbed, tmp_path):
    task = prepare(study.recipe("long", 1))
    for name in study.runs:
        recipe = study.recipe(name, 1)
        alone, shared = RunFolder(tmp_path / name), run_folder(undisturbed, name, 1)
        alone.start(recipe, describe(task.card["data"], threads=recipe.training.threads))
        train(recipe, task, alone)
        assert contents(alone.path) == contents(shared.path)
        assert alone.result() | {"digests": 0} == shared.result() | {"digests": 0}
        assert shared.changed_files() == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is POSIX's")
def test_killed_at_random_points_and_resumed_equals_undisturbed(study, undisturbed, tmp_path, root):
    """SIGKILL of the parent before the first step, and then twice after a random number of messages."""
    folder, draw = tmp_path / "runs", random.Random(20)
    kills = [1, *(draw.randrange(2, 9) for _ in range(2))]
    while kills:
        process = start(folder, root)
        children: set[int] = set()
        for heard, line in enumerate(process.stdout, start=1):
            children |= set(map(int, line.split()))
            if heard == 1 and len(kills) == 3:
                with pytest.raises(TrainingError, match="another process is training the study"):
                    run_study(study, folder)
            if heard == kills[0]:
                process.send_signal(signal.SIGKILL)
                kills.pop(0)
                break
        else:  # a machine so fast that the study ended first: begin another one
            assert contents(folder) == contents(undisturbed)
            shutil.rmtree(folder)
        process.stdout.close()
        process.wait()
        deadline = time.monotonic() + 30
        while any(map(is_alive, children)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(is_alive, children)), "a training goes on without its parent"
    left = folder / "long" / "seed-1" / ".last.onnx.half"
    left.write_bytes(b"left by a killed process")
    (left.parent / "run.json").unlink(missing_ok=True)
    run_study(study, folder, jobs=2)
    assert contents(folder) == contents(undisturbed)
    assert not left.exists()


def test_a_finished_study_trains_nothing(study, finished):
    plans = []
    run_study(study, finished, on_plan=plans.append, on_progress=lambda _: pytest.fail("something trains"))
    assert plans[0].left == ()


def test_a_changed_run_is_named_and_retrained_on_request_alone(study, finished, undisturbed):
    (finished / "short" / "seed-1" / "best.onnx").write_bytes(b"changed")
    others = [path for name in ("long", "other") for path in (finished / name).rglob("*.*")]
    before = {path: path.stat().st_mtime_ns for path in others}
    with pytest.raises(TrainingError, match=r"seed-1: best\.onnx") as error:
        run_study(study, finished)
    assert "--retrain" in error.value.hint
    assert (finished / "short" / "seed-1" / "best.onnx").read_bytes() == b"changed"
    run_study(study, finished, retrain=True)
    assert contents(finished) == contents(undisturbed)
    assert {path: path.stat().st_mtime_ns for path in others} == before


@pytest.mark.parametrize("damage", ["run.json", "recipe.toml"])
def test_a_run_whose_own_description_is_damaged_is_named(study, finished, damage):
    (finished / "long" / "seed-1" / damage).write_text("{ broken")
    with pytest.raises(TrainingError, match=f"seed-1: {damage}"):
        run_study(study, finished)


def test_a_short_run_behind_the_checkpoint_of_the_long_one_is_trained_by_itself(study, finished):
    """The long run is not finished, but has passed the short one, which is gone."""
    (finished / "long" / "seed-1" / "run.json").unlink()
    shutil.rmtree(finished / "short")
    plan = make_plan(study, finished)
    assert [(t.run, t.shorter) for t in plan.left] == [("long", ()), ("short", ())]
    assert plan.done == (4, 0)
    (finished / "long" / "seed-1" / "checkpoint.pt").unlink()
    plan = make_plan(study, finished)
    assert [(t.run, t.shorter) for t in plan.left] == [("long", ("short",))]


def test_a_run_of_another_recipe_is_not_overwritten(finished):
    runs = {**RUNS, "other": {"training": {"epochs": 3, "batch_size": 128}}}
    other = study_from_dict({"seeds": [1], "recipe": TINY, "runs": runs})
    with pytest.raises(TrainingError, match="holds a run of another recipe"):
        run_study(other, finished)


def test_other_reviews_are_refused_before_anything_trains(study, finished):
    run = run_folder(finished, "other", 1)
    (run.path / "run.json").unlink()
    environment = (run.path / "environment.json").read_text()
    fingerprint = run.environment()["data"]["fingerprint"]
    (run.path / "environment.json").write_text(environment.replace(fingerprint, "0" * 64))
    with pytest.raises(TrainingError, match="started on other reviews"):
        run_study(study, finished, on_plan=lambda _: pytest.fail("it starts"))


def test_a_batch_larger_than_the_data_stops_before_anything_trains(tmp_path):
    runs = {**RUNS, "huge": {"training": {"batch_size": 5000}}}
    huge = study_from_dict({"seeds": [1], "recipe": TINY, "runs": runs})
    with pytest.raises(
        TrainingError, match="run 'huge': training.batch_size must be at most.*Received: 5,000"
    ):
        run_study(huge, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_training_that_fails_is_named(study, finished):
    run = run_folder(finished, "other", 1)
    (run.path / "run.json").unlink()
    run.checkpoint.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match="other, seed 1: the checkpoint .* cannot be continued"):
        run_study(study, finished)


def test_a_folder_that_cannot_be_made_is_refused(study, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingError, match="cannot be written"):
        run_study(study, tmp_path / "file" / "runs")


def test_the_default_study_is_the_one_in_the_recipes(root):
    assert default_study() == read_study(root / "recipes" / "study.toml")


def test_on_the_sample_nothing_but_the_reviews_changes(study):
    sample = default_study().on_sample()
    assert {r.data.source for r in sample.runs.values()} == {"sample"}
    assert [t.shorter for t in trainings(sample)] == [t.shorter for t in trainings(default_study())]


NAN = float("nan")


@pytest.mark.parametrize(
    "seeds", [[], [1, 1], [1, None], [1, NAN], ["1"], [True], "123", 7, [1.0], [-1], None]
)
def test_seeds_that_are_none(seeds):
    with pytest.raises(RecipeError, match="seed.*Received"):
        study_from_dict({"seeds": seeds, "runs": {"a": {}}})


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"runs": {"a": {"training": {"batchsize": 32}}}}, "run 'a': unknown key 'batchsize'", "batch_size"),
        ({"runs": {"a": {"trainning": {}}}}, "run 'a': unknown key 'trainning'", "training"),
        ({"run": {"a": {}}}, "unknown key 'run' in a study", "'runs'"),
        ({"runs": {"a": {"training": {"epochs": 0}}}}, "run 'a': training.epochs must be", "published"),
        (
            {"runs": {"a": {"training": {"learning_rate": -1.0}}}},
            "run 'a': training.learning_rate",
            "published",
        ),
        (
            {"runs": {"a": {"training": {"learning_rate": NAN}}}},
            "run 'a': training.learning_rate",
            "published",
        ),
        ({"runs": {"a": {"training": {"seed": 3}}}}, "run 'a': training.seed stands in", "seeds = "),
        ({"recipe": 3, "runs": {"a": {}}}, "run 'a': a recipe must be a table. Received: 3", None),
        ({"runs": {"a": 3}}, "run 'a': a recipe must be a table. Received: 3", None),
        ({"runs": {"../a": {}}}, "run '../a': a run cannot have this name", None),
        ({"runs": {"report": {}}}, "run 'report': a run cannot have this name", None),
        ({"runs": {}}, "at least one run", None),
        ({"name": "..", "runs": {"a": {}}}, "the name of a study", None),
        ({"name": 3, "runs": {"a": {}}}, "the name of a study", None),
    ],
)
def test_a_broken_study_names_the_run_and_the_nearest_key(values, message, hint):
    with pytest.raises(RecipeError) as error:
        study_from_dict(values)
    assert message in error.value.message
    assert hint is None or hint in error.value.hint


def test_a_study_refuses_what_it_does_not_do(tmp_path):
    taught = {**TINY, "distillation": {"ngrams": True}}
    study = study_from_dict({"name": "t", "seeds": [1], "recipe": taught, "runs": {"one": RUNS["short"]}})
    with pytest.raises(RecipeError, match="which a study does not do"):
        run_study(study, tmp_path / "study", jobs=1)
