"""Labelled texts in memory: the shape in which every source hands them over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

UNLABELLED = -1
OPINIONS = ("negative", "positive")
"""The classes of a film review."""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts in a fixed order, one entry of each field but ``classes`` a text.

    Args:
        texts: as written.
        labels: number of each text's class, from 0; -1 where it has none.
        classes: names of the classes, such as ``("negative", "positive")``; at least two, all different.
        groups: what each text is about, such as its film, ``"tt0453418"``; texts of one group resemble
            each other, so that a whole group stands in training or in validation. Empty where each text
            is a group of its own.
        ids: unique name of each text, such as ``"0_9"``; empty for running numbers from 0.
        weights: how much each text counts, beside the others, in what is learnt, measured and calibrated;
            above 0. Empty where all count alike.
        targets: of two classes the probability of the second that each text teaches, from 0 to 1, where it
            is softer than its label; empty where the labels say all.

    Raises:
        ValueError: the fields do not belong together.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    groups: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    targets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        numbers = tuple(map(str, range(len(self.texts))))
        for name in ("ids", "groups"):  # of a frozen class, so by the way that its __init__ goes
            if not getattr(self, name):
                object.__setattr__(self, name, numbers)
        if len({len(self.ids), len(self.texts), len(self.labels), len(self.groups)}) != 1:
            raise ValueError("texts, labels, groups and ids must have one entry a text")
        if self.weights and not (len(self.weights) == len(self.texts) and min(self.weights) > 0):
            raise ValueError("weights must be above 0, one a text")
        if self.targets and not self._has_sound_targets():
            raise ValueError("targets must be from 0 to 1, one a text, and of two classes")
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"there must be two different classes or more. Received: {self.classes}")
        wrong = {label for label in self.labels if not UNLABELLED <= label < len(self.classes)}
        if wrong:
            raise ValueError(
                f"labels must be from 0 to {len(self.classes) - 1}, or -1 for none. Received: {sorted(wrong)}"
            )

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def taught(self) -> tuple[float, ...]:
        """What each text teaches: its target or, where there are none, its label."""
        return self.targets or self.labels

    def _has_sound_targets(self) -> bool:
        in_range = 0 <= min(self.targets) <= max(self.targets) <= 1
        return len(self.classes) == 2 and len(self.targets) == len(self.texts) and in_range

    def take(self, indices: Sequence[int] | np.ndarray) -> LabelledTexts:
        """Return the texts at these positions, in the order given."""
        chosen = [int(i) for i in indices]
        return LabelledTexts(
            texts=tuple(self.texts[i] for i in chosen),
            labels=tuple(self.labels[i] for i in chosen),
            classes=self.classes,
            groups=tuple(self.groups[i] for i in chosen),
            ids=tuple(self.ids[i] for i in chosen),
            weights=tuple(self.weights[i] for i in chosen) if self.weights else (),
            targets=tuple(self.targets[i] for i in chosen) if self.targets else (),
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 of ids, labels, texts, and weights and targets if any, as 64 hexadecimal digits.

        The same texts have the same fingerprint whichever form they were read from.
        """
        digest = hashlib.sha256()
        for name, label, text in zip(self.ids, self.labels, self.texts, strict=True):
            encoded = text.encode("utf-8", "surrogatepass")
            digest.update(f"{name}\t{label}\t{len(encoded)}\n".encode())
            digest.update(encoded)
        for numbers in (self.weights, self.targets):
            if numbers:
                digest.update(np.array(numbers, "<f8").tobytes())
        return digest.hexdigest()
