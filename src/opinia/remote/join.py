"""At home: what came back, put together into a model file, and shown to say what the network says."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from opinia.data.corpus import Corpus
from opinia.errors import DataError, TrainingError
from opinia.graph.build import build_graph
from opinia.model.file import Description, Model, read_model, write_model
from opinia.remote.pack import Pack
from opinia.remote.parcels import from_bytes, read_parcels, unrounded
from opinia.runs.environment import versions
from opinia.runs.recipe import Recipe, recipe_from_dict
from opinia.system.files import write_atomically
from opinia.train.calibration import Calibration, fit_calibration
from opinia.train.network.sentiment_network import SentimentNetwork, trainable_parameters
from opinia.train.network.weights import narrow_embeddings
from opinia.train.validation import logits_of, measure

COMPARED = 64
"""Reviews that PyTorch and ONNX Runtime both judge, from the shortest to the longest."""
TOLERANCE = 2e-3
TOLERANCE_THERE = 0.5
"""Between PyTorch there and here; it is small, but for weights that came back in 8 bits alone."""


@dataclass(frozen=True)
class Joined:
    """What came of a training on a lent machine.

    Args:
        model: the model file, read back.
        figures: on validation, calibrated; none where it was learnt from.
        differences: largest differences of logits: ``onnx``, between PyTorch and ONNX Runtime in 32 bits;
            ``there``, between PyTorch here and there; ``file``, between PyTorch and the file as written.
        logits: file with the answers to all reviews, for those that learn from them.
    """

    model: Model
    figures: dict[str, float]
    differences: dict[str, float]
    logits: Path


def join(
    pack: Pack,
    folders: Sequence[Path],
    output: Path,
    *,
    number: int = 1,
    chosen: Path | None = None,
    embedding: int | None = None,
) -> Joined:
    """Write the model file of a classifier that came back in parcels.

    Args:
        pack: that it was trained on.
        folders: what each call brought back.
        output: the model file; the answers go beside it, under the same name with ``.npz``.
        number: which seed, from 1.
        chosen: answers of the training that a final one repeats; it gets the calibration of that one.
        embedding: numbers that the embeddings are narrowed to, for a smaller file; None keeps theirs. The
            answers beside the file remain those of the network as it was trained.

    Raises:
        DataError: a parcel is missing, damaged, or of another pack, or the embeddings are no wider.
        TrainingError: PyTorch and ONNX Runtime do not agree, or PyTorch here and there.
        OSError: a file cannot be written.
    """
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    came = read_parcels(files)
    name, weights, about = _weights(came, number, pack)
    answers = _answers(came, number, pack)
    recipe = recipe_from_dict(about["recipe"])
    network = _network(pack, recipe, weights)
    part = "validation" if len(pack.validation) else "labelled"
    reviews = pack.validation if len(pack.validation) else pack.labelled
    if not answers:  # a training that was cut off; what it says of validation is found out here
        answers = {part: torch.from_numpy(logits_of(network, reviews))}
    rows = _rows(reviews)
    some = _taken(reviews, rows)
    differences = _differences(pack, network, some, answers[part].numpy()[rows])
    held_out = answers["validation"].numpy() if len(pack.validation) else None
    of_answers = calibration = _calibration(recipe, pack, held_out, chosen)
    if embedding is not None:
        recipe, network = _narrowed(pack, recipe, weights, embedding)
        if held_out is not None:
            held_out = logits_of(network, pack.validation)
            calibration = _calibration(recipe, pack, held_out, chosen)
    figures: dict[str, float] = {}
    if held_out is not None:
        loss, accuracy = measure(calibration.apply(held_out), pack.validation.labels)
        figures = {"val_loss": loss, "val_accuracy": accuracy}
    graph = build_graph(network.to_numpy(), int8=recipe.network.int8, bias=calibration.bias)
    card = _card(pack, recipe, network, {**about, "figures": figures, "weights": name})
    write_model(output, graph, Description(pack.tokenizer, temperature=calibration.temperature, card=card))
    model = read_model(output)
    of_file = logits_of(model, some) - np.float32(calibration.bias)
    differences["file"] = float(np.abs(of_file - logits_of(network, some)).max())
    place = output.with_suffix(".npz")
    _write_answers(place, answers, of_answers)
    return Joined(model, figures, differences, place)


Came = tuple[dict[str, bytes], dict[str, str]]
"""The parcels that are whole, and what is wrong with the others."""


def _weights(came: Came, number: int, pack: Pack) -> tuple[str, dict[str, Tensor], dict[str, Any]]:
    """Return the weights of a classifier, those in 8 bits where no others came back."""
    contents, problems = came
    name = f"classifier-{number}"
    if name in contents:
        return name, *_parcel(contents, name, pack)
    if f"{name}-rounded" in contents:
        tensors, about = _parcel(contents, f"{name}-rounded", pack)
        return f"{name}-rounded", unrounded(tensors), about
    raise DataError(
        f"{name} did not come back: {problems.get(name) or 'there is nothing of it'}. "
        f"Received: {', '.join(sorted(contents)) or 'nothing that is whole'}",
        hint="one more call sends what is left, and with --resend all of it",
    )


def _answers(came: Came, number: int, pack: Pack) -> dict[str, Tensor]:
    contents, _ = came
    name = f"logits-{number}"
    return _parcel(contents, name, pack)[0] if name in contents else {}


def _parcel(contents: dict[str, bytes], name: str, pack: Pack) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors, about = from_bytes(contents[name])
    if about["pack"] != pack.sha256:
        raise DataError(f"{name} was trained on another pack", hint="name the pack that was carried there")
    return tensors, about


def _network(pack: Pack, recipe: Recipe, weights: dict[str, Tensor]) -> SentimentNetwork:
    network = SentimentNetwork(len(pack.tokenizer), recipe.network)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise DataError(f"the classifier's weights are of another shape: {error}") from error
    return network.eval()


def _narrowed(
    pack: Pack, recipe: Recipe, weights: dict[str, Tensor], width: int
) -> tuple[Recipe, SentimentNetwork]:
    """Return the network with narrower embeddings, and the recipe of its shape."""
    own = recipe.network.embedding
    if not (recipe.network.separate_embeddings and width < own):
        raise DataError(
            f"embeddings of {own} numbers, one for each direction, are narrowed to fewer. Received: {width}"
            if recipe.network.separate_embeddings
            else "the embedding is not narrowed where both directions share one",
            hint="leave --embedding away" if width >= own else "",
        )
    ids = np.concatenate([pack.labelled.ids, pack.unlabelled.ids]).astype(np.int64)
    counts = torch.bincount(torch.from_numpy(ids), minlength=len(pack.tokenizer))
    narrower = recipe.replace({"network.embedding": width})
    return narrower, _network(pack, narrower, narrow_embeddings(weights, width, counts))


def _calibration(
    recipe: Recipe, pack: Pack, held_out: NDArray[np.float32] | None, chosen: Path | None
) -> Calibration:
    if chosen is not None:
        try:
            with np.load(chosen) as saved:
                return Calibration(float(saved["temperature"]), float(saved["bias"]))
        except (OSError, KeyError, ValueError) as error:
            raise DataError(
                f"{chosen} holds no calibration: {error}",
                hint="name the .npz that `opinia remote join` wrote beside the model file that was chosen",
            ) from error
    if held_out is None or not recipe.training.calibrate:
        return Calibration()
    return fit_calibration(held_out, pack.validation.labels)


def _write_answers(path: Path, answers: dict[str, Tensor], calibration: Calibration) -> None:
    """Write the uncalibrated logits of each part, and the calibration beside them."""
    arrays: dict[str, Any] = {name: tensor.numpy() for name, tensor in answers.items()}
    arrays |= {"temperature": np.array(calibration.temperature), "bias": np.array(calibration.bias)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def _rows(reviews: Corpus) -> NDArray[np.intp]:
    """Return some rows, evenly spread over the lengths."""
    order = np.argsort(reviews.lengths, kind="stable")
    return order[np.unique(np.linspace(0, len(order) - 1, min(COMPARED, len(order))).astype(np.intp))]


def _taken(reviews: Corpus, rows: NDArray[np.intp]) -> Corpus:
    pieces = [reviews.reviews()[row] for row in rows]
    starts = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
    return Corpus(np.concatenate(pieces), starts, reviews.labels[rows])


def _differences(
    pack: Pack, network: SentimentNetwork, some: Corpus, there: NDArray[np.float32]
) -> dict[str, float]:
    """Compare the network with its graph in 32 bits, and with what it said there.

    Raises:
        TrainingError: they do not agree.
    """
    here = logits_of(network, some)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_model(path, build_graph(network.to_numpy()), Description(pack.tokenizer))
        onnx = logits_of(read_model(path), some)
    differences = {"onnx": float(np.abs(onnx - here).max()), "there": float(np.abs(there - here).max())}
    for name, allowed in (("onnx", TOLERANCE), ("there", TOLERANCE_THERE)):
        if not differences[name] <= allowed:
            raise TrainingError(
                f"logits of PyTorch and of {'ONNX Runtime' if name == 'onnx' else 'PyTorch there'} differ by "
                f"{differences[name]:.4f}; at most {allowed} is allowed",
                hint="the model file was not written",
            )
    return differences


def _pretraining(settings: dict[str, Any]) -> dict[str, Any]:
    if (
        "language_steps" not in settings
    ):  # it began with a model file, whose card says how that was pretrained
        return {}
    return {"pretraining": {"epochs": settings["epochs"], "steps": settings["language_steps"]}}


def _card(pack: Pack, recipe: Recipe, network: SentimentNetwork, about: dict[str, Any]) -> dict[str, Any]:
    settings = about["settings"]
    return {
        "name": recipe.name,
        **pack.card,
        "network": {"parameters": trainable_parameters(network), **recipe.to_dict()["network"]},
        "recipe": recipe.to_dict(),
        "figures": {"epoch": recipe.training.epochs, **about["figures"]},
        **_pretraining(settings),
        "weights": about["weights"],
        "trained_on": settings.get("gpu", settings["device"]),
        "versions": {**versions(), "torch_there": settings["torch"]},
    }
