"""``opinia quantise MODEL -o OUT``: a model file in 8 bits, smaller and faster."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia import extras, shell
from opinia.cli.helpers.labelled import judge, labelled_form, labelled_options
from opinia.cli.helpers.models import say_unfinished
from opinia.cli.helpers.options import DataName, FilledPath, ModelPath, TableForm
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.model.file import read_model, write_model
from opinia.model.shipped import find_model

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

    from opinia.model.file import Model

TEXTS = 200


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.option("-o", "--output", type=FilledPath(path_type=Path), required=True, help="File to write.")
@click.option("--force", is_flag=True, help="Replace the file.")
@click.option(
    "--validation",
    metavar="DATA",
    type=DataName(),
    help="Of a cascade: labelled texts that it has not learnt from, on which the threshold of its small "
    "network is chosen anew, such as imdb:validation, own:validation or reviews.csv.",
)
@labelled_options
def command(
    model: Path, *, output: Path, force: bool, validation: str | None, source: Path | None, **reading: Any
) -> None:
    """Write MODEL with its embeddings and LSTMs in 8 bits.

    MODEL is a model file (.onnx), a run folder (its best model) or the name of a model that comes with
    opinia. The answers move a little, independently of the batch: `opinia evaluate` shows what it does
    to accuracy on reviews of your own.

    A cascade asks a small network first, from whose answers on was chosen in 32 bits; --validation names the
    texts on which it is chosen again.
    """
    extras.require("opinia quantise", *extras.WRITING_MODELS)
    import onnx

    from opinia.data import sample
    from opinia.graph.cascade import is_cascade
    from opinia.graph.quantise import is_quantised, quantise
    from opinia.graph.weights import read_weights

    path = find_model(model)
    say_unfinished(path, LANGUAGES["en"])
    found = read_model(path)
    graph = onnx.load_model_from_string(found.to_bytes())
    if is_quantised(graph):
        raise DataError(
            f"{path} is in 8 bits already",
            hint="there is nothing to do: judge with it as it is",
        )
    if "keras" in found.description.card:
        read_weights(graph)  # of other layers than those of opinia train nothing is known
    if output.exists() and not force:
        raise DataError(f"{output} exists already", hint="--force replaces it")
    if is_cascade(graph) and validation is None:
        again = shell.opinia("quantise", model, "-o", output, "--validation")
        raise DataError(
            f"{path} is a cascade: the threshold of its small network was chosen in 32 bits, and has to be "
            "chosen anew for 8",
            hint=f"name labelled texts that it has not learnt from: `{again} imdb:validation`, or "
            "own:validation, or a table",
        )
    if validation is not None and not is_cascade(graph):
        raise click.UsageError(f"--validation is for cascades, and {path} is one network")
    small = quantise(graph)
    card = {**found.description.card, "quantised_from": found.sha256}
    if validation is not None:
        said = _labelled(validation, path, source, reading)
        small, card["cascade"] = _chosen_anew(small, found, validation, *said)
    try:
        write_model(output, small, dataclasses.replace(found.description, card=card))
    except OSError as error:
        raise DataError(f"{output} cannot be written: {error.strerror or error}") from error
    texts = sample.load("test").texts[:TEXTS]
    before, after = (load(each).predict_proba(texts) for each in (path, output))
    moved = abs(before - after)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.2f} MB instead of {found.size / 1e6:.2f}")
    click.echo(
        f"on {TEXTS} texts probabilities moved by {moved.mean():.4f} in the mean, {moved.max():.4f} at most"
    )
    if validation is not None:
        about = card["cascade"]
        click.echo(
            f"on {validation} the small network answers {about['share']:.1%}: accuracy "
            f"{about['accuracy']:.4f}, of the large one alone {about['accuracy_of_large']:.4f}"
        )


def _labelled(
    data: str, path: Path, source: Path | None, reading: dict[str, Any]
) -> tuple[list[str], NDArray[np.float32]]:
    """Return the texts of DATA, and of each whether it is of the second class."""
    import numpy as np

    own_table = reading.pop("own_table")
    form: TableForm = reading.pop("form")
    options = labelled_form(data, form=form, own_table=own_table, **reading)
    texts: list[str] = []
    labels: list[NDArray[np.int16]] = []

    def keep(_: Sequence[str], some: Sequence[str], truth: NDArray[np.int16], __: object) -> None:
        texts.extend(some)
        labels.append(np.asarray(truth))

    judge(
        data,
        load(path),
        options,
        own_table=own_table,
        source=source,
        language=LANGUAGES["en"],
        on_judged=keep,
    )
    return texts, np.concatenate(labels).astype(np.float32)


def _chosen_anew(
    graph: onnx.ModelProto, model: Model, data: str, texts: list[str], labels: NDArray[np.float32]
) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """Return a cascade with the threshold that texts give, and what its card says of it."""
    import numpy as np

    from opinia.evaluate.first_stage import SUREST, choose_threshold
    from opinia.graph.cascade import with_threshold
    from opinia.model.batches import BatchRunner

    card = model.description.card
    tolerance = card.get("recipe", {}).get("cascade", {}).get("tolerance", 0.0005)
    encode = model.description.tokenizer.encode
    encoded = [np.array(encode(text), np.int32) for text in texts]
    lengths = np.array([len(ids) for ids in encoded], np.int64)
    with tempfile.TemporaryDirectory() as folder:

        def logits(threshold: float) -> NDArray[np.float32]:
            place = Path(folder) / "model.onnx"
            write_model(place, with_threshold(graph, threshold), model.description)
            return BatchRunner(read_model(place)).logits(encoded)[:, 0]

        # All texts to the small network, then all to the large one.
        choice = choose_threshold(logits(0.0), logits(SUREST), labels, lengths, tolerance=float(tolerance))
    about = {**card.get("cascade", {}), **dataclasses.asdict(choice), "chosen_on": data}
    return with_threshold(graph, choice.threshold), about
