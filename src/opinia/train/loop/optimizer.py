"""Adam with the steps of Keras's, its step sizes, and weights averaged over the steps."""

from __future__ import annotations

import copy
import inspect
import math
from typing import Any, Generic, TypeVar

import torch

_Optimizer = TypeVar("_Optimizer", bound=torch.optim.Optimizer)


def _without_compiler(optimizer: type[_Optimizer]) -> type[_Optimizer]:
    """Return an optimizer of PyTorch that takes the same steps, and leaves the compiler alone.

    PyTorch wraps methods so that ``torch.compile`` passes over them. The wrappers import the compiler at
    their first call, compiled or not: seconds of each process that trains. The compiler also makes
    ``torchinductor_USER`` in the temporary folder, and asks the system's name service who the user is.
    """
    methods = {name: inspect.unwrap(method) for name, method in inspect.getmembers(optimizer, _is_wrapped)}
    methods["step"] = torch.no_grad()(inspect.unwrap(optimizer.step))
    return type(optimizer.__name__, (optimizer,), methods)


def _is_wrapped(member: object) -> bool:
    return inspect.isfunction(member) and hasattr(member, "__wrapped__")


Adam = _without_compiler(torch.optim.Adam)
LBFGS = _without_compiler(torch.optim.LBFGS)
ADAM_EPSILON = 1e-7
ADAM_BETAS = (0.9, 0.999)


def adam(
    network: torch.nn.Module, *, learning_rate: float, encoder_lr_scale: float = 1.0
) -> torch.optim.Adam:
    """Return the optimizer of the published network; call :func:`prepare_step` before each step.

    Args:
        network: what it changes.
        learning_rate: the step size.
        encoder_lr_scale: share of it that embedding and LSTM get.
    """
    head = ("dense.", "output.")
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [{"params": [p for _, p in named], "share": 1.0}]
    if encoder_lr_scale != 1.0:
        groups = [
            {"params": [p for name, p in named if name.startswith(head)], "share": 1.0},
            {"params": [p for name, p in named if not name.startswith(head)], "share": encoder_lr_scale},
        ]
    return Adam(groups, lr=learning_rate, betas=ADAM_BETAS, eps=ADAM_EPSILON, fused=True)


def prepare_step(optimizer: torch.optim.Optimizer, step: int, *, learning_rate: float) -> None:
    """Set the step size, and the epsilon with which PyTorch's Adam takes the step of Keras's.

    Both divide by ``sqrt(v) + epsilon``, but Keras adds epsilon before it corrects the bias of
    ``v`` ("epsilon hat" in Kingma & Ba 2014, section 2), PyTorch after. It matters where gradients
    are as small as epsilon, and in the first steps.

    Args:
        optimizer: of :func:`adam`.
        step: number of the step, from 1 over all epochs.
        learning_rate: the step size.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group.get("share", 1.0)
        group["eps"] = ADAM_EPSILON / math.sqrt(1 - ADAM_BETAS[1] ** step)


START = 10
_Network = TypeVar("_Network", bound=torch.nn.Module)


class Average(Generic[_Network]):
    """An exponential moving average of a network's weights (Polyak & Juditsky 1992).

    Args:
        network: whose weights are followed.
        decay: share of the average that a step keeps, once enough steps are over.
    """

    def __init__(self, network: _Network, decay: float) -> None:
        self.network = copy.deepcopy(network)
        self.decay = decay

    def follow(self, network: _Network, step: int) -> None:
        """Take in the weights after a step, numbered from 1."""
        decay = min(self.decay, (1 + step) / (START + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.network.parameters()), list(network.parameters()), 1 - decay)
