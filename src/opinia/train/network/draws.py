"""What training draws at random for each text of a batch, also where only some of its texts stand here.

Processes that share a batch draw from the same state the numbers of the whole batch, and each takes those of
its own texts, which are padded as the whole batch is. So what is dropped does not depend on how many
processes there are.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True)
class Part:
    """Which texts of a whole batch stand in this process, labelled ones first.

    Args:
        rows: ``(here,) int64`` their places in the whole batch, on the device.
        labelled: how many of them are labelled.
        whole: texts of the whole batch.
        whole_labelled: how many of those are labelled.
        share: of the whole batch's labelled texts, those that stand here; a mean over these, times the
            share, is what they add to the mean over all.
        other_share: the same of its unlabelled texts.
    """

    rows: Tensor
    labelled: int
    whole: int
    whole_labelled: int
    share: float
    other_share: float = 0.0

    def only(self, *, labelled: bool, others: bool) -> Part:
        """Return the part of a batch that consists of the labelled texts of this one, or of the others.

        Args:
            labelled: these are among it.
            others: the unlabelled ones are among it.
        """
        first, last = 0 if labelled else self.labelled, None if others else self.labelled
        missing = 0 if labelled else self.whole_labelled
        return dataclasses.replace(
            self,
            rows=self.rows[first:last] - missing,
            labelled=self.labelled if labelled else 0,
            whole=(self.whole if others else self.whole_labelled) - missing,
            whole_labelled=self.whole_labelled if labelled else 0,
        )


_part: ContextVar[Part | None] = ContextVar("part", default=None)


@contextlib.contextmanager
def drawing(part: Part | None) -> Iterator[None]:
    """Draw for the texts of a part; None stands for a whole batch."""
    before = _part.set(part)
    try:
        yield
    finally:
        _part.reset(before)


@contextlib.contextmanager
def drawing_others() -> Iterator[None]:
    """Draw for the unlabelled texts alone of the part that is drawn for."""
    part = _part.get()
    with drawing(part and part.only(labelled=False, others=True)):
        yield


def dropout(numbers: Tensor, share: float, *, rows: int) -> Tensor:
    """Drop a share of the numbers, and make the others larger.

    Args:
        numbers: of any shape.
        share: from 0 to below 1.
        rows: the dimension along which the texts stand.
    """
    part = _part.get()
    if part is None or not share:
        return F.dropout(numbers, share)
    kept = drawn(numbers.shape, lambda shape: F.dropout(numbers.new_ones(shape), share), rows=rows)
    return numbers * kept


def chances(ids: Tensor) -> Tensor:
    """Return a number for each word, ``(batch, time)``, evenly between 0 and 1."""
    part = _part.get()
    if part is None:
        return torch.rand(ids.shape, device=ids.device)
    return torch.rand((part.whole, ids.shape[1]), device=ids.device)[part.rows]


def drawn(shape: Sequence[int], draw: Callable[[Sequence[int]], Tensor], *, rows: int = 0) -> Tensor:
    """Draw a tensor for the texts that stand here.

    Args:
        shape: of the tensor.
        draw: makes one of a given shape.
        rows: the dimension along which the texts stand.
    """
    part = _part.get()
    if part is None:
        return draw(shape)
    return draw([*shape[:rows], part.whole, *shape[rows + 1 :]]).index_select(rows, part.rows)
