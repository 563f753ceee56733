"""A file through what people use without a network: tf-idf and logistic regression, and VADER.

    python scoring_classic.py fit TRAINING.csv MODEL
    python scoring_classic.py tfidf IN.csv OUT.csv MODEL ROWS
    python scoring_classic.py vader IN.csv OUT.csv - ROWS

Runs in the environment of the peers, as a process of ``scoring.py``. The labels that are learnt are drawn
at random: speed does not depend on them, and nothing is said of accuracy.
"""

from __future__ import annotations

import random
import sys
from importlib.metadata import version

from bench_tools import answer, read_texts, score_file


def fit(source: str, target: str) -> None:
    """Learn the vocabulary of one and two words, as in scikit-learn's own examples."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = read_texts(source)
    draw = random.Random(0)
    labels = [draw.randrange(2) for _ in texts]
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=20, tol=0.1))
    pipeline.fit(texts, labels)
    joblib.dump(pipeline, target)
    answer({"features": len(pipeline[0].vocabulary_)})


def main() -> None:
    """Fit, or measure one file."""
    kind = sys.argv[1]
    if kind == "fit":
        fit(*sys.argv[2:])
        return
    source, target, path, rows = sys.argv[2:]
    if kind == "tfidf":
        import joblib

        pipeline = joblib.load(path)
        packages = ("scikit-learn", "scipy", "numpy")

        def score(texts: list[str]) -> list[float]:
            return pipeline.predict_proba(texts)[:, 1].tolist()
    else:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        packages = ("vaderSentiment",)

        def score(texts: list[str]) -> list[float]:
            return [0.5 + analyzer.polarity_scores(text)["compound"] / 2 for text in texts]

    score(read_texts(source, 100))
    measured = score_file(source, target, score, rows=int(rows))
    answer({**measured, "versions": {package: version(package) for package in packages}})


if __name__ == "__main__":
    main()
