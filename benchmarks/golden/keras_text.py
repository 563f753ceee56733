"""Write the golden files of the tokenizer, made by the real Keras ``TextVectorization`` layer.

Run in the Keras environment (see ../README.md):

    python benchmarks/golden/keras_text.py

It writes, into ``tests/golden``:

- ``keras_text.json.xz``: texts of our own making, and for each of :data:`SIZES` the vocabulary and ids;
- ``keras_imdb_digest.json``: digests of vocabulary and ids over the IMDB train split, only if the
  variable ``OPINIA_DATA`` names a folder with ``train.jsonl.xz``. The texts stay outside.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from awkward_texts import make_texts

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
# The first two cut among words of equal frequency; the last keeps every word.
SIZES = (1000, 54, 20_000)
VERSIONS = {"keras": keras.__version__, "tensorflow": tf.__version__}
DIGEST_RULE = (
    "ids: sha256 over the reviews in file order, for each its number of ids as a little-endian uint32, "
    "then each id as a little-endian uint16, without padding; vocabulary: sha256 of the words without "
    "padding and unknown, most frequent first, joined by a newline, in UTF-8"
)


def batches(texts: Sequence[str], size: int) -> Iterator[tf.Tensor]:
    """Yield the texts as string tensors; bytes, so that a trailing NUL survives the conversion."""
    for start in range(0, len(texts), size):
        yield tf.constant([text.encode() for text in texts[start : start + size]])


def adapted_layer(texts: Sequence[str], max_tokens: int) -> keras.layers.TextVectorization:
    """Return the layer with its defaults, adapted on the texts."""
    layer = keras.layers.TextVectorization(max_tokens=max_tokens)
    layer.adapt(batches(texts, 1024))
    return layer


def layer_words(layer: keras.layers.TextVectorization) -> list[str]:
    """Return the layer's vocabulary without its two special entries.

    It is read from the table that the layer looks words up in: ``get_vocabulary()`` shows the same words,
    but takes NUL characters off their ends, because it passes them through a NumPy string array.
    """
    words, ids = (tensor.numpy() for tensor in layer._lookup_layer.lookup_table.export())
    ordered = [words[i].decode() for i in np.argsort(ids)]
    if sorted(ids) != list(range(2, len(words) + 2)):
        raise ValueError("expected the ids of words to run from 2 without a gap")
    if layer.get_vocabulary() != ["", "[UNK]", *(word.rstrip("\x00") for word in ordered)]:
        raise ValueError("get_vocabulary() shows something else than the table")
    return ordered


def layer_ids(layer: keras.layers.TextVectorization, texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield the ids of each text, without the padding on the right."""
    for batch in batches(texts, 250):
        for row in layer(batch).numpy():
            length = int(np.count_nonzero(row))
            if row[length:].any():
                raise ValueError("a padding id stands between words")
            yield row[:length]


def write(name: str, content: bytes) -> None:
    """Write a golden file whole or not at all."""
    temporary = GOLDEN / f".{name}.tmp"
    temporary.write_bytes(content)
    temporary.replace(GOLDEN / name)
    print(f"{name}: {len(content):,} bytes")


def write_golden_texts() -> None:
    """Write texts, vocabularies and ids."""
    texts = make_texts()
    layers = []
    for max_tokens in SIZES:
        layer = adapted_layer(texts, max_tokens)
        ids = [row.tolist() for row in layer_ids(layer, texts)]
        layers.append({"max_tokens": max_tokens, "words": layer_words(layer), "ids": ids})
    golden = {"versions": VERSIONS, "texts": texts, "layers": layers}
    serialised = json.dumps(golden, separators=(",", ":")).encode()
    write("keras_text.json.xz", lzma.compress(serialised, preset=9 | lzma.PRESET_EXTREME))


def write_imdb_digest(folder: Path) -> None:
    """Write the digests over the IMDB train split."""
    with lzma.open(folder / "train.jsonl.xz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    layer = adapted_layer(texts, 1000)
    digest = hashlib.sha256()
    tokens = 0
    for row in layer_ids(layer, texts):
        digest.update(np.array(len(row), "<u4").tobytes())
        digest.update(row.astype("<u2").tobytes())
        tokens += len(row)
    golden = {
        "versions": VERSIONS,
        "rule": DIGEST_RULE,
        "max_tokens": 1000,
        "reviews": len(texts),
        "tokens": tokens,
        "ids_sha256": digest.hexdigest(),
        "vocabulary_sha256": hashlib.sha256("\n".join(layer_words(layer)).encode()).hexdigest(),
    }
    write("keras_imdb_digest.json", (json.dumps(golden, indent=2) + "\n").encode())
    print(json.dumps(golden, indent=2))


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_golden_texts()
    if "OPINIA_DATA" in os.environ:
        write_imdb_digest(Path(os.environ["OPINIA_DATA"]))
    else:
        print("keras_imdb_digest.json: left as it is, because OPINIA_DATA names no folder")
