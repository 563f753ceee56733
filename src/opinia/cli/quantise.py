"""``opinia quantise MODEL -o OUT``: a model file in 8 bits, smaller and faster."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from opinia import extras
from opinia.cli.models import say_unfinished
from opinia.cli.options import FilledPath, ModelPath
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import find_model, load
from opinia.model.file import read_model, write_model

TEXTS = 200


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.option("-o", "--output", type=FilledPath(path_type=Path), required=True, help="File to write.")
@click.option("--force", is_flag=True, help="Replace the file.")
def command(model: Path, *, output: Path, force: bool) -> None:
    """Write MODEL with its embeddings and LSTMs in 8 bits.

    MODEL is a model file (.onnx), a run folder (its best model) or the name of a model that comes with
    opinia. The answers move a little, alike in any company: `opinia evaluate` shows what it does
    to accuracy on reviews of your own.
    """
    extras.require("opinia quantise", *extras.WRITING_MODELS)
    import onnx

    from opinia.data import sample
    from opinia.graph.quantise import is_quantised, quantise
    from opinia.graph.weights import read_weights

    path = find_model(model)
    say_unfinished(path, LANGUAGES["en"])
    found = read_model(path)
    graph = onnx.load_model_from_string(found.to_bytes())
    if is_quantised(graph):
        raise DataError(f"{path} is in 8 bits already")
    if "keras" in found.description.card:
        read_weights(graph)  # of other layers than those of opinia train nothing is known
    if output.exists() and not force:
        raise DataError(f"{output} exists already", hint="--force replaces it")
    card = {**found.description.card, "quantised_from": found.sha256}
    try:
        write_model(output, quantise(graph), dataclasses.replace(found.description, card=card))
    except OSError as error:
        raise DataError(f"{output} cannot be written: {error.strerror or error}") from error
    texts = sample.load("test").texts[:TEXTS]
    before, after = (load(each).predict_proba(texts) for each in (path, output))
    moved = abs(before - after)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.2f} MB instead of {found.size / 1e6:.2f}")
    click.echo(
        f"on {TEXTS} texts probabilities moved by {moved.mean():.4f} in the mean, {moved.max():.4f} at most"
    )
