"""Words with the opinion that people, or a lexicon, give them: one-word texts with soft labels.

Both lexicons are read from the packages that ship them, which must be installed here:
``pip install --no-deps vaderSentiment polvader``.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sets import Row, from_rating

WEIGHT = 0.5
STRONG, SHARE = 1.0, 0.25
"""Of the inflected forms of Polish words: valence from which they are taken, and how many of those."""


def vader() -> Iterator[Row]:
    """Yield the words and emoticons of VADER's lexicon; see :func:`sets.from_rating`."""
    lexicon = _folder("vaderSentiment") / "vader_lexicon.txt"
    for line in lexicon.read_text(encoding="utf-8").splitlines():
        word, rating, *_ = line.split("\t")
        yield Row(word, from_rating(float(rating)), "vader_words", word, WEIGHT)


def polvader(*, seed: int) -> Iterator[Row]:
    """Yield the lemmas of polvader's lexicon, and some inflected forms of its strong words.

    Args:
        seed: of the choice.
    """
    draw = random.Random(seed)
    forms = _pickled("derivative_grammatical_forms_of_terms_in_the_final_lexicon.dat")
    for word in sorted(forms):
        if abs(forms[word]) >= STRONG and draw.random() < SHARE:
            yield Row(word, _target(forms[word]), "polvader_words", word, WEIGHT)
    lemmas = _pickled("expanded_lexicon.dat")
    for word in sorted(lemmas):
        if word in forms or " " not in word:
            yield Row(word, _target(lemmas[word]), "polvader_words", word, WEIGHT)


def _target(valence: float) -> float:
    """Return the target of a valence, most of which lie between -3 and 3."""
    return min(1.0, max(0.0, 0.5 + valence / 5))


def _pickled(name: str) -> dict[str, float]:
    # The package keeps its lexicon pickled; whoever runs this has chosen to install it.
    content = (_folder("polvader") / "lexicons" / name).read_bytes()
    return {word: float(valence) for word, valence in pickle.loads(content).items()}


def _folder(package: str) -> Path:
    """Return the folder of an installed package, without importing it: it may want what is not installed."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: pip install --no-deps {package}")
    return Path(found.submodule_search_locations[0])
