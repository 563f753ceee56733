"""A whole training from Python: look at what is there, prepare the reviews, train, leave a run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.distillation import check_packages, check_teacher
from opinia.train.environment import choose_device, describe
from opinia.train.final import check_final
from opinia.train.loop import Watcher, check_size, check_start, train
from opinia.train.stages import complete
from opinia.train.task import Task, load_texts, tokenise


def fit(
    recipe: Recipe,
    folder: str | Path,
    *,
    source: Path | None = None,
    device: str = "cpu",
    watchers: tuple[Watcher, ...] = (),
) -> RunFolder:
    """Train the network of a recipe, or continue its training where the folder holds one.

    Args:
        recipe: what to build and how to train it; ``Recipe()`` is the published network.
        folder: receives models, history and checkpoint.
        source: a copy of the IMDB reviews; None looks for one and downloads it where there is none.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.
        watchers: hear of each step and epoch.

    Returns:
        The run folder; ``opinia.load(folder.path)`` gives its best model.

    Raises:
        DataError: the reviews are missing or damaged.
        TrainingError: the training cannot start, or cannot go on, or another process trains this run.

    Example:
        >>> recipe = Recipe().replace({"data.source": "sample", "data.validation": 300})
        >>> run = fit(recipe, "runs/first")
        >>> run.history()[-1].val_accuracy > 0.5
        True
    """
    run = RunFolder(Path(folder))
    with run.alone():
        device = choose_device(device)
        task = make_ready(recipe, run, source=source, device=device)
        train(recipe, task, run, device=device, watchers=watchers)
    return run


def make_ready(
    recipe: Recipe,
    run: RunFolder,
    *,
    source: Path | None = None,
    device: str = "cpu",
    progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Task:
    """Load and tokenise the reviews, start the run folder, and do what comes before the training.

    Args:
        recipe: of the run.
        run: its folder, started or not.
        source: a copy of the IMDB reviews, or None.
        device: ``"cpu"`` or ``"cuda"``.
        progress: show the progress of a download.
        say: hears in words of pretraining and teachers.

    Raises:
        DataError: the reviews are missing or damaged.
        MissingExtraError: the recipe's teacher needs scikit-learn, and it is not installed.
        TrainingError: the folder cannot be written or holds other things, a batch is larger than the
            data, or there is no model that is to teach, run to begin with or run to repeat.
    """
    resuming = run.is_started
    check_packages(recipe, run)
    if not resuming:
        check_teacher(recipe)
        run.check_foreign()
        run.check_room(recipe)
    texts = load_texts(recipe, source=source, progress=progress)
    task = tokenise(recipe, texts)
    check_size(recipe, task)
    check_final(recipe, task.card["data"])
    if not resuming:
        check_start(recipe, task)
        run.start(recipe, describe(recipe, task, device=device))
    return complete(recipe, task, texts, run, device=device, say=say)
