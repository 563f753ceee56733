"""Weights that a network is given: of a checkpoint, of another run, of a model file.

PyTorch casts and skips much without a word; here nothing is taken but what fits. Embeddings of a network
that is begun with may be wider, and are narrowed. An LSTM sees a word through one product, that of its
embedding and the input kernel. The best product of two narrower matrices takes their place: what the
kernel receives changes least, in the mean over the words of the training texts (Eckart & Young 1936,
weighted by frequency).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from opinia.data.corpus import Corpus
from opinia.errors import ModelFileError, TrainingError
from opinia.graph.weights import read_weights
from opinia.runs.checkpoint import DAMAGE, load_checkpoint, reason_of
from opinia.runs.folder import RunFolder
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.train.network.sentiment_network import SentimentNetwork, state_dict_of
from opinia.train.start_model import start_model

_CHANGING = ("lr", "eps")
_NEEDED = {"params", "share", "betas", *_CHANGING}


def take_weights(network: torch.nn.Module, weights: Any) -> None:
    """Give a network its weights.

    Args:
        network: receives them; it has those that it had where they are refused.
        weights: of its ``state_dict``.

    Raises:
        RuntimeError: they are of another network, or of another type of number.
        TypeError: they are no weights at all.
    """
    own = network.state_dict()
    if not isinstance(weights, dict):
        raise TypeError("no weights")
    if {name: _form(tensor) for name, tensor in weights.items()} != {n: _form(t) for n, t in own.items()}:
        raise RuntimeError("the weights of another network")
    network.load_state_dict(weights)


def take_optimizer(optimizer: torch.optim.Optimizer, saved: Any) -> None:
    """Give an optimizer of the Adam family its moments.

    Args:
        optimizer: receives them; its settings are those that it was made with.
        saved: of its ``state_dict``.

    Raises:
        ValueError: they are of another network, or of an optimizer with other settings.
        LookupError, TypeError, AttributeError: they are no moments at all.
    """
    own = optimizer.state_dict()["param_groups"]
    if not isinstance(saved["param_groups"], list) or not isinstance(saved["state"], dict):
        raise TypeError("no moments")
    if len(saved["param_groups"]) != len(own):
        raise ValueError("its optimizer is of another recipe")
    for group, there in zip(own, saved["param_groups"], strict=True):
        fixed = group.keys() & there.keys() - {*_CHANGING}
        same = [_same(group[name], there[name]) for name in fixed]
        if not all(same) or not _NEEDED & group.keys() <= there.keys():
            raise ValueError("its optimizer is of another recipe")
        if not all(_is_size(there[name]) for name in _CHANGING):
            raise ValueError("its optimizer has impossible step sizes")
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, state in saved["state"].items():
        if type(number) is not int or not 0 <= number < len(parameters):
            raise ValueError("its optimizer is of another network")
        form = _form(parameters[number])
        if [_form(state[name]) for name in ("exp_avg", "exp_avg_sq")] != [form, form]:
            raise ValueError("its optimizer is of another network")
        if not isinstance(state["step"], torch.Tensor) or not _is_size(float(state["step"])):
            raise ValueError("its optimizer has impossible steps")
        if state.keys() != {"step", "exp_avg", "exp_avg_sq"}:
            raise ValueError("its optimizer is another one")
    optimizer.load_state_dict(saved)


def _form(tensor: torch.Tensor) -> tuple[torch.Size, torch.dtype, torch.layout]:
    return tensor.shape, tensor.dtype, tensor.layout


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _is_size(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value < math.inf


_PAIRS = {
    "embedding.weight": "bidirectional.directions.0.weight_ih_l0",
    "backward_embedding.weight": "bidirectional.directions.1.weight_ih_l0",
}
"""The embedding that each direction has to itself, and the kernel that reads it."""


def narrow_embeddings(weights: dict[str, Tensor], width: int, counts: Tensor) -> dict[str, Tensor]:
    """Return the weights of a network of separate embeddings with embeddings of fewer numbers.

    Args:
        weights: of a :class:`~opinia.train.network.sentiment_network.SentimentNetwork`, by name; they stay as
            they are.
        width: dimension of the embedding, at most that of now.
        counts: how often each id occurs, ``(vocabulary,)``.
    """
    narrowed = dict(weights)
    for embedding, kernel in _PAIRS.items():
        narrowed[embedding], narrowed[kernel] = _factorise(
            weights[embedding].double(), weights[kernel].double(), width, counts.double()
        )
    return narrowed


def _factorise(embedding: Tensor, kernel: Tensor, width: int, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Return an embedding ``(vocabulary, width)`` and a kernel ``(gates, width)`` of nearly their product."""
    # With root @ root.T = kernel.T @ kernel, distances between rows of embedding @ root are those between
    # what the gates receive, so that the directions of most variance there are the ones to keep.
    values, vectors = torch.linalg.eigh(kernel.T @ kernel)
    scales = values.clamp(min=values.max() * 1e-12).sqrt()
    words = embedding @ (vectors * scales)
    shares = (counts + 1) / (counts + 1).sum()  # a word that training does not hold counts a little, too
    _, directions = torch.linalg.eigh(words.T @ (shares.unsqueeze(1) * words))
    # Turned at random, all columns weigh alike: dropout and 8 bits treat them so.
    generator = torch.Generator().manual_seed(0)
    turn, _ = torch.linalg.qr(torch.randn(width, width, generator=generator, dtype=torch.float64))
    kept = directions[:, -width:] @ turn.to(words.device)
    narrow, read = words @ kept, kernel @ (vectors / scales) @ kept
    size = (embedding.square().mean() / narrow.square().mean()).sqrt()
    return (narrow * size).float(), (read / size).float()


def _shape_hint(card: Mapping[str, Any], recipe: NetworkRecipe) -> str:
    """Say which sizes of a recipe are to be those of a model, as far as its card tells them."""
    theirs = card.get("network")
    names = ("embedding", "units", "layers", "dense", "pooling", "separate_embeddings", "subwords")
    wanted = [
        f"{name} = {_toml(theirs[name])}"
        for name in names
        if isinstance(theirs, Mapping) and name in theirs and theirs[name] != getattr(recipe, name)
    ]
    if not wanted:
        return "it must have the same sizes in [network]; separate embeddings may be wider"
    return f"set {', '.join(wanted)} in [network], or give --data and --init-from without a RECIPE"


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def begin_with(
    start: Path,
    network: SentimentNetwork,
    *,
    tokenizer: Tokenizer,
    classes: tuple[str, ...],
    training: Corpus,
    grows: bool = False,
    new_output: bool = False,
) -> None:
    """Give a network the weights that a run is judged by, or those of a model file.

    Args:
        start: folder of a run with its checkpoint, or a model file of :func:`save`, of the same words
            and shape; its embeddings may be wider where each direction has its own (see
            :mod:`opinia.train.network.weights`).
        network: receives the weights.
        tokenizer: names its words.
        classes: names those that it tells apart, in the order of their numbers.
        training: the reviews that it learns from; their words count where embeddings are narrowed.
        grows: take weights of fewer words, too. What the network begins with has the words first; each of
            the others begins as the unknown word.
        new_output: take weights of other classes, too, without their output layer: what the classes are,
            :mod:`opinia.train.network.probe` finds out.

    Raises:
        TrainingError: it is not there, is damaged, or has other words, other classes or another shape.
    """
    file = start if start.is_file() else RunFolder(start).last
    import onnx  # a lent machine has none, and begins with nothing

    try:
        model = start_model(file)
        description = model.description
        if description.labels != classes and not new_output:
            raise TrainingError(
                f"training cannot begin with {start}: its classes are {', '.join(description.labels)}, "
                f"and those of the reviews {', '.join(classes)}",
                hint="the names must be the same, in the same order",
            )
        known = description.tokenizer
        if known != tokenizer and not (grows and known.kind == tokenizer.kind and _begins(tokenizer, known)):
            raise TrainingError(
                f"training cannot begin with {start}: it has another vocabulary",
                hint="training begins with one of the same [text] and the same split of the reviews",
            )
        if file == start:
            weights = state_dict_of(read_weights(onnx.load_model_from_string(model.to_bytes())))
        else:
            weights = _judged(RunFolder(start))
        width = network.recipe.embedding
        if network.backward_embedding is not None and weights["embedding.weight"].shape[1] > width:
            counts = np.bincount(training.ids, minlength=len(tokenizer))[: len(known)]
            weights = narrow_embeddings(weights, width, torch.from_numpy(counts))
        if grows:
            weights = _grown(weights, len(tokenizer))
        if new_output:
            weights |= {name: each for name, each in network.state_dict().items() if name in _OUTPUT}
        if _shapes(weights) != _shapes(network.state_dict()):
            raise TrainingError(
                f"training cannot begin with {start}: its network has another shape",
                hint=_shape_hint(model.description.card, network.recipe),
            )
        network.load_state_dict(weights)
    except (ModelFileError, *DAMAGE) as error:
        reason = error.message if isinstance(error, ModelFileError) else reason_of(error)
        raise TrainingError(
            f"training cannot begin with {start}: {reason}",
            hint="training.init_from names a model file, or the folder of a run that has been trained",
        ) from error


_OUTPUT = ("output.weight", "output.bias")
_NOISE = 0.1
"""Of the embedding of a new word, as a share of the deviation of all: two of them are not the same."""


def _begins(tokenizer: Tokenizer, known: Tokenizer) -> bool:
    return tokenizer.words[: len(known.words)] == known.words


def _grown(weights: dict[str, torch.Tensor], words: int) -> dict[str, torch.Tensor]:
    """Return weights with embeddings of more words, each new one nearly that of the unknown word."""
    grown = dict(weights)
    generator = torch.Generator().manual_seed(0)
    for name in _PAIRS:
        if name not in weights:
            continue
        table = weights[name]
        noise = torch.randn(words - len(table), table.shape[1], generator=generator)
        grown[name] = torch.cat([table, table[UNKNOWN_ID] + _NOISE * table.std() * noise])
    return grown


def _judged(run: RunFolder) -> dict[str, torch.Tensor]:
    """Return the weights of a run's checkpoint that are validated and kept."""
    saved = load_checkpoint(run.checkpoint)
    weights: dict[str, torch.Tensor] = saved.get("average", saved["network"])
    return weights


def _shapes(weights: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in weights.items()}
