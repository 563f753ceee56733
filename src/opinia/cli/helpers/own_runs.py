"""Several runs on a table of one's own: ``opinia train --folds`` and ``--learning-curve``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from opinia import extras, shell


def kind_of(folder: Path) -> str | None:
    """Return what was begun in a folder: ``"folds"``, ``"learning-curve"``, or None where neither was."""
    return next((kind for kind in ("folds", "learning-curve") if (folder / f"{kind}.toml").is_file()), None)


def train_folds(recipe: Any, folder: Path, train: Callable[..., Any]) -> None:
    """Train and test on each fold, and say what came of it.

    Args:
        recipe: complete, with ``data.folds``.
        folder: receives it all.
        train: trains a run: recipe, folder and texts.
    """
    from opinia.evaluate.predictions import PREDICTIONS
    from opinia.train.own_texts.folds import cross_validate

    with _stoppable(folder):
        found = cross_validate(recipe, folder, _in_turn(train))
    for line in found.lines():
        click.echo(line, err=True)
    click.echo(
        f"the answers to all texts: {folder / PREDICTIONS}; wrong ones, and labels to check:", err=True
    )
    click.echo(shell.opinia("errors", folder, "-o", "errors.html"))


def train_curve(recipe: Any, folder: Path, train: Callable[..., Any], changes: dict[str, Any] | None) -> None:
    """Train on more and more of the texts, and say whether more would help.

    Args:
        recipe: of the runs; where settings are suggested, that part of it which is not.
        folder: receives the runs and the curve.
        train: trains a run: recipe, folder and texts.
        changes: what was asked for beside what is suggested; None where the recipe is complete.
    """
    from opinia.train.own_texts.learning_curve import NAME, learning_curve

    with _stoppable(folder):
        curve = learning_curve(recipe, folder, _in_turn(train), changes=changes)
    if extras.available(*extras.DRAWING):
        from opinia.report.learning_plot import draw_learning_curve

        draw_learning_curve(curve, folder, NAME)
        click.echo(f"drawn: {folder / NAME}.png", err=True)
    for line in curve.lines():
        click.echo(line, err=True)
    click.echo(folder / f"{NAME}.csv")


def _in_turn(train: Callable[..., Any]) -> Callable[[Any, Any, Any], None]:
    """Return what trains a run, unless it is finished."""

    def one(recipe: Any, run: Any, texts: Any) -> None:
        if run.is_started:
            run.check_recipe(recipe)
        if run.is_finished:
            click.echo(f"{run.path} is finished already", err=True)
            return
        with run.alone():
            train(recipe, run, texts)

    return one


class _stoppable:  # noqa: N801 - a context, called like one
    """Says, after Ctrl-C, how to go on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is KeyboardInterrupt:
            resume = shell.opinia("train", "--resume", self._folder)
            again = f"go on with: {resume}" if kind_of(self._folder) else "nothing was trained"
            click.echo(f"\nstopped; {again}", err=True)
            raise SystemExit(130) from None
