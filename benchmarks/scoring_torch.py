"""A file through networks in PyTorch: the published one, and DistilBERT's shape in fp32 and int8.

    python scoring_torch.py lstm IN.csv OUT.csv WEIGHTS.npz ROWS
    python scoring_torch.py distilbert IN.csv OUT.csv - ROWS
    python scoring_torch.py distilbert-int8 IN.csv OUT.csv - ROWS

The LSTM has the weights of opinia's model. DistilBERT's are random, for speed does not depend on them; it
reads 512 tokens of a text at most, as the published one does, so of long texts it does less. Batches are
padded to their longest text, in the order of the file. Runs in the environment of the peers, as a process
of ``scoring.py``.
"""

from __future__ import annotations

import re
import string
import sys
import warnings
import zlib
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from bench_tools import answer, read_texts, score_file
from scoring_transformer import MAX_TOKENS, VOCABULARY, DistilBert

BATCH_SIZE = 32
PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
PIECES = re.compile(r"\w+|[^\w\s]")

Scorer = Callable[[list[str]], list[float]]


class LSTMClassifier(nn.Module):
    """The published network, as PyTorch's users write it: padded batches, packed for the LSTM."""

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


def lstm_scorer(path: str) -> Scorer:
    """Return what judges texts with the published network."""
    with np.load(path) as archive:
        weights = {name: archive[name] for name in archive.files}
    model = LSTMClassifier(weights).eval()
    ids_of = {str(word): number for number, word in enumerate(weights["words"], start=2)}
    temperature = float(weights["temperature"])

    @torch.inference_mode()
    def score(texts: list[str]) -> list[float]:
        shares: list[float] = []
        for start in range(0, len(texts), BATCH_SIZE):
            encoded = []
            for text in texts[start : start + BATCH_SIZE]:
                words = PUNCTUATION.sub("", text.lower()).split()
                encoded.append(torch.tensor([ids_of.get(word, 1) for word in words] or [0]))
            lengths = torch.tensor([len(ids) for ids in encoded])
            logits = model(pad_sequence(encoded, batch_first=True), lengths)
            shares += torch.sigmoid(logits / temperature).tolist()
        return shares

    return score


def transformer_scorer(*, int8: bool) -> Scorer:
    """Return what judges texts with DistilBERT's shape.

    Its tokenizer is a cheap stand-in: words and punctuation marks by their checksum, fewer than word
    pieces would be.
    """
    torch.manual_seed(0)
    model: nn.Module = DistilBert().eval()
    if int8:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch is about to move it to another package
            model = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)

    @torch.inference_mode()
    def score(texts: list[str]) -> list[float]:
        shares: list[float] = []
        for start in range(0, len(texts), BATCH_SIZE):
            encoded = []
            for text in texts[start : start + BATCH_SIZE]:
                pieces = PIECES.findall(text.lower())[: MAX_TOKENS - 2]
                ids = [
                    101,
                    *(1000 + zlib.crc32(piece.encode()) % (VOCABULARY - 1000) for piece in pieces),
                    102,
                ]
                encoded.append(torch.tensor(ids))
            ids = pad_sequence(encoded, batch_first=True)
            shares += torch.softmax(model(ids, ids != 0), dim=1)[:, 1].tolist()
        return shares

    return score


def main() -> None:
    """Measure one file."""
    kind, source, target, path, rows = sys.argv[1:]
    score = lstm_scorer(path) if kind == "lstm" else transformer_scorer(int8=kind.endswith("int8"))
    score(read_texts(source, 100 if kind == "lstm" else 2))
    measured = score_file(source, target, score, rows=int(rows))
    answer({**measured, "versions": {"torch": torch.__version__}})


if __name__ == "__main__":
    main()
