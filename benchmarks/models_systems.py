"""The systems that the report of models compares: where each runs, and how it is asked."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia.evaluate.behaviour import CASES
from opinia.system.files import sha256_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MODELS = (ROOT / "src/opinia/models", ROOT / "models")
"""In the package, and too large for it."""
PARTS = ("quality", "behaviour", "speed", "start")
SHAPE = "distilbert"
CORES = 2


@dataclass(frozen=True)
class System:
    """One row of the report.

    Args:
        name: of its file of figures.
        title: what people read.
        python: of the environment that it runs in.
        model: its file; None where it needs none.
        parts: what is measured of it, of ``PARTS``.
        own: whether it is a model that comes with opinia.
    """

    name: str
    title: str
    python: str
    model: Path | None = None
    parts: tuple[str, ...] = PARTS
    own: bool = False

    def infer(self, data: Path) -> list[str]:
        """Return the command that judges the texts of a file, and times it."""
        model = ["--model", str(self.model)] if self.model else []
        if self.name == "keras":
            return [self.python, str(HERE / "keras_peer.py"), "infer", "--data", str(data), *model]
        kind = "opinia" if self.own else self.name
        return [self.python, str(HERE / "models_peer.py"), kind, "--data", str(data), *model]

    def fit(self, train: Path, validation: Path) -> list[str]:
        """Return the command that fits a linear peer."""
        parts = ["--train", str(train), "--validation", str(validation), "--save", str(self.model)]
        return [self.python, str(HERE / "linear_peers.py"), self.name, *parts]

    def train(self, data: Path) -> list[str]:
        """Return the command that trains the Keras network for a moment."""
        return [
            self.python,
            str(HERE / "keras_peer.py"),
            *("train", "--data", str(data), "--warm-up-steps", "1"),
        ]

    def start(self, line: str) -> list[str]:
        """Return the command that loads the model in a fresh process and judges one line."""
        if self.name == "vader":
            code = "from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer as Analyzer"
            code += f"; print(Analyzer().polarity_scores({line!r}))"
        elif self.name == "keras":
            code = f"import keras, tensorflow as tf; model = keras.models.load_model({str(self.model)!r})"
            code += f"; print(model.predict(tf.constant([{line!r}]), verbose=0))"
        elif self.own:
            code = f"import opinia; print(opinia.load({str(self.model)!r}).predict([{line!r}]))"
        else:
            code = f"import joblib; print(joblib.load({str(self.model)!r}).predict([{line!r}]))"
        return [self.python, "-c", code]


def systems(peers_python: Path, keras_python: Path, cache: Path) -> dict[str, System]:
    """Return all systems by name, opinia's models first, the smallest file first."""
    peers, keras = str(peers_python), str(keras_python)
    own = [
        System(path.stem, f"opinia `{path.stem}`", sys.executable, path, own=True)
        for path in sorted(
            (path for folder in MODELS for path in folder.glob("*.onnx")),
            key=lambda path: path.stat().st_size,
        )
    ]
    cache = cache.resolve()
    others = [
        System("tfidf", "tf-idf (1, 2) + logistic regression", peers, cache / "tfidf.joblib"),
        System("nb", "NB-weighted 1–3-grams + logistic regression", peers, cache / "nb.joblib"),
        System("vader", "VADER", peers),
        System("keras", "seed network in Keras", keras, cache / "seed.keras", ("speed", "start")),
        System(SHAPE, "DistilBERT’s shape", peers, parts=("speed",)),
    ]
    return {system.name: system for system in (*own, *others)}


def read_figures(results: Path, system: System) -> dict[str, Any]:
    """Return the figures of a system that still hold: of the same file, and of the same behaviour checks."""
    start: dict[str, Any] = {"name": system.name}
    if system.own:
        assert system.model is not None
        start["sha256"] = sha256_of(system.model)
    place = results / f"{system.name}.json"
    if not place.is_file():
        return start
    figures: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    if figures.get("sha256") != start.get("sha256"):
        return start
    if figures.get("behaviour", {}).get("checks") != sha256_of(CASES):
        figures.pop("behaviour", None)
    return figures
