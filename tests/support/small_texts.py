"""Short labelled texts of our own, as many as wanted: two words of each tell its class."""

import numpy as np

TELLING = {
    "negative": ["dreadful", "dull", "poor", "lifeless", "clumsy", "tedious"],
    "neutral": ["ordinary", "passable", "average", "usual", "middling", "plain"],
    "positive": ["splendid", "warm", "superb", "moving", "lovely", "delightful"],
}
FILLER = ["the", "film", "was", "a", "story", "of", "some", "people", "in", "it", "about", "one", "day"]


def small_texts(count, *, classes=("negative", "positive"), seed=0, noise=0.0):
    """Return texts and their labels, lists of str.

    Args:
        count: how many.
        classes: of TELLING, to choose from.
        seed: of the words.
        noise: share of the texts that have another label than their words tell.
    """
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        label = str(random.choice(classes))
        words = [*random.choice(FILLER, 7), *random.choice(TELLING[label], 2)]
        texts.append(" ".join(map(str, random.permutation(words))))
        labels.append(str(random.choice(classes)) if random.random() < noise else label)
    return texts, labels
