"""Write the golden files of the network, made by the real Keras layers on TensorFlow.

Run in the Keras environment (see ../README.md):

    python benchmarks/golden/keras_network.py

It writes, into ``tests/golden``:

- ``keras_network.npz``: the published network with varied weights, a batch of ids, and its logits;
- ``keras_network_small.npz``: a small network of the same kind, with loss, gradients, and the weights
  after three steps of Adam;
- ``keras_summary.txt``: what ``model.summary()`` prints for the published network after a step of ``fit``.

All weights are in Keras's layout and gate order (input, forget, cell, output), under the names of
:data:`WEIGHT_NAMES`, one name an entry of ``model.get_weights()``.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
WEIGHT_NAMES = (
    "embedding",  # (vocabulary, dimension)
    "forward_kernel",  # (dimension, 4 * units)
    "forward_recurrent_kernel",  # (units, 4 * units)
    "forward_bias",  # (4 * units,)
    "backward_kernel",
    "backward_recurrent_kernel",
    "backward_bias",
    "dense_kernel",  # (2 * units, hidden)
    "dense_bias",  # (hidden,)
    "output_kernel",  # (hidden, 1)
    "output_bias",  # (1,)
)
LENGTHS = (17, 300, 1, 0, 90, 2, 300, 17, 1, 90, 3, 64)
SMALL_LENGTHS = (5, 0, 1, 12, 9, 2, 20, 3)


def build(*, vocabulary: int, dimension: int, units: int, hidden: int) -> keras.Model:
    """Return the network, from ids ``(batch, time)`` to logits ``(batch, 1)``."""
    return keras.Sequential(
        [
            keras.Input(shape=(None,), dtype="int32"),
            keras.layers.Embedding(vocabulary, dimension, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(units)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(1),
        ]
    )


def varied_weights(model: keras.Model, generator: np.random.Generator) -> list[np.ndarray]:
    """Return weights that give logits of a few units, each exactly a float16 (so the file is small)."""
    weights = []
    for name, weight in zip(WEIGHT_NAMES, model.get_weights(), strict=True):
        if name == "embedding":
            scale = 0.7
        elif name.endswith("bias"):
            scale = 0.4
        else:
            scale = {"output_kernel": 4.0, "dense_kernel": 4.0}.get(name, 1.0) / np.sqrt(weight.shape[0])
        drawn = generator.normal(0.0, scale, weight.shape)
        if name in ("forward_bias", "backward_bias"):
            units = len(weight) // 4
            drawn[units : 2 * units] += 1.0
        weights.append(drawn.astype(np.float16).astype(np.float32))
    return weights


def padded_ids(lengths: tuple[int, ...], vocabulary: int, generator: np.random.Generator) -> np.ndarray:
    """Return ids ``(batch, longest)``, from 1 up, padded on the right with zeros."""
    ids = np.zeros((len(lengths), max(lengths)), dtype=np.int32)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = generator.integers(1, vocabulary, length)
    return ids


def write_npz(name: str, arrays: dict[str, np.ndarray]) -> None:
    """Write a compressed NumPy archive whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes(name, buffer.getvalue())


def write_bytes(name: str, content: bytes) -> None:
    """Write a golden file whole or not at all."""
    temporary = GOLDEN / f".{name}.tmp"
    temporary.write_bytes(content)
    temporary.replace(GOLDEN / name)
    print(f"{name}: {len(content):,} bytes")


def versions() -> np.ndarray:
    """Return what made the file, as a string array that loads without pickle."""
    return np.array(f"keras {keras.__version__}, tensorflow {tf.__version__}")


def write_published() -> None:
    """Write the logits of the published network."""
    generator = np.random.default_rng(2024)
    model = build(vocabulary=1000, dimension=64, units=64, hidden=64)
    weights = varied_weights(model, generator)
    model.set_weights(weights)
    ids = padded_ids(LENGTHS, 1000, generator)
    logits = model(ids).numpy()
    print("logits:", logits.ravel().round(3))
    arrays = dict(zip(WEIGHT_NAMES, weights, strict=True))
    arrays.update(ids=ids.astype(np.uint16), lengths=np.array(LENGTHS, np.int64), logits=logits)
    arrays["versions"] = versions()
    write_npz("keras_network.npz", arrays)


def loss_and_gradients(
    model: keras.Model, ids: np.ndarray, labels: np.ndarray
) -> tuple[np.float32, np.ndarray, list[tf.Tensor | tf.IndexedSlices]]:
    """Return the mean binary cross-entropy, the logits, and the gradient of each weight."""
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        logits = model(ids, training=True)
        loss = loss_of(labels[:, None], logits)
    return loss.numpy(), logits.numpy(), tape.gradient(loss, model.trainable_weights)


def write_small() -> None:
    """Write loss, gradients and three steps of Adam of a small network, by two ways.

    ``after_3_steps_*`` is Keras's Adam on the gradients as the chain rule gives them. In ``fit`` and
    ``train_on_batch`` (``after_3_fit_steps_*``) the gradient of the embedding arrives as a list of one
    entry an occurrence of a word, and Keras on TensorFlow squares each entry for the second moment, where
    Adam squares their sum: there the embedding takes other steps.
    """
    generator = np.random.default_rng(7)
    model = build(vocabulary=50, dimension=6, units=8, hidden=5)
    weights = varied_weights(model, generator)
    model.set_weights(weights)
    ids = padded_ids(SMALL_LENGTHS, 50, generator)
    labels = np.array([1, 0, 0, 1, 1, 0, 0, 1], np.float32)
    loss, logits, gradients = loss_and_gradients(model, ids, labels)
    print("small logits:", logits.ravel().round(3), "loss:", float(loss))

    arrays = dict(zip(WEIGHT_NAMES, weights, strict=True))
    arrays.update(ids=ids, lengths=np.array(SMALL_LENGTHS, np.int64), labels=labels)
    arrays.update(logits=logits, loss=loss)
    for name, gradient in zip(WEIGHT_NAMES, gradients, strict=True):
        arrays[f"gradient_{name}"] = tf.convert_to_tensor(gradient).numpy()

    optimizer = keras.optimizers.Adam(0.001)
    for _ in range(3):
        _, _, gradients = loss_and_gradients(model, ids, labels)
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        optimizer.apply(dense, model.trainable_variables)
    for name, weight in zip(WEIGHT_NAMES, model.get_weights(), strict=True):
        arrays[f"after_3_steps_{name}"] = weight

    model.set_weights(weights)
    model.compile(
        optimizer=keras.optimizers.Adam(0.001), loss=keras.losses.BinaryCrossentropy(from_logits=True)
    )
    for _ in range(3):
        model.train_on_batch(ids, labels[:, None])
    for name, weight in zip(WEIGHT_NAMES, model.get_weights(), strict=True):
        arrays[f"after_3_fit_steps_{name}"] = weight
    arrays["versions"] = versions()
    write_npz("keras_network_small.npz", arrays)


def write_summary() -> None:
    """Write what Keras prints for the published network once its optimizer has its state."""
    keras.backend.clear_session()
    texts = tf.constant([f"word{i % 997} and word{i % 991}" for i in range(4000)])
    encoder = keras.layers.TextVectorization(max_tokens=1000)
    encoder.adapt(texts)
    model = keras.Sequential(
        [
            encoder,
            keras.layers.Embedding(1000, 64, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(64)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.001), loss=keras.losses.BinaryCrossentropy(from_logits=True)
    )
    labelled = tf.data.Dataset.from_tensor_slices((texts[:8], tf.constant([[1.0], [0.0]] * 4)))
    model.fit(labelled.batch(8), shuffle=False, verbose=0)
    lines: list[str] = []
    model.summary(print_fn=lambda line, line_break=False: lines.append(line), line_length=80)
    write_bytes("keras_summary.txt", ("\n".join(lines).rstrip() + "\n").encode())
    print("\n".join(lines))


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_published()
    write_small()
    write_summary()
