"""Products in bfloat16 where the processor has them, in float32 elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from opinia.train.network.recurrent import has_bfloat16_lstm, precision_of

STEP = """
import torch
from opinia.train.network.recurrent import has_bfloat16_lstm, precision_of
lstm = torch.nn.LSTM(3, 4)
with precision_of("cpu", bfloat16=True):
    states, _ = lstm(torch.ones(5, 2, 3))
    torch.autograd.backward(states.float().sum())
assert lstm.weight_hh_l0.grad.abs().sum() > 0
print(has_bfloat16_lstm("cpu"), states.dtype)
"""


def emulates_bfloat16():
    """Tell whether Linux says of an x86 that it has no instructions for bfloat16."""
    found = Path("/proc/cpuinfo")
    flags = found.read_text().partition("flags")[2].partition("\n")[0].split() if found.is_file() else []
    return "sse2" in flags and not {"avx512_bf16", "amx_bf16"}.intersection(flags)


def test_an_lstm_can_be_trained_in_it():
    lstm = nn.LSTM(3, 4)
    with precision_of("cpu", bfloat16=True):
        states, _ = lstm(torch.ones(5, 2, 3))
        product = torch.ones(2, 2) @ torch.ones(2, 2)
        torch.autograd.backward(states.float().sum())
    expected = torch.bfloat16 if has_bfloat16_lstm("cpu") else torch.float32
    assert states.dtype == product.dtype == expected
    assert lstm.weight_hh_l0.grad.dtype == torch.float32


def test_float32_is_left_alone():
    with precision_of("cpu", bfloat16=False):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.skipif(torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"), reason="not an x86")
def test_a_processor_without_avx_512_computes_in_float32():
    less = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run([sys.executable, "-c", STEP], env=less, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "torch.float32"]


@pytest.mark.skipif(not emulates_bfloat16(), reason="no x86 that lacks bfloat16")
def test_a_processor_that_would_emulate_it_computes_in_float32():
    assert not has_bfloat16_lstm("cpu")
