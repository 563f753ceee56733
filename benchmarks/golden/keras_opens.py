"""Open ``.keras`` files that opinia has written in real Keras, and compare its answers with opinia's.

In the project's environment, then in that of Keras:

    .venv/bin/python benchmarks/golden/keras_opens.py write FOLDER [MODEL ...]
    .venv-keras/bin/python benchmarks/golden/keras_opens.py read FOLDER

MODEL is what ``opinia.load`` takes; without one it is ``seed`` and small networks of all forms.
The second command prints the largest difference of each, and ends with status 1 if one is above 1e-5.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()
TEXTS = [
    "A warm and funny film.",
    "Dull, far too long, and badly written.",
    "the film was good and it was not bad",
    "bad bad bad",
    "good",
    "Nobody knows this, école!",
    "good film " * 70,
]


def write(folder: Path, models: list[str]) -> None:
    """Write models for Keras, and what opinia answers."""
    sys.path.insert(0, str(HERE.parents[2] / "tests/support"))
    import opinia
    from models import WORDS, graph_of, random_network, three_class_network
    from opinia.model.file import Description, write_model
    from opinia.text.tokenizer import Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    found = {name: opinia.load(name) for name in models or ["seed"]}
    size = len(WORDS) + 2
    networks = {
        "stacked": random_network(size, layers=2),
        "two_embeddings": random_network(size, separate_embeddings=True),
        "both": random_network(size, layers=3, separate_embeddings=True),
        "classes": three_class_network(),
    }
    for name, network in {} if models else networks.items():
        labels = ("b", "a", "c") if name == "classes" else ("b", "a")
        write_model(folder / "m.onnx", graph_of(network), Description(Tokenizer(WORDS), labels, 1.7))
        found[name] = opinia.load((folder / "m.onnx").read_bytes())
    for name, classifier in found.items():
        opinia.to_keras(classifier, folder / f"{Path(name).stem}.keras")
        np.save(folder / f"{Path(name).stem}.npy", classifier.predict_proba(TEXTS))
    (folder / "texts.json").write_text(json.dumps(TEXTS))


def read(folder: Path) -> float:
    """Return the largest difference between Keras's answers and opinia's."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    texts, largest = json.loads((folder / "texts.json").read_text()), 0.0
    for path in sorted(folder.glob("*.keras")):
        model = keras.models.load_model(path)
        found = model(tf.constant([[text] for text in texts])).numpy()
        if found.shape[1] == 1:
            found = np.concatenate([1 - found, found], axis=1)
        difference = float(np.abs(found - np.load(path.with_suffix(".npy"))).max())
        print(f"{path.name}: {difference:.1e}", flush=True)
        largest = max(largest, difference)
    return largest


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(read(Path(sys.argv[2])) > 1e-5)
