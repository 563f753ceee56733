"""Options that several commands have in common."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from opinia.language.messages import DEFAULT_LANGUAGE, MESSAGES
from opinia.system.machine import MAX_THREADS


class FilledPath(click.Path):
    """A path that is not empty: that of a variable which is not set would be the folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or refuse an empty one."""
        if os.fspath(value) in ("", b""):
            self.fail("it is empty: is a variable of the shell not set?", param, ctx)
        return super().convert(value, param, ctx)


model_option = click.option(
    "--path",
    type=FilledPath(path_type=Path),
    metavar="MODEL",
    help="Model file (.onnx), run folder (its best model) or name of a model that comes with opinia: base, "
    "small or seed. [default: base]",
)
uncertain_option = click.option(
    "--uncertain",
    type=click.FloatRange(0, 0.5),
    default=0.0,
    metavar="BAND",
    help="Call a text uncertain when its probability is nearer to one half than this, e.g. 0.1.",
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(0, MAX_THREADS),
    default=0,
    help="Batches side by side. [default: one for each core that this process may use]",
)
language_option = click.option(
    "--lang",
    type=click.Choice(list(MESSAGES)),
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help="Language of the answers.",
)
data_option = click.option(
    "--data",
    "source",
    type=FilledPath(path_type=Path),
    help="A copy of the IMDB reviews: archive, aclImdb folder, or JSON Lines folder. "
    "Default: $OPINIA_DATA, else the download.",
)
