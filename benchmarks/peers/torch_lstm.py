"""The published network in PyTorch, as its users write it: padded batches, in the order of the texts."""

from __future__ import annotations

import re
import string

import numpy as np
import torch
from padded import Judge, in_batches
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


class LSTMClassifier(nn.Module):
    """The published network; padded batches are packed for the LSTM."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()
        vocabulary, dimension = weights["embedding"].shape
        units, hidden = weights["forward_bias"].size // 4, weights["dense_bias"].size
        self.embedding = nn.Embedding(vocabulary, dimension, padding_idx=0)
        self.lstm = nn.LSTM(dimension, units, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(2 * units, hidden)
        self.output = nn.Linear(hidden, 1)
        with torch.no_grad():
            self.embedding.weight.copy_(torch.from_numpy(weights["embedding"]))
            for side, suffix in (("forward", ""), ("backward", "_reverse")):
                # Keras's gates are in the order of PyTorch's; its kernels are transposed.
                for part, name in (("kernel", "weight_ih"), ("recurrent_kernel", "weight_hh")):
                    getattr(self.lstm, f"{name}_l0{suffix}").copy_(
                        torch.from_numpy(weights[f"{side}_{part}"].T)
                    )
                getattr(self.lstm, f"bias_ih_l0{suffix}").copy_(torch.from_numpy(weights[f"{side}_bias"]))
                getattr(self.lstm, f"bias_hh_l0{suffix}").zero_()
            for layer, name in ((self.dense, "dense"), (self.output, "output")):
                layer.weight.copy_(torch.from_numpy(weights[f"{name}_kernel"].T))
                layer.bias.copy_(torch.from_numpy(weights[f"{name}_bias"]))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return logits ``(batch,)`` of ids ``(batch, time)``."""
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)  # (2, batch, units)
        state = torch.cat([hidden[0], hidden[1]], dim=1)
        return self.output(torch.relu(self.dense(state)))[:, 0]


def judge_of(path: str) -> Judge:
    """Return what judges texts with the published network."""
    with np.load(path) as archive:
        weights = {name: archive[name] for name in archive.files}
    model = LSTMClassifier(weights).eval()
    ids_of = {str(word): number for number, word in enumerate(weights["words"], start=2)}
    temperature = float(weights["temperature"])

    def encode(text: str) -> list[int]:
        words = PUNCTUATION.sub("", text.lower()).split()
        return [ids_of.get(word, 1) for word in words] or [0]

    return in_batches(encode, lambda ids, lengths: torch.sigmoid(model(ids, lengths) / temperature))
