"""What other packages that work offline say of texts: a process of ``kinds.py`` in their own environment.

    python peers/offline.py textblob|afinn|spacysentiment|wordllama < TEXTS.json > ANSWERS.json

Reads ``{"train": [[text, label], ...], "texts": [text, ...]}``, labels 0 and 1, and writes the probability of
positive of each text; only what learns reads ``train``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence

Learnt = Iterable[tuple[str, int]]
_AFINN_ALPHA = 15.0
"""What VADER divides by where it brings a sum of valences between -1 and 1; AFINN leaves that open."""


def textblob(texts: Sequence[str], train: Learnt) -> list[float]:  # noqa: ARG001
    """Return TextBlob's polarity, from -1 to 1, as a probability."""
    from textblob import TextBlob

    return [0.5 + TextBlob(text).sentiment.polarity / 2 for text in texts]


def afinn(texts: Sequence[str], train: Learnt) -> list[float]:  # noqa: ARG001
    """Return AFINN's sum of valences as a probability."""
    from afinn import Afinn

    scores = map(Afinn(emoticons=True).score, texts)
    return [0.5 + score / math.sqrt(score * score + _AFINN_ALPHA) / 2 for score in scores]


def spacysentiment(texts: Sequence[str], train: Learnt) -> list[float]:  # noqa: ARG001
    """Return the share of positive in what eng-spacysentiment gives positive and negative."""
    import eng_spacysentiment

    answers = (document.cats for document in eng_spacysentiment.load().pipe(texts))
    return [each["positive"] / (each["positive"] + each["negative"]) for each in answers]


def wordllama(texts: Sequence[str], train: Learnt) -> list[float]:
    """Return the answers of logistic regression on WordLlama's embeddings of texts that it learns from."""
    from pathlib import Path

    import wordllama
    from sklearn.linear_model import LogisticRegression

    # The package holds weights and tokenizer, but looks for the latter in a folder "tokenizers" of its cache.
    package = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=package, disable_download=True)
    learnt, labels = zip(*train, strict=True)
    linear = LogisticRegression(C=10.0, max_iter=1000)
    linear.fit(model.embed(list(learnt), norm=True), labels)
    return [float(each) for each in linear.predict_proba(model.embed(list(texts), norm=True))[:, 1]]


SYSTEMS: dict[str, Callable[[Sequence[str], Learnt], list[float]]] = {
    each.__name__: each for each in (textblob, afinn, spacysentiment, wordllama)
}

if __name__ == "__main__":
    given = json.load(sys.stdin)
    answers = SYSTEMS[sys.argv[1]](given["texts"], given["train"])
    json.dump(answers, sys.stdout)
