"""Reviews on the device that learns from them: as batches, or as one long stream of words.

Everything is done in a few operations on whole tensors: nothing is moved to the device but the order of
the reviews, once a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from opinia.text.tokenizer import PADDING_ID

END_ID = PADDING_ID
"""Padding elsewhere; in a stream it stands between two reviews."""


@dataclass(frozen=True)
class TokenReviews:
    """The ids of many reviews, end to end, on one device.

    Args:
        ids: ``(tokens,) int32``.
        starts: ``(reviews + 1,) int64``; review ``i`` is ``ids[starts[i]:starts[i + 1]]``.
    """

    ids: Tensor
    starts: Tensor

    @classmethod
    def of(cls, reviews: Sequence[NDArray[np.int32]], *, device: str = "cpu") -> TokenReviews:
        """Join reviews, ``(time,)`` each."""
        starts = np.zeros(len(reviews) + 1, np.int64)
        np.cumsum([len(review) for review in reviews], out=starts[1:])
        ids = np.concatenate(reviews) if len(reviews) else np.zeros(0, np.int32)
        return cls.of_arrays(ids, starts, device=device)

    @classmethod
    def of_arrays(
        cls, ids: NDArray[np.integer], starts: NDArray[np.int64], *, device: str = "cpu"
    ) -> TokenReviews:
        """Take arrays laid out as the tensors are."""
        words = torch.from_numpy(np.ascontiguousarray(ids, np.int32))
        return cls(words.to(device), torch.from_numpy(starts).to(device))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def stream_length(self) -> int:
        """Words and ends of a stream."""
        return len(self.ids) + len(self)

    def frequencies(self, vocabulary: int) -> NDArray[np.int64]:
        """Return how often each id occurs in a stream, ``(vocabulary,)``."""
        counts = torch.bincount(self.ids, minlength=vocabulary).cpu().numpy()
        counts[END_ID] += len(self)
        return np.asarray(counts, np.int64)

    def batch(self, rows: Tensor, time: int) -> tuple[Tensor, Tensor]:
        """Return some reviews side by side.

        Args:
            rows: ``(batch,) int64``, on the same device.
            time: words of the longest of them; the device is not asked.

        Returns:
            ``ids (batch, time) int64``, padded on the right with 0, and ``lengths (batch,) int64``.
        """
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        within = torch.arange(time, device=rows.device)
        places = (starts[:, None] + within).clamp(max=max(0, len(self.ids) - 1))
        ids = self.ids[places].long().masked_fill(within >= lengths[:, None], 0)
        return ids, lengths

    def stream(self, *, backward: bool, seed: int) -> Tensor:
        """Return the reviews in random order, an end after each.

        Args:
            backward: reverse each review, for a model that reads from the end.
            seed: of the order.

        Returns:
            ``(stream_length,) int32``.
        """
        device, total = self.ids.device, self.stream_length
        order = torch.from_numpy(np.random.default_rng(seed).permutation(len(self))).to(device)
        starts, lengths = self.starts[order], self.starts.diff()[order]
        begins = torch.cumsum(lengths + 1, 0) - lengths - 1  # of each review in the stream
        owner = torch.repeat_interleave(lengths + 1, output_size=total)  # whose word stands at each place
        within = torch.arange(total, device=device) - begins[owner]
        is_end = within == lengths[owner]
        if backward:
            within = lengths[owner] - 1 - within
        places = (starts[owner] + within).clamp(0, max(0, len(self.ids) - 1))
        return self.ids[places].masked_fill(is_end, END_ID)


def columns_of(stream: Tensor, batch: int) -> int:
    """Return how many words each of so many columns gets of a stream."""
    return (len(stream) - 1) // batch


def windows(stream: Tensor, *, batch: int, time: int, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Lay a stream in parallel columns and yield it window by window.

    Args:
        stream: ``(words,)``, on any device.
        batch: columns.
        time: words a window.
        first: the window to begin with.

    Yields:
        ``ids`` and ``targets``, ``(time, batch) int64`` each; the targets are the words that follow.
        The last window may be shorter; what does not fill a row of columns is left out.
    """
    length = columns_of(stream, batch)
    ids, targets = (
        stream[offset : offset + length * batch].view(batch, length).T.contiguous() for offset in (0, 1)
    )
    for start in range(first * time, length, time):
        yield ids[start : start + time].long(), targets[start : start + time].long()
