"""What came of a training on texts of one's own, in plain figures and beside what is simpler."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opinia.data.labelled import LabelledTexts
from opinia.evaluate.metrics import Evaluation, answers_of, evaluate
from opinia.evaluate.statistics import wilson
from opinia.model.classifier import Classifier
from opinia.system.files import write_atomically
from opinia.system.printable import quoted
from opinia.text.words import split_words
from opinia.train.own_texts.baseline import fit_tfidf

SURPRISING = "surprising.csv"
_MOST_SURPRISING = 20
_MOST_CONFUSED = 3


@dataclass(frozen=True)
class Outcome:
    """How a model does on labelled texts that it has not learnt from.

    Args:
        part: which these are, ``"validation"`` or ``"test"``.
        result: the figures.
        low: of the accuracy's 95 % interval (Wilson 1927).
        high: of it.
        majority: the commonest class of what was learnt from.
        majority_accuracy: of calling each text so.
        linear_accuracy: of logistic regression on tf-idf of words and pairs, fitted on the same texts; None
            where scikit-learn is not installed.
        confused: classes that were taken for another, with how often, the commonest first.
    """

    part: str
    result: Evaluation
    low: float
    high: float
    majority: str
    majority_accuracy: float
    linear_accuracy: float | None
    confused: tuple[tuple[str, str, int], ...]

    def lines(self) -> list[str]:
        """Return it in words, a line each."""
        result = self.result
        said = [
            f"accuracy on {self.part}: {result.accuracy:.1%} of {result.reviews:,} texts (95 % interval "
            f"{self.low:.1%} to {self.high:.1%}); macro F1 {result.macro_f1:.3f}",
            f"calling every text {quoted(self.majority)}: {self.majority_accuracy:.1%}",
        ]
        if self.part == "validation":
            said.append(
                "the best epoch was chosen on these texts, so on new ones it may be a little less: --test "
                "TABLE measures it"
            )
        if self.linear_accuracy is not None:
            said.append(f"tf-idf and logistic regression on the same texts: {self.linear_accuracy:.1%}")
            if self.linear_accuracy > result.accuracy:
                said.append(
                    "tf-idf is better here: more texts would help the network; how to use tf-idf says "
                    "docs/own_data.md, “Where tf-idf is better”"
                )
        if result.accuracy <= self.majority_accuracy:
            said.append("that is no better than the commonest class: the network has learnt nothing of use")
        elif self.low <= self.majority_accuracy:
            said.append(
                f"the interval reaches down to the commonest class: {result.reviews:,} texts are too few to "
                "say that the network has learnt something"
            )
        for truth, answer, count in self.confused:
            said.append(f"most often confused: {count:,} of {quoted(truth)} called {quoted(answer)}")
        answered = [sum(column) for column in zip(*result.confusion, strict=True)]
        never = [
            f"{quoted(of.name)} ({of.reviews:,} here)"
            for of, count in zip(result.classes, answered, strict=True)
            if of.reviews and not count
        ]
        if never:
            said.append(f"never answered: {', '.join(never)}; more texts of such a class are what helps most")
        return said


def outcome_of(classifier: Classifier, train: LabelledTexts, held_out: LabelledTexts, part: str) -> Outcome:
    """Judge held-out texts with a model, and with what is simpler.

    Args:
        classifier: the model.
        train: what it has learnt from.
        held_out: what it has not; with a label each.
        part: which these are, for what is said.
    """
    truth = np.array(held_out.labels)
    probabilities = classifier.predict_proba(held_out.texts)
    words = np.array([len(split_words(text)) for text in held_out.texts])
    result = evaluate(truth, probabilities, words, held_out.classes)
    right = int((answers_of(probabilities) == truth).sum())
    commonest = Counter(train.labels).most_common(1)[0][0]
    wrong = [
        (held_out.classes[row], held_out.classes[column], count)
        for row, counts in enumerate(result.confusion)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return Outcome(
        part,
        result,
        *wilson(right, len(truth)),
        held_out.classes[commonest],
        float((truth == commonest).mean()),
        _linear_accuracy(train, held_out),
        tuple(sorted(wrong, key=lambda each: -each[2])[:_MOST_CONFUSED]),
    )


def _linear_accuracy(train: LabelledTexts, held_out: LabelledTexts) -> float | None:
    baseline = fit_tfidf(train)
    return None if baseline is None else float(baseline.score(held_out.texts, held_out.labels))


def write_surprising(path: Path, classifier: Classifier, held_out: LabelledTexts) -> int:
    """Write the texts whose label surprises a model most, as CSV, and return how many.

    They are those that a model is wrong about and sure of: hard texts, or wrong labels.

    Args:
        path: of the file.
        classifier: the model.
        held_out: labelled texts that it has not learnt from.
    """
    probabilities = classifier.predict_proba(held_out.texts)
    answers = answers_of(probabilities)
    of_label = probabilities[np.arange(len(held_out)), held_out.labels]
    wrong = np.flatnonzero(answers != np.array(held_out.labels))
    rows = wrong[np.argsort(of_label[wrong], kind="stable")][:_MOST_SURPRISING]
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["row", "label", "answer", "probability_of_label", "text"])
    for row in rows.tolist():
        label, answer = held_out.classes[held_out.labels[row]], held_out.classes[answers[row]]
        writer.writerow([held_out.ids[row], label, answer, f"{of_label[row]:.4f}", held_out.texts[row]])
    write_atomically(path, written.getvalue().encode("utf-8-sig"))
    return len(rows)
