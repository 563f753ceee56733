"""Scoring on Ray: a pool of actors with one thread each, over the parts of the inputs.

What travels are the names of parts and the accounts of those that are made: each actor reads its part where
it lies, and writes what it makes of it, so no texts go through the object store, however many there are. The
model goes there once. An actor that dies, or the machine it is on, costs the part that it was making, which
Ray has another actor make.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from opinia import extras
from opinia.errors import DataError, OpiniaError
from opinia.model.classifier import Classifier
from opinia.score.part_work import Account, Run, checked, failed, make_part
from opinia.score.parts import Part
from opinia.score.shipping import Shipped, opened, ship

REPORTING = "RAY_USAGE_STATS_ENABLED"
_QUIET = {
    REPORTING: "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
}


def import_ray() -> Any:
    """Import Ray with its reports to its makers off, unless whoever started this process wants them.

    Raises:
        MissingExtraError: it is not installed.
    """
    extras.require("scoring on Ray", *extras.RAY)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import ray

    return ray


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
        self._ray = import_ray()
        self._address, self._concurrency = address, concurrency

    def __call__(self, parts: list[Part], *, model: Classifier, run: Run) -> Iterator[Account]:
        """Make parts in any order, and yield the account of each.

        Raises:
            DataError: there is no such cluster, or a part cannot be made.
        """
        ray = self._ray
        with self._cluster():
            import ray.data as data

            logging.getLogger("ray.data").setLevel(logging.ERROR)
            context = data.DataContext.get_current()
            context.enable_progress_bars = False
            context.print_on_execution_start = False
            cores = int(ray.cluster_resources().get("CPU", 1))
            size = min(len(parts), self._concurrency or max(1, cores))
            most = self._concurrency or None
            pool = data.ActorPoolStrategy(min_size=1, max_size=most, initial_size=min(size, max(1, cores)))
            given = {"shipped": [ray.put(ship(model))], "run": run}
            asked = data.from_items(
                [{"part": part.to_json()} for part in parts], override_num_blocks=len(parts)
            )
            made = asked.map_batches(
                _Maker, fn_constructor_kwargs=given, batch_size=1, compute=pool, num_cpus=1
            )
            try:
                for row in made.iter_batches(batch_size=None, prefetch_batches=0):
                    for account in row["account"]:
                        yield checked(json.loads(account))
            except (ray.exceptions.RayError, RuntimeError) as error:
                reason = str(error).strip().splitlines()[-1][:300] if str(error).strip() else ""
                raise DataError(
                    f"Ray could not go on: {type(error).__name__}: {reason}",
                    hint="run the same again: the parts that are made are kept",
                ) from error

    @contextlib.contextmanager
    def _cluster(self) -> Iterator[None]:
        """Join the cluster, or start one whose files go with it."""
        ray, address = self._ray, self._address
        if ray.is_initialized():
            yield
            return
        quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        address = address or os.environ.get("RAY_ADDRESS")
        temporary = None
        try:
            if address and address != "local":
                try:
                    ray.init(address=address, **quiet)
                except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
                    reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
                    raise DataError(
                        f"there is no cluster of Ray at {address}: {reason}",
                        hint="`ray start --head` starts one; without --address one is started for this run",
                    ) from error
            else:
                temporary = tempfile.mkdtemp(prefix="opinia-ray-")
                ray.init(
                    address="local",
                    include_dashboard=False,
                    _temp_dir=temporary,
                    num_cpus=self._concurrency,
                    **quiet,
                )
            yield
        finally:
            ray.shutdown()
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)


class _Maker:
    """An actor: makes one part after the other."""

    def __init__(self, shipped: list[Any], run: Run) -> None:
        content: Shipped = import_ray().get(shipped[0])
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
