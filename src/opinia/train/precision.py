"""In which numbers the products of training are taken: float32, or bfloat16 where the device has it."""

from __future__ import annotations

import contextlib
import functools
from contextlib import AbstractContextManager

import torch
from torch import nn


def precision_of(device: str, *, bfloat16: bool) -> AbstractContextManager[object]:
    """Return the context of a forward pass.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
        bfloat16: take the products in bfloat16 (autocast). A device that has no such LSTM, as processors
            without AVX-512, computes in float32 instead: slower, and no less exact.
    """
    if bfloat16 and has_bfloat16_lstm(device):
        return torch.autocast(device, torch.bfloat16)
    return contextlib.nullcontext()


@functools.cache
def has_bfloat16_lstm(device: str) -> bool:
    """Tell whether PyTorch trains an LSTM in bfloat16 here; no property of the processor says so, a try does.

    The try is made once a process and draws weights: it must leave the random numbers as they are, or the
    first training of a process would draw others than the second. On a GPU the other products are in
    bfloat16 anyway (see :func:`opinia.train.recurrent.cuda_lstm_dtype`).
    """
    if device == "cuda":
        return True
    try:
        with (
            torch.random.fork_rng([]),
            torch.enable_grad(),
            torch.autocast(device, torch.bfloat16),
        ):
            states, _ = nn.LSTM(2, 2, device=device)(torch.zeros(1, 1, 2, device=device))
            torch.autograd.backward(states.float().sum())
    except RuntimeError:
        return False
    return True
