"""Train what a study asks for; whatever is finished and unchanged is left alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from opinia.errors import DataError, OpiniaError, RecipeError, TrainingError
from opinia.runs.checkpoint import DAMAGE, load_checkpoint
from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import DataRecipe, TextRecipe
from opinia.study.recipe import Study, Training, run_folder, trainings
from opinia.study.workers import Engine, Job, Progress, remove_leftovers, work
from opinia.system.folder_lock import alone_in
from opinia.train.texts import Task, has_stages, prepare

_Tasks = dict[tuple[TextRecipe, DataRecipe], Task]


@dataclass(frozen=True)
class Plan:
    """What a study has to do in its folder.

    Args:
        left: the trainings to start or to go on with.
        done: the epochs that each of them has behind it.
        changed: finished run folders whose files are no longer what the run wrote, and which files.
    """

    left: tuple[Training, ...]
    done: tuple[int, ...]
    changed: dict[Path, list[str]]


def run_study(
    study: Study,
    folder: Path,
    *,
    jobs: int = 1,
    source: Path | None = None,
    retrain: bool = False,
    engine: Engine | None = None,
    on_plan: Callable[[Plan], None] = lambda plan: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Train every run of a study that is not finished yet.

    Args:
        study: the grid.
        folder: holds a folder a run; made where missing.
        jobs: trainings side by side, a process each.
        source: a copy of the IMDB reviews; None looks for one, and downloads it where there is none.
        retrain: train again the finished runs whose files were changed since.
        engine: does the trainings instead of so many processes, as :class:`opinia.study.ray.RayWork`.
        on_plan: called once, before anything trains, with what is left to do.
        on_progress: called for each training, about ten times a second.

    Raises:
        TrainingError: another process works on this folder, a finished run was changed, a run was
            started with another recipe or other reviews, a batch is larger than the data, or a
            training failed.
        DataError: the reviews are missing or damaged.
    """
    if jobs < 1:
        raise TrainingError(f"jobs must be at least 1. Received: {jobs}")
    with alone_in(folder, doing="training the study"):
        plan = make_plan(study, folder)
        if plan.changed and not retrain:
            named = "; ".join(f"{path}: {', '.join(files)}" for path, files in plan.changed.items())
            raise TrainingError(
                f"changed after the run was finished: {named}",
                hint="restore the files, or train these runs again with --retrain",
            )
        tasks = _prepare(study, folder, plan, source=source)
        for path in plan.changed:
            run = RunFolder(path)
            with run.alone():
                run.reset()
        ready = [_start(study, folder, training, tasks) for training in plan.left]
        on_plan(plan)
        if engine is None:
            work(ready, side_by_side=jobs, on_progress=on_progress)
        else:
            engine(ready, on_progress=on_progress)


def make_plan(study: Study, folder: Path) -> Plan:
    """Look what is left to train, and change nothing.

    Of the runs that share a training, the longest unfinished one passes through the shorter ones
    that are still ahead of it. One that it has passed already (a run that was changed or deleted
    later) is trained by itself, and the finished ones stay as they are.

    Raises:
        TrainingError: a run was started with another recipe.
    """
    changed: dict[Path, list[str]] = {}
    left, done = [], []
    for training in trainings(study):
        names = []
        for name in (*training.shorter, training.run):
            run = run_folder(folder, name, training.seed)
            if files := run.changed_files():
                changed[run.path] = files
            elif run.is_started:
                _check_recipe(run, study.recipe(name, training.seed))
            if files or not run.is_finished:
                names.append(name)
        while names:
            *shorter, longest = names
            run = run_folder(folder, longest, training.seed)
            epochs = {name: study.runs[name].training.epochs for name in names}
            passed = 0 if run.path in changed else _epochs_done(run, shortest=epochs[names[0]])
            ahead = tuple(name for name in shorter if epochs[name] > passed)
            left.append(Training(longest, training.seed, ahead))
            done.append(passed)
            names = [name for name in shorter if name not in ahead]
    return Plan(tuple(left), tuple(done), changed)


def _check_recipe(run: RunFolder, recipe: Recipe) -> None:
    try:
        same = run.recipe() == recipe
    except RecipeError as error:
        raise TrainingError(
            f"{run.path} cannot be continued: {error.message}",
            hint=f"name another folder, or delete {run.path}",
        ) from error
    if not same:
        raise TrainingError(
            f"{run.path} holds a run of another recipe", hint=f"name another folder, or delete {run.path}"
        )


def _epochs_done(run: RunFolder, *, shortest: int) -> int:
    """Return how many epochs a run would not train again.

    The history is written shortly before the checkpoint, so it may be one ahead of it.
    """
    if not run.has_checkpoint:
        return 0
    with contextlib.suppress(DataError):
        epochs = len(run.history())
        if epochs < shortest:
            return epochs
    try:
        return len(load_checkpoint(run.checkpoint)["history"])
    except DAMAGE:
        return 0  # the training itself says what is wrong with it


def _prepare(study: Study, folder: Path, plan: Plan, *, source: Path | None) -> _Tasks:
    """Read the reviews once for all trainings, and check that each can be trained on them."""
    tasks: _Tasks = {}
    for training in plan.left:
        recipe = study.runs[training.run]
        if has_stages(recipe):
            raise RecipeError(
                f"run {training.run!r} wants pretraining, a teacher, shortened reviews or validation, "
                "which a study does not do",
                hint="train such a recipe alone: `opinia train RECIPE`",
            )
        key = recipe.text, recipe.data
        if key not in tasks:
            tasks[key] = prepare(recipe, source=source, progress=True)
        task = tasks[key]
        _check_size(training, recipe, task)
        for name in (training.run, *training.shorter):
            run = run_folder(folder, name, training.seed)
            if run.path in plan.changed:
                continue
            if not run.is_started:
                run.check_foreign()
            else:
                known = run.environment().get("data", {})
                if known.get("fingerprint") != task.card["data"]["fingerprint"]:
                    raise TrainingError(
                        f"the run in {run.path} was started on other reviews than these",
                        hint=f"name the same copy of the reviews with --imdb, or delete {run.path}",
                    )
    return tasks


def _check_size(training: Training, recipe: Recipe, task: Task) -> None:
    from opinia.train.pipeline import check_classes, check_size

    try:
        check_size(recipe.training.batch_size, task.training)
        check_classes(recipe, task.classes)
    except OpiniaError as error:
        raise TrainingError(f"run {training.run!r}: {error.message}", hint=error.hint) from error


def _start(study: Study, folder: Path, training: Training, tasks: _Tasks) -> Job:
    """Make the run folders of a training ready."""
    recipe = study.recipe(training.run, training.seed)
    task = tasks[recipe.text, recipe.data]
    for name in (*training.shorter, training.run):
        run = run_folder(folder, name, training.seed)
        with run.alone():
            remove_leftovers(run)
            if not run.is_started:
                own = study.recipe(name, training.seed)
                run.start(own, describe(task.card["data"], threads=own.training.threads))
    paths = [run_folder(folder, name, training.seed).path for name in (training.run, *training.shorter)]
    return Job(training, recipe, task, paths[0], tuple(paths[1:]))
