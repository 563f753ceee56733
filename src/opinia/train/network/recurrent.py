"""One direction's LSTMs, one above the other, on the fused kernels of oneDNN and cuDNN, and in which numbers.

They are called layer by layer, each with the weights that dropout has left of it: so weights and what
passes from layer to layer can be dropped, and the kernels stay the fused ones. Products are taken in float32,
or in bfloat16 where the device has it.
"""

from __future__ import annotations

import contextlib
import functools
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.train.network.draws import dropout

State = tuple[Tensor, Tensor]
"""Output and cell of each layer, ``(layers, batch, units)`` each."""

_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_TRIES = 3


def run_lstm(
    lstm: nn.LSTM,
    inputs: Tensor,
    state: State | None = None,
    *,
    weight_dropout: float = 0.0,
    layer_dropout: float = 0.0,
) -> tuple[Tensor, State]:
    """Return what the last layer has after each word, and the state of all layers.

    Args:
        lstm: of one direction, and any number of layers.
        inputs: ``(time, batch, numbers)``.
        state: to begin with; None begins at zero.
        weight_dropout: share of the recurrent weights dropped, the same ones at each word (Merity et al.
            2018, section 2).
        layer_dropout: share of the numbers dropped between layers, the same ones at each word (Gal &
            Ghahramani 2016).

    Returns:
        ``(time, batch, units)``, and the state after the last word.
    """
    states = []
    outputs = inputs
    for layer in range(lstm.num_layers):
        if layer and layer_dropout:
            outputs = drop_numbers(outputs, layer_dropout)
        weights: list[Tensor] = [lstm.get_parameter(f"{name}_l{layer}") for name in _WEIGHTS]
        if weight_dropout:
            weights[1] = F.dropout(weights[1], weight_dropout)
        if state is None:
            zeros = outputs.new_zeros(1, outputs.shape[1], lstm.hidden_size)
            before = (zeros, zeros)
        else:
            before = (state[0][layer : layer + 1], state[1][layer : layer + 1])
        outputs, *after = _layer(outputs, before, weights, training=lstm.training)
        states.append(after)
    if len(states) == 1:
        return outputs, (states[0][0], states[0][1])
    return outputs, (torch.cat([s[0] for s in states]), torch.cat([s[1] for s in states]))


def drop_numbers(sequence: Tensor, share: float) -> Tensor:
    """Drop some of the numbers of ``(time, batch, numbers)``, the same ones at each word of a review."""
    return sequence * dropout(torch.ones_like(sequence[:1]), share, rows=1)


def drop_words(table: Tensor, share: float) -> Tensor:
    """Return a factor for each word of a table of embeddings, ``(vocabulary, 1)``: 0 for those dropped."""
    return F.dropout(torch.ones_like(table[:, :1]), share)


def _layer(
    inputs: Tensor, state: State, weights: list[Tensor], *, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    if not (inputs.is_cuda and torch.is_autocast_enabled("cuda")):
        return torch.lstm(inputs, state, weights, True, 1, 0.0, training, False, False)
    # Autocast would hand cuDNN half-precision floats, whatever its settings are, and small gradients would
    # vanish in them. So the numbers are cast here.
    kind = cuda_lstm_dtype()
    with torch.autocast("cuda", enabled=False):
        return torch.lstm(
            inputs.to(kind),
            (state[0].to(kind), state[1].to(kind)),
            [weight.to(kind) for weight in weights],
            True,
            1,
            0.0,
            training,
            False,
            False,
        )


@functools.cache
def cuda_lstm_dtype() -> torch.dtype:
    """Return in which numbers cuDNN's LSTM is fastest here: bfloat16, or float32 (on TF32 products)."""
    seconds = cuda_lstm_seconds()
    return torch.bfloat16 if seconds[torch.bfloat16] < seconds[torch.float32] else torch.float32


@functools.cache
def cuda_lstm_seconds() -> dict[torch.dtype, float]:
    """Return how long cuDNN's LSTM takes in bfloat16 and in float32; infinitely long where there is none.

    cuDNN knows LSTMs in bfloat16 since 9.13, and PyTorch since 2.10; before, they fail, or are read word
    by word, which only a measurement shows. It takes a tenth of a second, once.
    """
    # Weights that dropout or a cast has made anew are brought together at each call, which is said as a
    # warning: a copy of a few megabytes on the device.
    warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous")
    return {kind: _seconds(kind) for kind in (torch.bfloat16, torch.float32)}


def _seconds(kind: torch.dtype) -> float:
    """Return how long one LSTM takes there and back; infinitely long where there is none."""
    with (
        torch.random.fork_rng([torch.cuda.current_device()]),  # whoever trains draws what he would have drawn
        torch.autocast("cuda", enabled=False),
        torch.enable_grad(),
    ):
        lstm = nn.LSTM(512, 1024, device="cuda", dtype=kind)
        words = torch.randn(64, 128, 512, device="cuda", dtype=kind)

        def once() -> None:
            torch.autograd.backward(lstm(words)[0].float().sum())

        try:
            return _fastest(once)
        except RuntimeError:
            return float("inf")


def _fastest(work: Callable[[], None]) -> float:
    times = []
    for _ in range(_TRIES + 1):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def precision_of(device: str, *, bfloat16: bool) -> AbstractContextManager[object]:
    """Return the context of a forward pass.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
        bfloat16: take the products in bfloat16 (autocast). A device that has no such LSTM, or emulates it,
            as processors without AVX-512's bfloat16 or AMX, computes in float32 instead: no less exact,
            and there three times as fast.
    """
    if bfloat16 and has_bfloat16_lstm(device):
        return torch.autocast(device, torch.bfloat16)
    return contextlib.nullcontext()


@functools.cache
def has_bfloat16_lstm(device: str) -> bool:
    """Tell whether PyTorch trains an LSTM in bfloat16 here, and the processor has the instructions for it.

    Where an x86 lacks them, PyTorch emulates them. Whether it has the LSTM at all, a try says, no property.
    The try is made once a process and draws weights: it must leave the random numbers as they are, or the
    first training of a process would draw others than the second. On a GPU the other products are in
    bfloat16 anyway (see :func:`opinia.train.network.recurrent.cuda_lstm_dtype`).
    """
    if device == "cuda":
        return True
    if not _multiplies_bfloat16():
        return False
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


def _multiplies_bfloat16() -> bool:
    """Tell whether a processor multiplies bfloat16 by instructions of its own; of others than x86 true."""
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        return True
    tests = (
        getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
    return any(test is None or test() for test in tests)
