"""What is asked of opinia alone: its training, its command's work on a file, long texts, its weights.

    python opinia_network.py train REVIEWS.json MODEL.onnx WARM-UP-STEPS
    python opinia_network.py score IN.csv OUT.csv MODEL ROWS
    python opinia_network.py latency IN.csv MODEL CALLS
    python opinia_network.py long CHARACTERS MODEL
    python opinia_network.py weights MODEL WEIGHTS.npz
    python opinia_network.py imports

Runs in the environment of opinia. The last line of standard output is the measurement, as JSON.
"""

from __future__ import annotations

import csv
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from measure import answer, machine, peak_memory, read_reviews, read_texts

BATCH_SIZE = 64
LONG_TEXT = "It is a long film, but the acting was good and I was never bored. "


def train(data: str, save: str, warm_up_steps: str) -> dict[str, Any]:
    """Train one epoch with opinia's own loop, after some steps on their own, and say how long it took.

    The epoch's time contains the loop's metrics and a validation on 64 reviews. Tokenising, which opinia
    does once for all epochs and Keras in each, is timed apart.
    """
    import opinia
    from opinia.data.corpus import Corpus
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe
    from opinia.text.tokenizer import Tokenizer
    from opinia.train.pipeline import train
    from opinia.train.texts import Task

    recipe = Recipe().replace(
        {"training.epochs": 1, "training.batch_size": BATCH_SIZE, "training.threads": machine()["cores"]}
    )
    texts, labels = read_reviews(data)
    tokenizer = Tokenizer.adapt(texts, max_tokens=recipe.text.max_tokens)
    start = time.perf_counter()
    corpus = Corpus.encode(tokenizer, texts, labels)
    tokenising_seconds = time.perf_counter() - start
    few = Corpus.encode(tokenizer, texts[:BATCH_SIZE], labels[:BATCH_SIZE])
    first = int(warm_up_steps) * BATCH_SIZE
    warm_up = Corpus.encode(tokenizer, texts[:first], labels[:first])

    with tempfile.TemporaryDirectory() as folder:
        for name, training in (("warm-up", warm_up), ("measured", corpus)):
            run = RunFolder(Path(folder) / name)
            run.start(recipe, {})
            history = train(recipe, Task(tokenizer, training, few, {}), run)
        seconds = run.seconds()[-1]
        shutil.copyfile(run.last, save)
    packages = ("torch", "numpy")
    return {
        "reviews": len(texts),
        "epoch_seconds": seconds,
        "tokenising_seconds": tokenising_seconds,
        "loss": history[-1].loss,
        "versions": {"opinia": opinia.__version__, **{package: version(package) for package in packages}},
    }


def score(source: str, target: str, model: str, rows: str) -> dict[str, Any]:
    """Measure ``opinia score`` from file to file: what the command calls, without the start of Python."""
    import opinia
    from opinia.score import ScoreOptions, score_table

    short = Path(target).with_suffix(".in.csv")
    with (
        Path(source).open(encoding="utf-8", newline="") as whole,
        short.open("w", encoding="utf-8", newline="") as part,
    ):
        csv.writer(part).writerows(itertools.islice(csv.reader(whole), int(rows) + 1))
    classifier = opinia.load(model)
    classifier.predict(read_texts(source, 100))
    start = time.perf_counter()
    summary = score_table(short, target, classifier=classifier, options=ScoreOptions(existing="replace"))
    seconds = time.perf_counter() - start
    versions = {"opinia": opinia.__version__, "onnxruntime": version("onnxruntime"), "numpy": np.__version__}
    measured = {"rows": summary.rows, "seconds": seconds, "peak_memory_bytes": peak_memory()}
    return {**measured, "versions": versions}


def latency(source: str, model: str, calls: str) -> dict[str, Any]:
    """Measure one review at a time through ``predict_proba``: reviews of about the median length."""
    import opinia

    texts = sorted(read_texts(source), key=lambda text: len(text.split()))
    middle = len(texts) // 2
    near = texts[max(0, middle - 50) : middle + 50]
    classifier = opinia.load(model)
    classifier.predict_proba(near[:5])
    seconds = []
    for number in range(int(calls)):
        text = near[number % len(near)]
        start = time.perf_counter()
        classifier.predict_proba([text])
        seconds.append(time.perf_counter() - start)
    milliseconds = 1000 * np.quantile(seconds, [0.5, 0.99])
    words = float(np.median([len(text.split()) for text in near]))
    p50, p99 = (round(float(value), 3) for value in milliseconds)
    return {"calls": int(calls), "words": words, "p50_milliseconds": p50, "p99_milliseconds": p99}


def long(characters: str, model: str) -> dict[str, Any]:
    """Measure one long text, and the memory that it takes beyond the loaded model."""
    import opinia

    classifier = opinia.load(model)
    classifier.predict_proba([LONG_TEXT])
    text = (LONG_TEXT * (int(characters) // len(LONG_TEXT) + 1))[: int(characters)]
    before = peak_memory()
    start = time.perf_counter()
    classifier.predict_proba([text])
    seconds = time.perf_counter() - start
    return {
        "characters": len(text),
        "words": len(text.split()),
        "seconds": round(seconds, 4),
        "megabytes": round((peak_memory() - before) / 1e6, 1),
    }


def weights(model: str, target: str) -> dict[str, Any]:
    """Write the weights of the published network in Keras's layout and gate order."""
    import onnx

    import opinia

    classifier = opinia.load(model)
    graph = onnx.load(model).graph
    found = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    made = {"embedding": found["embedding"]}
    for number, side in enumerate(("forward", "backward")):
        for part, name in (("kernel", "kernel"), ("recurrent_kernel", "recurrent_kernel")):
            made[f"{side}_{part}"] = _keras_gates(found[name][number]).T
        own, second = np.split(found["bias"][number], 2)
        made[f"{side}_bias"] = _keras_gates(own + second)
    for layer in ("dense", "output"):
        made[f"{layer}_kernel"] = found[f"{layer}_kernel"].T
        made[f"{layer}_bias"] = found[f"{layer}_bias"]
    description = classifier.model.description
    words = np.array(description.tokenizer.words)
    np.savez(target, words=words, temperature=np.array(description.temperature), **made)
    return {"words": len(words)}


def imports() -> dict[str, float]:
    """Return the milliseconds that importing takes of ``opinia analyse``, by package, the dearest first."""
    command = [sys.executable, "-X", "importtime", "-m", "opinia", "analyse", "A warm, funny film."]
    lines = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr.splitlines()
    spent: dict[str, float] = {}
    for line in lines:
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            package = parts[2].strip().split(".")[0]
            spent[package] = spent.get(package, 0) + int(parts[0]) / 1000
    dearest = sorted(spent.items(), key=lambda item: -item[1])[:10]
    return {"all": round(sum(spent.values()), 1), **{name: round(value, 1) for name, value in dearest}}


def _keras_gates(stacked: np.ndarray) -> np.ndarray:
    i, o, f, c = np.split(stacked, 4)
    return np.concatenate([i, f, c, o])


COMMANDS = {each.__name__: each for each in (train, score, latency, long, weights, imports)}

if __name__ == "__main__":
    answer(COMMANDS[sys.argv[1]](*sys.argv[2:]))
