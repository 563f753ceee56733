"""A file through the published network in Keras on TensorFlow, by ``predict``, as its users write it.

    python scoring_keras.py IN.csv OUT.csv WEIGHTS.npz ROWS

The text vectorisation is part of the model, and batches are Keras's default of 32. Runs in the Keras
environment, as a process of ``scoring.py``.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

from bench_tools import answer, read_texts, score_file


def load(path: str) -> tuple[keras.Model, float]:
    """Return the network with the weights of opinia's model, and its temperature."""
    with np.load(path) as weights:
        words = [str(word) for word in weights["words"]]
        vocabulary, dimension = weights["embedding"].shape
        units, hidden = weights["forward_bias"].size // 4, weights["dense_bias"].size
        model = keras.Sequential(
            [
                keras.layers.TextVectorization(vocabulary=words),
                keras.layers.Embedding(vocabulary, dimension, mask_zero=True),
                keras.layers.Bidirectional(keras.layers.LSTM(units)),
                keras.layers.Dense(hidden, activation="relu"),
                keras.layers.Dense(1),
            ]
        )
        model(tf.constant(["a film"]))
        names = [
            "embedding",
            *(
                f"{side}_{part}"
                for side in ("forward", "backward")
                for part in ("kernel", "recurrent_kernel", "bias")
            ),
            *(f"{layer}_{part}" for layer in ("dense", "output") for part in ("kernel", "bias")),
        ]
        model.set_weights([weights[name] for name in names])
        return model, float(weights["temperature"])


def main() -> None:
    """Measure one file."""
    source, target, path, rows = sys.argv[1:]
    model, temperature = load(path)

    def score(texts: list[str]) -> list[float]:
        logits = model.predict(tf.constant(texts), verbose=0)[:, 0]
        return (1 / (1 + np.exp(-logits / temperature))).tolist()

    score(read_texts(source, 100))
    measured = score_file(source, target, score, rows=int(rows))
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    answer({**measured, "versions": versions})


if __name__ == "__main__":
    main()
