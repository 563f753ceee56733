"""One model, loaded and timed on some texts: a process of ``models_report.py``.

    python models_peer.py opinia --model MODEL.onnx --data REVIEWS.json [--answers ANSWERS.json]

Runs in opinia's environment, or for ``tfidf``, ``nb``, ``vader`` and ``distilbert`` in that of the peers.
What is timed goes from the texts in memory to their probabilities, after a look at some.
``distilbert`` is its shape alone, with random weights and a tokenizer that costs next to nothing. The last
line of standard output is the measurement, as JSON.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench_tools import answer, read_reviews, write_json

Judge = Callable[[list[str]], np.ndarray]
WARM_UP = 100


def opinia_judge(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:
    """Return opinia's classifier."""
    import opinia

    classifier = opinia.load(model, threads=threads)
    return lambda texts: classifier.predict_proba(texts)[:, 1], {}


def linear_judge(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return a pipeline that ``linear_peers.py`` has saved."""
    import joblib

    pipeline = joblib.load(model)
    return lambda texts: pipeline.predict_proba(texts)[:, 1], {}


def vader_judge(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return VADER's compound score, from -1 to 1, as a probability."""
    from vaderSentiment import vaderSentiment

    analyser = vaderSentiment.SentimentIntensityAnalyzer()

    def judge(texts: list[str]) -> np.ndarray:
        return np.array([(1 + analyser.polarity_scores(text)["compound"]) / 2 for text in texts])

    lexicon = Path(vaderSentiment.__file__).with_name("vader_lexicon.txt")
    return judge, {"parameters": len(analyser.lexicon), "bytes": lexicon.stat().st_size}


def distilbert_judge(model: str, threads: int) -> tuple[Judge, dict[str, Any]]:  # noqa: ARG001
    """Return a network of DistilBERT's shape with random weights, which gets its texts sorted by length."""
    import torch

    from scoring_torch import transformer_scorer
    from scoring_transformer import DistilBert

    torch.set_num_threads(threads)
    score = transformer_scorer(int8=False)

    def judge(texts: list[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        positive = np.zeros(len(texts))
        positive[order] = score([texts[row] for row in order])
        return positive

    parameters = sum(parameter.numel() for parameter in DistilBert().parameters())
    return judge, {"parameters": parameters, "bytes": 4 * parameters}


JUDGES = {
    "opinia": opinia_judge,
    "tfidf": linear_judge,
    "nb": linear_judge,
    "vader": vader_judge,
    "distilbert": distilbert_judge,
}


def main() -> None:
    """Judge the texts, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=list(JUDGES))
    parser.add_argument("--model", default="")
    parser.add_argument("--data", required=True)
    parser.add_argument("--answers", type=Path, help="write the probability of positive of each text")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    texts, _ = read_reviews(arguments.data)
    judge, size = JUDGES[arguments.name](arguments.model, arguments.threads)
    judge(texts[: 2 if arguments.name == "distilbert" else WARM_UP])
    start = time.perf_counter()
    positive = judge(texts)
    seconds = time.perf_counter() - start
    if arguments.answers:
        write_json(arguments.answers, [float(probability) for probability in positive])
    answer({"reviews": len(texts), "seconds": seconds, **size})


if __name__ == "__main__":
    main()
