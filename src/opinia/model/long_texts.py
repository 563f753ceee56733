"""Texts of any length through a model, in memory that stays the same: see :mod:`opinia.graph.pieces`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.graph.parse import read_graph
from opinia.graph.pieces import Body, Cut, NotCutError, cut, graph_bytes, large_network
from opinia.model.runtime import Session, give_back_memory

__all__ = ["MAX_TOKENS", "PIECE_TOKENS", "WHOLE_TOKENS", "LongTexts", "NotCutError"]

PIECE_TOKENS = 4096
"""A longer text is read in pieces of so many tokens; a token takes 3 to 13 kB while it is read."""
WHOLE_TOKENS = 1 << 15
"""The longest text for a graph that cannot be cut."""
MAX_TOKENS = 1 << 20
"""The longest text of a table or of the console."""
_CHECK_TOKENS, _CHECK_PIECE = 300, 70
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class _Parts:
    """A graph in parts, ready to run."""

    cut: Cut
    bodies: tuple[Session, ...]
    head: Session


class LongTexts:
    """Asks a model for the logits of long texts, piece by piece; threads may share it.

    The parts are made when the first long text comes, and compared with the whole on a short one.

    Args:
        session: the whole graph.
        read_again: returns the model file.
        words: ids of its vocabulary.
    """

    def __init__(self, session: Session, read_again: Callable[[], bytes], words: int) -> None:
        self._session = session
        self._read_again = read_again
        self._words = words
        # No lock: two threads may make the parts at the same time, and a fork finds nothing half done.
        self._parts: _Parts | None = None
        self._reason: str | None = None

    def logits(self, ids: NDArray[np.int32], pause: Callable[[], None]) -> NDArray[np.float32]:
        """Return the uncalibrated logits of one text.

        Args:
            ids: ``(time,)``, at least one.
            pause: is called between pieces, and may raise.

        Returns:
            ``(1, 1 or classes)``.

        Raises:
            NotCutError: the graph is of another form than those of :mod:`opinia.train`.
        """
        parts = self._parts or self._made()
        logits = _logits(parts, ids, PIECE_TOKENS, pause)
        give_back_memory()
        return logits

    def _made(self) -> _Parts:
        if self._reason is not None:
            raise NotCutError(self._reason)
        try:
            self._parts = parts = self._checked()
        except NotCutError as error:
            self._reason = str(error)
            raise
        except ModelFileError as error:
            raise NotCutError(error.message) from error
        except Exception as error:  # ONNX Runtime's, for want of memory perhaps: another time it may do
            raise NotCutError("its parts cannot be opened") from error
        return parts

    def _cut(self) -> Cut:
        return cut(read_graph("the model", self._read_again()))

    def _checked(self) -> _Parts:
        made = self._cut()
        bodies = [
            Session(body.content, partial(self._body, number), pool=False)
            for number, body in enumerate(made.bodies)
        ]
        head = Session(made.head, lambda: self._cut().head, pool=False)
        # What was cut once need not be kept: a forked process that needs it cuts again.
        slim = Cut(tuple(_without_content(body) for body in made.bodies), b"", made.inputs)
        parts = _Parts(slim, tuple(bodies), head)
        ids = (1 + np.arange(_CHECK_TOKENS) * 7919 % (self._words - 1)).astype(np.int32)
        lengths = np.array([len(ids)], np.int32)
        (whole,) = self._whole().run(None, {"ids": ids[None], "lengths": lengths})
        pieces = _logits(parts, ids, _CHECK_PIECE, lambda: None)
        if not np.abs(whole - pieces).max() <= _TOLERANCE * (1 + np.abs(whole).max()):
            raise NotCutError("its answer to pieces is another than to the whole")
        return parts

    def _whole(self) -> Session:
        """Return what the parts are cut from: the graph, or the large network of a cascade."""
        graph = read_graph("the model", self._read_again())
        large = large_network(graph)
        if large is graph:
            return self._session
        return Session(graph_bytes(large), lambda: graph_bytes(large), pool=False)

    def _body(self, number: int) -> bytes:
        return self._cut().bodies[number].content


def _without_content(body: Body) -> Body:
    return Body(b"", body.states, body.results, body.is_backward, body.overlap)


def _logits(
    parts: _Parts, ids: NDArray[np.int32], size: int, pause: Callable[[], None]
) -> NDArray[np.float32]:
    found: dict[str, list[NDArray[Any]]] = {}
    for body, session in zip(parts.cut.bodies, parts.bodies, strict=True):
        for name, result in _read(body, session, ids, size, pause).items():
            found.setdefault(name, []).append(result)
    feed = {name: np.concatenate(results).astype(np.float32) for name, results in found.items()}
    feed["lengths"] = np.array([len(ids)], np.int32)
    logits: NDArray[np.float32]
    (logits,) = parts.head.run(["logits"], {name: feed[name] for name in parts.cut.inputs})
    return logits


def _read(
    body: Body, session: Session, ids: NDArray[np.int32], size: int, pause: Callable[[], None]
) -> dict[str, NDArray[Any]]:
    """Return what a body makes of all pieces of a text."""
    states = {name: np.zeros((1, 1, units), np.float32) for name, _, units in body.states}
    names = list(dict.fromkeys([*(after for _, after, _ in body.states), *body.results]))
    results: dict[str, NDArray[Any]] = {}
    starts = range(0, len(ids), size)
    for start in reversed(starts) if body.is_backward else starts:
        pause()
        piece = ids[None, start : start + size + body.overlap]
        feed: dict[str, Any] = {"ids": piece}
        if body.states:
            feed["lengths"] = np.array([piece.shape[1]], np.int32)
        made = dict(zip(names, session.run(names, feed | states), strict=True))
        states = {before: made[after] for before, after, _ in body.states}
        for name, combine in body.results.items():
            results[name] = combine(results[name], made[name]) if name in results else made[name]
    return results
