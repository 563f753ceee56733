"""What the page says of the models that come with opinia, beyond their cards: ``python benchmarks/cards.py``.

A card stands in its model file, and whatever is added to it makes another file; so what is measured of a file
that is shipped lies beside the files, by their SHA-256, in ``src/opinia/models/measured.json``:

- how many texts of each kind are judged rightly: the validation parts of the collections that
  ``scripts/collect`` writes (runs/english.jsonl.gz and runs/polish.jsonl.gz; teachers do not matter to them);
- how sure it is and how right, and accuracy by length, on validation texts of the kinds that it has learnt
  from;
- the behaviour checks, with the failures of the development half;
- accuracy on the test split, from the ledger, and speed, from ``results/models/``: neither is taken here.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinds import NAMES
from measure import RESULTS, ROOT, write_json
from opinia.data.collection import read_collection
from opinia.data.labelled import LabelledTexts
from opinia.evaluate.behaviour import CASES_BY_LANGUAGE, PARTS, judge, pass_rates, read_cases
from opinia.evaluate.ledger import find
from opinia.evaluate.metrics import Evaluation, evaluate
from opinia.evaluate.quality import length_bins
from opinia.evaluate.statistics import wilson
from opinia.model.classifier import Classifier, load
from opinia.model.measured import MEASURED
from opinia.model.shipped import shipped
from opinia.text.tokenizer import split_tokens

LEDGER = ROOT / "docs/results/ledger.csv"
TEST = "imdb:test"
COLLECTIONS = {"en": "english", "pl": "polish"}
DIGITS = 4


def main() -> None:
    """Measure all models that come with opinia."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collections", type=Path, default=ROOT / "runs")
    folder: Path = parser.parse_args().collections
    held = {
        code: read_collection(folder / f"{name}.jsonl.gz")[0].validation for code, name in COLLECTIONS.items()
    }
    found = {}
    for name in shipped():
        classifier = load(name)
        found[classifier.sha256] = measure(name, classifier, held[classifier.languages[0]])
        print(name, flush=True)
    write_json(MEASURED, found, indent=1)


def measure(name: str, classifier: Classifier, held: LabelledTexts) -> dict[str, Any]:
    """Return what is measured of a model.

    Args:
        name: of the model.
        classifier: the model; negative and positive.
        held: validation texts of each kind in its language.
    """
    truth, groups = np.array(held.labels), np.array(held.groups)
    texts = list(held.texts)
    probabilities = classifier.predict_proba(texts)
    right = (probabilities[:, 1] > 0.5) == (truth == 1)
    kinds = {kind: groups == kind for kind in dict.fromkeys(held.groups)}
    learnt = classifier.card["data"].get("sets", {"imdb": {}})
    own = np.isin(groups, [kind for kind in kinds if kind in learnt])
    words = np.array([len(split_tokens(text)) for text in texts])
    result = evaluate(truth[own], probabilities[own], words[own], ("negative", "positive"))
    return {
        "name": name,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "kinds": {
            kind: _share(right[rows], learnt=kind in learnt) for kind, rows in kinds.items() if kind in NAMES
        },
        "reliability": _reliability(result),
        "lengths": [
            {key: _short(value) for key, value in dataclasses.asdict(each).items() if key != "median"}
            for each in length_bins(right[own], words[own])
        ],
        "behaviour": _behaviour(classifier),
        **dict(_taken(name, classifier)),
    }


def _share(right: NDArray[np.bool_], *, learnt: bool) -> dict[str, Any]:
    low, high = wilson(int(right.sum()), len(right))
    accuracy = float(right.mean())
    return {
        "reviews": len(right),
        "accuracy": _short(accuracy),
        "low": _short(low),
        "high": _short(high),
        "learnt": learnt,
    }


def _reliability(result: Evaluation) -> dict[str, Any]:
    bins = [
        {key: _short(value) for key, value in dataclasses.asdict(each).items()}
        for each in result.bins
        if each.reviews
    ]
    for each in bins:
        ends = wilson(round(each["accuracy"] * each["reviews"]), each["reviews"])
        each["accuracy_low"], each["accuracy_high"] = map(_short, ends)
    return {"reviews": result.reviews, "ece": _short(result.ece), "bins": bins}


def _behaviour(classifier: Classifier) -> dict[str, Any]:
    verdicts = judge(read_cases(CASES_BY_LANGUAGE[classifier.languages[0]]), classifier.predict_proba)
    failures = [
        {
            "capability": verdict.case.capability,
            "test": verdict.case.test,
            "expected": verdict.case.expected,
            "texts": list(verdict.case.texts),
            "positive": [_short(share) for share in verdict.positive],
        }
        for verdict in verdicts
        if not verdict.passed and verdict.case.part == PARTS[0]
    ]
    return {**pass_rates(verdicts), "failures": failures}


def _taken(name: str, classifier: Classifier) -> Iterator[tuple[str, Any]]:
    """Yield what was measured elsewhere, of this very file."""
    row = find(LEDGER, classifier.sha256, TEST)
    if row is not None:
        low, high = wilson(round(row.accuracy * row.reviews), row.reviews)
        ends = {"low": _short(low), "high": _short(high)}
        yield (
            "test",
            {"split": TEST, "reviews": row.reviews, "accuracy": row.accuracy, **ends, "date": row.date},
        )
    place = RESULTS / "models" / f"{name}.json"
    if place.is_file():
        figures = json.loads(place.read_text("utf-8"))
        if figures.get("sha256") == classifier.sha256 and "speed" in figures:
            speed = figures["speed"]
            yield (
                "speed",
                {
                    "reviews_per_second": speed["reviews_per_second"]["median"],
                    **(
                        {"start_seconds": figures["start"]["seconds"]["median"]} if "start" in figures else {}
                    ),
                    "cpu": ", ".join(
                        filter(None, (speed["machine"]["cpu"], speed["machine"].get("instructions")))
                    ),
                    "cores": speed["machine"]["cores"],
                    "date": speed["date"],
                },
            )


def _short(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
