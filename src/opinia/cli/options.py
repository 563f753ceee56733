"""Options that several commands have in common."""

from __future__ import annotations

from pathlib import Path

import click

from opinia.messages import DEFAULT_LANGUAGE, MESSAGES

model_option = click.option(
    "--path",
    type=click.Path(path_type=Path),
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
    type=click.Path(path_type=Path),
    help="A copy of the IMDB reviews: archive, aclImdb folder, or JSON Lines folder. "
    "Default: $OPINIA_DATA, else the download.",
)
