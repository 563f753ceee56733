"""The published network in opinia, measured as ``keras_peer.py`` measures it in Keras.

Runs in the environment of opinia, as a process of ``seed_vs_keras.py``:

    python opinia_peer.py train --data REVIEWS.json --save MODEL.onnx
    python opinia_peer.py infer --data REVIEWS.json --model MODEL.onnx

The last line of standard output is the measurement, as JSON.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench_tools import answer, machine, peak_memory, read_reviews

BATCH_SIZE = 64


def train_epochs(texts: list[str], labels: list[int], warm_up_steps: int, save: str | None) -> dict[str, Any]:
    """Train one epoch with opinia's own loop, after some steps on their own, and say how long it took.

    The epoch's time contains the loop's metrics and a validation on 64 reviews. Tokenising, which opinia
    does once for all epochs and Keras in each, is timed apart.
    """
    from opinia.data.corpus import Corpus
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe
    from opinia.text.tokenizer import Tokenizer
    from opinia.train.pipeline import train
    from opinia.train.texts import Task

    recipe = Recipe().replace(
        {"training.epochs": 1, "training.batch_size": BATCH_SIZE, "training.threads": machine()["cores"]}
    )
    tokenizer = Tokenizer.adapt(texts, max_tokens=recipe.text.max_tokens)
    start = time.perf_counter()
    corpus = Corpus.encode(tokenizer, texts, labels)
    tokenising_seconds = time.perf_counter() - start
    few = Corpus.encode(tokenizer, texts[:BATCH_SIZE], labels[:BATCH_SIZE])
    first = warm_up_steps * BATCH_SIZE
    warm_up = Corpus.encode(tokenizer, texts[:first], labels[:first])

    with tempfile.TemporaryDirectory() as folder:
        for name, training in (("warm-up", warm_up), ("measured", corpus)):
            run = RunFolder(Path(folder) / name)
            run.start(recipe, {})
            history = train(recipe, Task(tokenizer, training, few, {}), run)
        seconds = run.seconds()[-1]
        if save:
            shutil.copyfile(run.last, save)
    return {
        "epoch_seconds": seconds,
        "tokenising_seconds": tokenising_seconds,
        "loss": history[-1].loss,
    }


def train_command(arguments: argparse.Namespace) -> None:
    """Measure one pass over the reviews."""
    texts, labels = read_reviews(arguments.data)
    measured = train_epochs(texts, labels, arguments.warm_up_steps, arguments.save)
    answer({"reviews": len(texts), **measured, "versions": _versions("torch", "numpy")})


def infer_command(arguments: argparse.Namespace) -> None:
    """Measure ``predict_proba`` over the reviews, and the memory it takes."""
    import opinia

    texts, _ = read_reviews(arguments.data)
    classifier = opinia.load(arguments.model)
    classifier.predict_proba(texts[:100])
    start = time.perf_counter()
    probabilities = classifier.predict_proba(texts)
    seconds = time.perf_counter() - start
    answer(
        {
            "reviews": len(probabilities),
            "seconds": seconds,
            "peak_memory_bytes": peak_memory(),
            "versions": _versions("onnxruntime", "numpy"),
        }
    )


def _versions(*packages: str) -> dict[str, str]:
    import opinia

    return {"opinia": opinia.__version__, **{package: version(package) for package in packages}}


def main() -> None:
    """Run the measurement that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("--data", required=True)
    training.add_argument("--save")
    training.add_argument("--warm-up-steps", type=int, default=5)
    training.set_defaults(run=train_command)
    inference = commands.add_parser("infer")
    inference.add_argument("--data", required=True)
    inference.add_argument("--model", required=True)
    inference.set_defaults(run=infer_command)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
