"""The console of a Keras user: load the saved model, judge each line of standard input.

    echo "A lovely film." | python keras_runner.py MODEL.keras

It is what the cold start of ``runner.py`` is measured against.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import tensorflow as tf


def main() -> None:
    """Print the class and its probability for each line."""
    model = keras.models.load_model(sys.argv[1])
    for line in sys.stdin:
        logit = float(model.predict(tf.constant([line.strip()]), verbose=0)[0, 0])
        positive = 1 / (1 + float(tf.exp(-logit)))
        label, probability = ("positive", positive) if positive >= 0.5 else ("negative", 1 - positive)
        print(f"{label} ({probability:.1%})", flush=True)


if __name__ == "__main__":
    main()
