"""The published network in Keras on TensorFlow, written the way its users write it.

It follows TensorFlow's tutorial "Text classification with an RNN": the TextVectorization layer is part
of the model, an embedding that masks padding, a bidirectional LSTM, batches of 64 of a shuffled
``tf.data`` pipeline, each padded to its longest review; judging goes by ``predict``, in its default batches
of 32. Runs in the Keras environment:

    python keras_lstm.py train --data REVIEWS.json --save MODEL.keras
    echo "A lovely film." | python keras_lstm.py console MODEL.keras
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

BATCH_SIZE = 64


def network(encoder: keras.Layer, vocabulary: int, dimension: int, units: int, hidden: int) -> keras.Model:
    """Return the network behind a layer that makes ids of texts."""
    return keras.Sequential(
        [
            encoder,
            keras.layers.Embedding(vocabulary, dimension, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(units)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(1),
        ]
    )


def build(texts: list[str]) -> keras.Model:
    """Return the compiled network with its vocabulary learnt from the texts."""
    encoder = keras.layers.TextVectorization(max_tokens=1000)
    encoder.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(1024))
    model = network(encoder, 1000, 64, 64, 64)
    model.compile(
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.001),
        metrics=["accuracy"],
    )
    return model


def of_weights(path: str) -> tuple[keras.Model, float]:
    """Return the network with the weights of opinia's model, and its temperature."""
    with np.load(path) as weights:
        encoder = keras.layers.TextVectorization(vocabulary=[str(word) for word in weights["words"]])
        units, hidden = weights["forward_bias"].size // 4, weights["dense_bias"].size
        model = network(encoder, *weights["embedding"].shape, units, hidden)
        model(tf.constant(["a film"]))
        parts = ("kernel", "recurrent_kernel", "bias")
        names = ["embedding", *(f"{side}_{part}" for side in ("forward", "backward") for part in parts)]
        names += [f"{layer}_{part}" for layer in ("dense", "output") for part in ("kernel", "bias")]
        model.set_weights([weights[name] for name in names])
        return model, float(weights["temperature"])


def judge_of(path: str) -> Callable[[list[str]], list[float]]:
    """Return what judges texts: a saved model (``.keras``), or one of opinia's weights (``.npz``)."""
    model, temperature = of_weights(path) if path.endswith(".npz") else (keras.models.load_model(path), 1.0)

    def judge(texts: list[str]) -> list[float]:
        logits = model.predict(tf.constant(texts), verbose=0)[:, 0]
        return (1 / (1 + np.exp(-logits / temperature))).tolist()

    return judge


def train(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure one pass over the reviews, after some steps that build the graph."""
    from measure import read_reviews

    keras.utils.set_random_seed(1)
    texts, labels = read_reviews(arguments.data)
    model = build(texts)
    batches = (
        tf.data.Dataset.from_tensor_slices((texts, labels))
        .shuffle(len(texts), seed=1)
        .batch(BATCH_SIZE)
        .prefetch(tf.data.AUTOTUNE)
    )
    model.fit(batches.take(arguments.warm_up_steps), verbose=0)
    start = time.perf_counter()
    history = model.fit(batches, epochs=1, verbose=0).history
    seconds = time.perf_counter() - start
    model.save(arguments.save)
    return {
        "reviews": len(texts),
        "epoch_seconds": seconds,
        "loss": float(history["loss"][-1]),
        "parameters": model.count_params(),
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
    }


def console(path: str) -> None:
    """Print the class and its probability for each line: the peer of ``runner.py`` at its cold start."""
    judge = judge_of(path)
    for line in sys.stdin:
        (positive,) = judge([line.strip()])
        label, probability = ("positive", positive) if positive >= 0.5 else ("negative", 1 - positive)
        print(f"{label} ({probability:.1%})", flush=True)


def main() -> None:
    """Train, or answer lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    training.add_argument("--data", required=True)
    training.add_argument("--save", required=True)
    training.add_argument("--warm-up-steps", type=int, default=5)
    commands.add_parser("console").add_argument("model")
    arguments = parser.parse_args()
    if arguments.command == "console":
        console(arguments.model)
    else:
        from measure import answer

        answer(train(arguments))


if __name__ == "__main__":
    main()
