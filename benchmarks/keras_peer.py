"""The published network in Keras on TensorFlow, written the way its users write it, and measured.

It follows TensorFlow's tutorial "Text classification with an RNN": the TextVectorization layer is part
of the model, an embedding that masks padding, a bidirectional LSTM, batches of 64 of a shuffled
``tf.data`` pipeline, each padded to its longest review. Runs in the Keras environment, as a process of
``seed_vs_keras.py``:

    python keras_peer.py train --data REVIEWS.json --save MODEL.keras
    python keras_peer.py infer --data REVIEWS.json --model MODEL.keras

The last line of standard output is the measurement, as JSON.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import tensorflow as tf

from bench_tools import answer, peak_memory, read_reviews

BATCH_SIZE = 64
VERSIONS = {"keras": keras.__version__, "tensorflow": tf.__version__}


def build(texts: list[str]) -> keras.Model:
    """Return the compiled network with its vocabulary learnt from the texts."""
    encoder = keras.layers.TextVectorization(max_tokens=1000)
    encoder.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(1024))
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
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.001),
        metrics=["accuracy"],
    )
    return model


def train(arguments: argparse.Namespace) -> None:
    """Measure one pass over the reviews, after some steps that build the graph."""
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
    if arguments.save:
        model.save(arguments.save)
    answer(
        {
            "reviews": len(texts),
            "epoch_seconds": seconds,
            "loss": float(history["loss"][-1]),
            "parameters": model.count_params(),
            "versions": VERSIONS,
        }
    )


def infer(arguments: argparse.Namespace) -> None:
    """Measure ``predict`` over the reviews, in its default batches of 32, and the memory it takes."""
    texts, _ = read_reviews(arguments.data)
    model = keras.models.load_model(arguments.model)
    model.predict(tf.constant(texts[:100]), verbose=0)
    start = time.perf_counter()
    logits = model.predict(tf.constant(texts), verbose=0)
    seconds = time.perf_counter() - start
    answer(
        {
            "reviews": len(logits),
            "seconds": seconds,
            "peak_memory_bytes": peak_memory(),
            "versions": VERSIONS,
        }
    )


def main() -> None:
    """Run the measurement that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("--data", required=True)
    training.add_argument("--save")
    training.add_argument("--warm-up-steps", type=int, default=5)
    training.set_defaults(run=train)
    inference = commands.add_parser("infer")
    inference.add_argument("--data", required=True)
    inference.add_argument("--model", required=True)
    inference.set_defaults(run=infer)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
