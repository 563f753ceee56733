"""Measure the models that come with opinia beside their peers, and write the report of models.

    python benchmarks/models_report.py                      # whatever is not measured yet, then the report
    python benchmarks/models_report.py --render             # the report from the figures that are there
    python benchmarks/models_report.py --only seed --parts speed start --again

Each system keeps its figures in ``benchmarks/results/models/NAME.json``, by part:

- ``quality``: on the official test split (``OPINIA_DATA`` names the reviews). A peer is fitted on the
  training split without what stands in test, tuned on validation, and tested once. For opinia's own models
  the report reads accuracy from the ledger and takes nothing by itself; ``--take-test`` takes it where the
  ledger has no row, and writes the row. A model that the ledger knows is then judged again for its
  calibration and lengths alone, and must agree with its row.
- ``behaviour``: the behaviour checks (``opinia behave``).
- ``speed``: reviews a second from texts in memory to probabilities, on two cores, each run in a fresh
  process, in turns with DistilBERT's shape: the ratio is of one run on one machine.
- ``start``: seconds of a process that starts, loads the model, and judges one line.

The report goes to ``docs/results/models.md``, with a picture beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from measure import (
    CORES,
    HERE,
    LINE,
    RESULTS,
    ROOT,
    ask,
    in_turns,
    machine,
    say,
    seconds_of,
    summary,
    write_json,
)
from models_page import render
from opinia.data import imdb
from opinia.data.split import split_train_validation
from opinia.evaluate.behaviour import CASES, judge, pass_rates, read_cases
from opinia.evaluate.ledger import append
from opinia.evaluate.metrics import Evaluation, evaluate
from opinia.model.classifier import load
from opinia.system.files import sha256_of
from opinia.text.tokenizer import split_tokens
from texts import load_texts

MODELS = (ROOT / "src/opinia/models", ROOT / "models")
"""In the package, and too large for it."""
PARTS = ("quality", "behaviour", "speed", "start")
SHAPE = "distilbert"


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

    def infer(self, data: Path) -> list[Any]:
        """Return the command that judges the texts of a file, and times it."""
        model = ["--model", self.model] if self.model else []
        kind = "opinia" if self.own else self.name
        options = ["--data", data, "--threads", CORES]
        return [self.python, HERE / "peers/judge.py", kind, "infer", *options, *model]

    def fit(self, train: Path, validation: Path) -> list[Any]:
        """Return the command that fits a linear peer."""
        parts = ["--train", train, "--validation", validation, "--save", self.model]
        return [self.python, HERE / "peers/linear.py", self.name, *parts]

    def train(self, data: Path) -> list[Any]:
        """Return the command that trains the Keras network for a moment."""
        options = ["--data", data, "--save", self.model, "--warm-up-steps", 1]
        return [self.python, HERE / "peers/keras_lstm.py", "train", *options]

    def start(self, line: str) -> list[Any]:
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


OTHER_LANGUAGES = ("polish",)
"""Models that read no English: benchmarks/kinds.py judges them."""


def systems(peers_python: Path, keras_python: Path, cache: Path) -> dict[str, System]:
    """Return all systems by name, opinia's models first, the smallest file first."""
    peers, keras = str(peers_python), str(keras_python)
    own = [
        System(path.stem, f"opinia `{path.stem}`", sys.executable, path, own=True)
        for path in sorted(
            (path for folder in MODELS for path in folder.glob("*.onnx") if path.stem not in OTHER_LANGUAGES),
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


SLOW = {"vader": 400, "distilbert": 96}
"""Reviews that slow systems are timed on, at most."""


class Measurement:
    """Measures the parts of systems, and keeps each as soon as it is there.

    Args:
        arguments: the parsed command line.
        found: all systems by name.
        folder: where texts are handed over to processes.
    """

    def __init__(self, arguments: argparse.Namespace, found: dict[str, System], folder: Path) -> None:
        self.arguments = arguments
        self.systems = found
        self.folder = folder
        self._reviews: dict[str, Any] = {}

    def measure(self, system: System) -> None:
        """Measure what is asked for of a system and not there yet."""
        figures = read_figures(self.arguments.results, system)
        for part in self.arguments.parts:
            known = part in figures and not (self.arguments.again and part != "quality")
            if known or part not in system.parts:
                continue
            say(f"{system.name}: {part}")
            value = getattr(self, part)(system, figures)
            if value is not None:
                figures[part] = {**value, "date": today()}
                self.arguments.results.mkdir(parents=True, exist_ok=True)
                write_json(self.arguments.results / f"{system.name}.json", figures, indent=2)

    def quality(self, system: System, figures: dict[str, Any]) -> dict[str, Any] | None:
        """Take the figures on the test split; those of opinia's models only when told to."""
        if system.own:
            return self._own_quality(system) if self.arguments.take_test else None
        if system.name != "vader":
            chosen = self._fit(system)
            figures["size"] = {key: chosen[key] for key in ("parameters", "bytes")}
        test = self._split()["test"]
        answers = self._judge(system, list(test.texts), figures)
        taken = {"data": "imdb:test", **_shown(self._evaluate(test, answers))}
        return taken if system.name == "vader" else {**taken, "chosen": chosen["chosen"]}

    def behaviour(self, system: System, figures: dict[str, Any]) -> dict[str, Any]:
        """Take the pass rates of the behaviour checks."""

        def predict_proba(texts: list[str]) -> np.ndarray:
            positive = self._judge(system, texts, figures)
            return np.stack([1 - positive, positive], axis=1)

        return {"checks": sha256_of(CASES), **pass_rates(judge(read_cases(), predict_proba))}

    def speed(self, system: System, figures: dict[str, Any]) -> dict[str, Any]:
        """Measure reviews a second, in turns with DistilBERT's shape."""
        self._ensure_model(system, figures)
        shape = self.systems[SHAPE]
        together = [system, *([shape] if shape != system and Path(shape.python).exists() else [])]

        def measure(name: str) -> float:
            each = self.systems[name]
            measured = ask(each.infer(self._timed(each)), threads=CORES)
            if each is system and not system.own and "parameters" in measured:
                figures["size"] = {key: measured[key] for key in ("parameters", "bytes")}
            return float(measured["reviews"] / measured["seconds"])

        runs = in_turns([each.name for each in together], self.arguments.runs, measure, what="  speed")
        result: dict[str, Any] = {"reviews_per_second": summary(runs[system.name], 2)}
        if SHAPE in runs:
            result["shape_per_second"] = summary(runs[SHAPE], 2)
            own, others = (float(np.median(runs[name])) for name in (system.name, SHAPE))
            result["ratio"] = round(own / others, 2)
        else:
            say(f"  no ratio: there is no {shape.python}")
        source, _ = load_texts("train", 1)
        return {**result, "data": source, "reviews": self.arguments.reviews, "machine": machine()}

    def start(self, system: System, figures: dict[str, Any]) -> dict[str, Any]:
        """Measure from the start of a process to its end, with one line judged."""
        self._ensure_model(system, figures)
        runs = seconds_of(system.start(LINE), runs=self.arguments.cold_runs, threads=CORES)
        return {"seconds": summary(runs, 3), "machine": machine()}

    def _own_quality(self, system: System) -> dict[str, Any]:
        """Test a model of opinia; the ledger gets its row, or agrees with what it has."""
        assert system.model is not None
        test = self._split()["test"]
        result = self._evaluate(test, self._judge(system, list(test.texts), {}))
        classifier = load(system.model, threads=1)
        row = append(self.arguments.ledger, classifier, "imdb:test", result, note="the report of models")
        if abs(row.accuracy - result.accuracy) > 1e-4:
            sys.exit(
                f"error: the ledger has {row.accuracy} for {system.name}, and now it is {result.accuracy}"
            )
        return {"data": "imdb:test", **_shown(result)}

    def _evaluate(self, test: Any, answers: np.ndarray) -> Evaluation:
        words = np.array([len(split_tokens(text)) for text in test.texts])
        pair = np.stack([1 - answers, answers], axis=1)
        return evaluate(np.array(test.labels), pair, words, test.classes)

    def _judge(self, system: System, texts: list[str], figures: dict[str, Any]) -> np.ndarray:
        """Return the probability of positive of each text."""
        self._ensure_model(system, figures)
        given, answers = self.folder / "texts.json", self.folder / "answers.json"
        write_json(given, {"texts": texts, "labels": []})
        measured = ask([*system.infer(given), "--answers", answers], threads=CORES)
        if not system.own and "parameters" in measured:
            figures["size"] = {key: measured[key] for key in ("parameters", "bytes")}
        return np.array(json.loads(answers.read_text(encoding="utf-8")))

    def _ensure_model(self, system: System, figures: dict[str, Any]) -> None:
        """Make the model of a peer again where its file is gone."""
        if system.own or system.model is None or system.model.is_file():
            return
        if system.name == "keras":  # to time it, an hour of training is not needed
            system.model.parent.mkdir(parents=True, exist_ok=True)
            trained = ask(system.train(self._timed(system)), threads=CORES)
            size = {"parameters": trained["parameters"], "bytes": system.model.stat().st_size}
            figures["size"] = size
        else:
            self._fit(system)

    def _fit(self, system: System) -> dict[str, Any]:
        """Fit a linear peer, unless its file is there; return what was chosen, and its size."""
        assert system.model is not None
        about = system.model.with_suffix(".json")
        if system.model.is_file() and about.is_file():
            known: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
            return known
        system.model.parent.mkdir(parents=True, exist_ok=True)
        reviews = self._split()
        split = split_train_validation(reviews["train"], reviews["test"])
        places = []
        for name in ("train", "validation"):
            part = getattr(split, name)
            places.append(self.folder / f"{name}.json")
            write_json(places[-1], {"texts": part.texts, "labels": part.labels})
        fitted: dict[str, Any] = ask(system.fit(*places), threads=CORES)
        write_json(about, fitted, indent=2)
        return fitted

    def _split(self) -> dict[str, Any]:
        if not self._reviews:
            self._reviews = imdb.load_splits(["train", "test"], progress=True)
            imdb.check_official(self._reviews)
        return self._reviews

    def _timed(self, system: System) -> Path:
        """Write the texts that a system is timed on, fewer of the same lengths for a slow one."""
        wanted = min(self.arguments.reviews, SLOW.get(system.name, self.arguments.reviews))
        place = self.folder / f"timed-{wanted}.json"
        if not place.is_file():
            texts = sorted(load_texts("train", self.arguments.reviews)[1], key=len)
            rows = (np.random.default_rng(0).permutation(wanted) + 0.5) * len(texts) / wanted
            # Labels are there for Keras alone, which trains on them for a moment.
            labels = [row % 2 for row in range(wanted)]
            write_json(place, {"texts": [texts[int(row)] for row in rows], "labels": labels})
        return place


def today() -> str:
    """Return the date, in UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--render", action="store_true", help="measure nothing, write the report")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure these systems alone")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--again", action="store_true", help="measure anew what is there; never the test")
    parser.add_argument("--take-test", action="store_true", help="test models of opinia, into the ledger")
    parser.add_argument("--reviews", type=int, default=1000, help="reviews that a system is timed on")
    parser.add_argument("--runs", type=int, default=3, help="timed runs a system")
    parser.add_argument("--cold-runs", type=int, default=7, help="counted cold starts a system")
    parser.add_argument("--peers-python", type=Path, default=ROOT / ".venv-peers/bin/python")
    parser.add_argument("--keras-python", type=Path, default=ROOT / ".venv-keras/bin/python")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/peers/2", help="fitted peers")
    parser.add_argument("--results", type=Path, default=RESULTS / "models")
    parser.add_argument("--ledger", type=Path, default=ROOT / "docs/results/ledger.csv")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/results", help="folder of the report")
    return parser.parse_args()


def _shown(result: Evaluation) -> dict[str, Any]:
    left_out = {"bins", "classes", "macro_f1", "weighted_f1"}
    return {name: value for name, value in dataclasses.asdict(result).items() if name not in left_out}


def main() -> None:
    """Measure what is asked for, and write the report."""
    arguments = parse_arguments()
    found = systems(arguments.peers_python, arguments.keras_python, arguments.cache)
    unknown = set(arguments.only or ()) - set(found)
    if unknown:
        sys.exit(f"error: there is no system {', '.join(sorted(unknown))}\nhint: {', '.join(found)}")
    if not arguments.render:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        with tempfile.TemporaryDirectory() as name:
            measurement = Measurement(arguments, found, Path(name))
            for system in found.values():
                if arguments.only and system.name not in arguments.only:
                    continue
                if not Path(system.python).exists():
                    say(f"{system.name} is left out: there is no {system.python}")
                    continue
                measurement.measure(system)
    figures = {name: read_figures(arguments.results, system) for name, system in found.items()}
    print(render(found, figures, arguments.results, arguments.ledger, arguments.output))


if __name__ == "__main__":
    main()
