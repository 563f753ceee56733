"""One system on some texts: its speed, its memory, its answers. All systems are asked here, in the same way.

    python peers/judge.py opinia infer --model MODEL.onnx --data REVIEWS.json [--answers ANSWERS.json]
    python peers/judge.py tfidf score IN.csv OUT.csv MODEL ROWS

``infer`` times what goes from texts in memory to their probabilities, ``score`` from file to file, after a
look at some. Runs in the environment of opinia, of Keras, or of the peers, as a process of the measurements.
The last line of standard output is the measurement, as JSON.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import answer, peak_memory, read_reviews, read_texts, score_file, write_json

Judge = Callable[[list[str]], Sequence[float]]
"""Gives the probability of positive of each text."""


def opinia(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:
    """Return opinia's classifier."""
    from opinia import load

    classifier = load(model, threads=threads)
    return lambda texts: classifier.predict_proba(texts)[:, 1].tolist(), {}


def keras(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return the published network in Keras: a model that it saved, or one of opinia's weights."""
    from keras_lstm import judge_of

    return judge_of(model), {}


def lstm(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return the published network in PyTorch, as its users write it."""
    from torch_lstm import judge_of

    return judge_of(model), {}


def linear(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return a pipeline that ``linear.py`` has saved."""
    import joblib

    pipeline = joblib.load(model)
    return lambda texts: pipeline.predict_proba(texts)[:, 1].tolist(), {}


def vader(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return VADER's compound score, from -1 to 1, as a probability."""
    from vaderSentiment import vaderSentiment

    analyser = vaderSentiment.SentimentIntensityAnalyzer()
    lexicon = Path(vaderSentiment.__file__).with_name("vader_lexicon.txt")
    size = {"parameters": len(analyser.lexicon), "bytes": lexicon.stat().st_size}
    return lambda texts: [(1 + analyser.polarity_scores(text)["compound"]) / 2 for text in texts], size


def distilbert(model: str, threads: int, *, int8: bool = False) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return a network of DistilBERT's shape: random weights, a tokenizer that costs next to nothing."""
    import torch
    from transformer import DistilBert, judge_of

    if threads:
        torch.set_num_threads(threads)
    parameters = sum(parameter.numel() for parameter in DistilBert().parameters())
    return judge_of(int8=int8), {"parameters": parameters, "bytes": 4 * parameters}


def distilbert_int8(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:
    """Return the same, its matrices in 8 bits."""
    return distilbert(model, threads, int8=True)


SYSTEMS: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    "opinia": (opinia, 100, ("opinia", "onnxruntime", "numpy")),
    "keras": (keras, 100, ("keras", "tensorflow")),
    "lstm": (lstm, 100, ("torch",)),
    "tfidf": (linear, 100, ("scikit-learn", "scipy", "numpy")),
    "nb": (linear, 100, ("scikit-learn", "scipy", "numpy")),
    "vader": (vader, 100, ("vaderSentiment",)),
    "distilbert": (distilbert, 2, ("torch",)),
    "distilbert-int8": (distilbert_int8, 2, ("torch",)),
}
"""What loads each, how many texts warm it up, and the packages whose versions count."""


def version_of(package: str) -> str:
    """Return a version: what comes as ``tensorflow-cpu`` calls itself ``tensorflow``."""
    return getattr(sys.modules.get(package), "__version__", None) or version(package)


def in_order_of_length(judge: Judge, texts: list[str]) -> Sequence[float]:
    """Judge the texts sorted by length, which spares padding; return the answers in their own order."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    answers = dict(zip(order, judge([texts[row] for row in order]), strict=True))
    return [answers[row] for row in range(len(texts))]


def main() -> None:
    """Judge the texts, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("system", choices=list(SYSTEMS))
    commands = parser.add_subparsers(dest="command", required=True)
    infer = commands.add_parser("infer")
    infer.add_argument("--model", default="")
    infer.add_argument("--data", required=True)
    infer.add_argument("--answers", type=Path, help="write the probability of positive of each text")
    infer.add_argument("--threads", type=int, default=0)
    score = commands.add_parser("score")
    for name in ("source", "target", "model"):
        score.add_argument(name)
    score.add_argument("rows", type=int)
    arguments = parser.parse_args()
    load, warm_up, packages = SYSTEMS[arguments.system]
    judge, size = load(arguments.model, getattr(arguments, "threads", 0))
    versions = {package: version_of(package) for package in packages}
    if arguments.command == "score":
        judge(read_texts(arguments.source, warm_up))
        measured = score_file(arguments.source, arguments.target, judge, rows=arguments.rows)
        answer({**measured, "versions": versions})
        return
    texts, _ = read_reviews(arguments.data)
    judge(texts[:warm_up])
    start = time.perf_counter()
    # A transformer gets its texts sorted, for its batches are not: all in its favour.
    positive = in_order_of_length(judge, texts) if arguments.system == "distilbert" else judge(texts)
    seconds = time.perf_counter() - start
    if arguments.answers:
        write_json(arguments.answers, [float(probability) for probability in positive])
    measured = {"reviews": len(texts), "seconds": seconds, "peak_memory_bytes": peak_memory()}
    answer({**measured, **size, "versions": versions})


if __name__ == "__main__":
    main()
