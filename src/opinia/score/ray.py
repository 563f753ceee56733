"""Scoring on Ray: a pool of actors with one thread each, over the parts of the inputs.

What travels are the names of parts and the accounts of those that are made: each actor reads its part where
it lies, and writes what it makes of it, so no texts go through the object store, however many there are. The
model goes there once. An actor that dies, or the machine it is on, costs the part that it was making, which
is made again.
"""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any

from opinia.errors import DataError, OpiniaError
from opinia.model.classifier import Classifier
from opinia.score.part_work import Account, Run, checked, failed, make_part
from opinia.score.parts import Part
from opinia.score.shipping import Shipped, opened, ship
from opinia.system.ray_cluster import cluster, import_ray, reason_of

_DATA = {"RAY_DATA_DISABLE_PROGRESS_BARS": "1", "RAY_AIR_NEW_OUTPUT": "0"}
_WHAT = "scoring on Ray"
_DEATHS = 3
"""Workers that a part may cost before it is given up; it may itself be what kills them."""


class RayEngine:
    """Makes parts on a cluster of Ray, or on one of its own on this machine.

    Args:
        address: of the cluster, as ``ray.init`` takes it, such as ``"auto"``; None takes the cluster that
            this process belongs to, or that of ``RAY_ADDRESS``, else starts one on this machine, which
            goes again.
        concurrency: actors, one processor each; None takes as many as the cluster has processors, and more
            as it grows.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, *, address: str | None = None, concurrency: int | None = None) -> None:
        for name, value in _DATA.items():
            os.environ.setdefault(name, value)
        self._ray = import_ray(_WHAT)
        self._address, self._concurrency = address, concurrency

    def __call__(self, parts: list[Part], *, model: Classifier, run: Run) -> Iterator[Account]:
        """Make parts in any order, and yield the account of each.

        Raises:
            DataError: there is no such cluster, or a part cannot be made.
        """
        ray = self._ray
        with cluster(ray, self._address, processors=self._concurrency), _settings() as data:
            cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
            size = min(len(parts), self._concurrency or cores)
            pool = data.ActorPoolStrategy(
                min_size=1, max_size=self._concurrency, initial_size=min(size, cores)
            )
            given = {"shipped": [ray.put(ship(model))], "run": run}
            asked = data.from_items(
                [{"part": part.to_json()} for part in parts], override_num_blocks=len(parts)
            )
            with warnings.catch_warnings():  # Ray below 2.64 knows no other way to bound retries
                warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
                made = asked.map_batches(
                    _Maker,
                    fn_constructor_kwargs=given,
                    batch_size=1,
                    compute=pool,
                    num_cpus=1,
                    max_restarts=-1,
                    max_task_retries=_DEATHS,
                )
            try:
                for row in made.iter_batches(batch_size=None, prefetch_batches=0):
                    for account in row["account"]:
                        yield checked(json.loads(account))
            except (ray.exceptions.RayError, RuntimeError) as error:
                raise DataError(
                    f"Ray could not go on: {reason_of(error)}",
                    hint="run the same again: the parts that are made are kept",
                ) from error


@contextlib.contextmanager
def _settings() -> Iterator[Any]:
    """Give Ray Data settings of our own, and afterwards those that were there."""
    import ray.data as data

    logger = logging.getLogger("ray.data")
    level, before = logger.level, data.DataContext.get_current()
    context = copy.deepcopy(before)
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_consecutive_actor_init_deaths = _DEATHS
    logger.setLevel(logging.ERROR)
    data.DataContext._set_current(context)
    try:
        yield data
    finally:
        data.DataContext._set_current(before)
        logger.setLevel(level)


class _Maker:
    """An actor: makes one part after the other."""

    def __init__(self, shipped: list[Any], run: Run) -> None:
        content: Shipped = import_ray(_WHAT).get(shipped[0])
        self._model, self._run = opened(content), run

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        accounts: list[Account] = []
        for text in batch["part"]:
            try:
                part = Part.from_json(str(text))
                accounts.append(make_part(part, run=self._run, model=self._model))
            except OpiniaError as error:  # the same again would come of it elsewhere
                accounts.append(failed(error))
        return {"account": [json.dumps(each) for each in accounts]}
