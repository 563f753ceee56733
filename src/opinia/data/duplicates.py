"""Texts that say the same: word for word but for case and marks, or nearly so.

Near-duplicates are found by MinHash over runs of three words, banded so that few pairs are compared (Broder
1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, section 3.4), and a pair counts where the runs
that both have are most of those that either has.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_RUN = 3
"""Words a run."""
_LEAST_WORDS = 8
"""Shorter texts are the same only word for word: ``I loved it`` and ``I loved it so`` are two opinions."""
_SIMILAR = 0.7
"""Share of runs (Jaccard similarity) from which two texts are near-duplicates."""
_BANDS, _ROWS = 12, 3
"""At a similarity of 0.7 one pair in 170 shares no band, at 0.8 one in 9,000."""
_LEAST_EQUAL = 15
"""Entries of two signatures, of 36, that are equal before the texts themselves are compared."""
_PRIME = np.uint64(4294967311)
_NOT_WORDS = re.compile(r"[\W_]+")


def plain_text(text: str) -> str:
    """Return a text as it is compared: its words without case, marks and accents of width.

    Example:
        >>> plain_text("Great  film!!"), plain_text("great film")
        ('great film', 'great film')
    """
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


class Union:
    """Rows that belong together: sets that are joined pair by pair (disjoint-set forest).

    Args:
        count: of the rows.
    """

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def root(self, row: int) -> int:
        """Return the row that stands for a row's set: its first one."""
        above = self._above
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first

    def join_equal(self, keys: Iterable[object]) -> None:
        """Join the rows of equal keys; ``""`` is no key."""
        first: dict[object, int] = {}
        for row, key in enumerate(keys):
            if key != "":
                self.join(first.setdefault(key, row), row)

    def sets(self) -> list[list[int]]:
        """Return the rows of each set, in their order."""
        found: dict[int, list[int]] = {}
        for row in range(len(self._above)):
            found.setdefault(self.root(row), []).append(row)
        return list(found.values())


def near_pairs(plain: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of near-duplicates, enough of them to join each with all that are like it.

    Args:
        plain: texts as :func:`plain_text` gives them; equal ones are left to the caller, and only the first
            of them is compared.

    Returns:
        Pairs of rows, the smaller one first.
    """
    rows, runs = _runs(plain)
    if not rows:
        return []
    signatures = _signatures(runs)
    pairs: set[tuple[int, int]] = set()
    unlike: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
        first: dict[bytes, list[int]] = {}
        for place, key in enumerate(part.view(f"V{part.itemsize * _ROWS}").ravel().tolist()):
            others = first.setdefault(key, [])
            for other in _promising(signatures, others, place):
                if (other, place) in unlike:
                    continue
                if (rows[other], rows[place]) in pairs or _similarity(runs[other], runs[place]) >= _SIMILAR:
                    pairs.add((rows[other], rows[place]))
                    break
                unlike.add((other, place))
            else:  # like none of them: later ones are compared with it, too
                if len(others) < _MOST_COMPARED:
                    others.append(place)
    return sorted(pairs)


def _promising(signatures: NDArray[np.uint32], others: list[int], place: int) -> list[int]:
    """Return those of some texts whose signature is enough like a text's for a closer look.

    The share of equal entries is the similarity but for chance: at 0.7 one pair in 9,000 has fewer.
    """
    if not others:
        return []
    equal = (signatures[others] == signatures[place]).sum(1)
    return [others[index] for index in np.flatnonzero(equal >= _LEAST_EQUAL).tolist()]


_MOST_COMPARED = 50
"""Texts of one band that differ and are compared with each later one: a form letter has no more shapes."""


def _runs(plain: Sequence[str]) -> tuple[list[int], list[NDArray[np.uint32]]]:
    """Return the rows that are compared, and the runs of words of each as sorted 32-bit numbers."""
    rows: list[int] = []
    runs: list[NDArray[np.uint32]] = []
    met: set[str] = set()
    for row, text in enumerate(plain):
        words = text.split()
        if len(words) < _LEAST_WORDS or text in met:
            continue
        met.add(text)
        made = {zlib.crc32(" ".join(words[i : i + _RUN]).encode()) for i in range(len(words) - _RUN + 1)}
        rows.append(row)
        runs.append(np.array(sorted(made), np.uint32))
    return rows, runs


def _signatures(runs: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """Return the least of each text's runs under each of some hashes, ``(texts, bands * rows)``."""
    random = np.random.default_rng(0)
    factors = random.integers(1, 1 << 31, _BANDS * _ROWS, np.uint64)
    shifts = random.integers(0, 1 << 31, _BANDS * _ROWS, np.uint64)
    values = np.concatenate(runs).astype(np.uint64)
    starts = np.cumsum([0, *map(len, runs)])[:-1]
    return np.stack(
        [
            np.minimum.reduceat((values * factor + shift) % _PRIME, starts).astype(np.uint32)
            for factor, shift in zip(factors, shifts, strict=True)
        ],
        axis=1,
    )


def _similarity(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)
