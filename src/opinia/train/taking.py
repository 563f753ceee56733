"""Take what a checkpoint holds, and nothing but that: PyTorch casts and skips much without a word."""

from __future__ import annotations

import math
from typing import Any

import torch

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
