"""Models that commands judge with: loaded, with a word where one is not what it may seem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from opinia.language import Language
    from opinia.model.classifier import Classifier


def load_model(path: Path | None, language: Language, *, threads: int = 0) -> Classifier:
    """Return the classifier that a path stands for, and say on stderr if its training is not finished.

    Args:
        path: a model file, a run's folder or a name; None takes the default.
        language: of what is said.
        threads: batches side by side.

    Raises:
        ModelFileError: there is no sound model.
    """
    from opinia.model.classifier import load

    classifier = load(path, threads=threads)
    say_unfinished(classifier.model.path, language)
    if classifier.threshold is not None:
        click.echo(
            language.say(
                "trust.threshold",
                label=language.label(str(classifier.classes_[1])),
                threshold=language.number(classifier.threshold, 3),
            ),
            err=True,
        )
    return classifier


def say_unfinished(model: Path | None, language: Language) -> None:
    """Say on stderr if a model's training is under way or was cut off."""
    if model is None or not (model.parent / "recipe.toml").is_file():
        return
    from opinia.runs.finding import unfinished

    epochs = unfinished(model)
    if epochs is not None:
        done, wanted = map(language.number, epochs)
        said = language.say("trust.unfinished", folder=model.parent, done=done, wanted=wanted)
        click.echo(said, err=True)
