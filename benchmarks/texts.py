"""The texts that are measured on: IMDB's where ``OPINIA_DATA`` names a copy of it, else synthetic ones."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np

MEDIAN_WORDS, SPREAD = 174, 0.77
"""Of IMDB's lengths: a log-normal distribution of this median and spread has their mean, 234."""
SHORTEST, LONGEST = 8, 2500


def load_texts(split: str, count: int) -> tuple[str, list[str]]:
    """Return the name of the source and texts in random order: IMDB's where ``OPINIA_DATA`` is set.

    Args:
        split: ``"train"`` or ``"test"``.
        count: how many; IMDB has no more than 25,000.
    """
    random = np.random.default_rng(0)
    if os.environ.get("OPINIA_DATA"):
        from opinia.data import imdb

        reviews = imdb.load(split)
        named = f"{imdb.source_of({split: reviews})}:{split}"
        return named, [reviews.texts[i] for i in random.permutation(len(reviews))[:count]]
    return "synthetic reviews at IMDB's lengths (OPINIA_DATA is not set)", _synthetic(split, count)


def _synthetic(split: str, count: int) -> list[str]:
    """Return texts that are strings of synthetic reviews, cut at a length drawn for each."""
    from opinia.data import sample

    random = np.random.default_rng([0, len(split)])
    parts = [text.split() for text in sample.load(split, reviews=4000).texts]
    lengths = np.clip(random.lognormal(np.log(MEDIAN_WORDS), SPREAD, count), SHORTEST, LONGEST)
    texts = []
    for length in lengths.astype(int):
        words: list[str] = []
        while len(words) < length:
            words += parts[random.integers(len(parts))]
        texts.append(" ".join(words[:length]))
    return texts


def write_table(path: Path, texts: list[str]) -> None:
    """Write texts as a CSV file with the column ``text``."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text"])
        writer.writerows([text] for text in texts)


def describe(source: str, texts: list[str]) -> dict[str, Any]:
    """Say what the texts are, and how long."""
    words = [len(text.split()) for text in texts]
    return {
        "source": source,
        "texts": len(texts),
        "words_mean": round(float(np.mean(words)), 1),
        "words_median": float(np.median(words)),
        "words_95th_percentile": round(float(np.quantile(words, 0.95)), 1),
        "words_longest": max(words),
        "bytes": sum(len(text.encode()) for text in texts),
    }


def load_reviews(count: int, others: int) -> tuple[str, dict[str, list[Any]], dict[str, list[Any]]]:
    """Return the name of the source, reviews to train on, and others to judge, drawn at random."""
    if os.environ.get("OPINIA_DATA"):
        from opinia.data import imdb

        reviews = imdb.load("train")
        source = f"{imdb.source_of({'train': reviews})}:train"
    else:
        from opinia.data import sample

        source, reviews = "built-in synthetic sample (OPINIA_DATA is not set)", sample.load("train")
    order = np.random.default_rng(0).permutation(len(reviews))
    count = min(count, len(reviews))
    parts = [reviews.take(order[:count]), reviews.take(order[::-1][:others])]
    first, second = ({"texts": list(part.texts), "labels": list(part.labels)} for part in parts)
    return source, first, second
