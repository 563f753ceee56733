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
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opinia import extras
from opinia.errors import DataError, OpiniaError, TrainingError
from opinia.model.classifier import Classifier
from opinia.score.part_work import Account, Run, checked, failed, make_part
from opinia.score.parts import Part
from opinia.score.shipping import Shipped, opened, ship
from opinia.system.lock import LOCK, alone_in

REPORTING = "RAY_USAGE_STATS_ENABLED"
_SETTINGS = {
    REPORTING: "0",
    "RAY_raylet_start_wait_time_s": "180",  # 30 are too few where the processors are busy with other work
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
}
_DEATHS = 3
"""Workers that a part may cost before it is given up; it may itself be what kills them."""
_STORE_BYTES = 256 << 20
"""Of the object store of a cluster that is started here: for the largest model, and the names of parts."""
_ROOM = "opinia-ray-"
_LONGEST_PLACE = 22  # the path of a socket has room for 107 bytes, and Ray's take the rest


def import_ray() -> Any:
    """Import Ray with its reports to its makers off, unless whoever started this process wants them.

    Raises:
        MissingExtraError: it is not installed.
    """
    extras.require("scoring on Ray", *extras.RAY)
    for name, value in _SETTINGS.items():
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
        with self._cluster(), _settings() as data:
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
                    f"Ray could not go on: {_reason(error)}",
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
        with contextlib.ExitStack() as stack:
            stack.callback(ray.shutdown)
            if address and address != "local":
                try:
                    ray.init(address=address, **quiet)
                except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
                    raise DataError(
                        f"there is no cluster of Ray at {address}: {_reason(error)}",
                        hint="`ray start --head` starts one; without --address one is started for this run",
                    ) from error
            else:
                room = stack.enter_context(_room())
                stack.enter_context(_token_in(room))
                try:
                    ray.init(
                        address="local",
                        include_dashboard=False,
                        _temp_dir=room,
                        num_cpus=self._concurrency,
                        object_store_memory=_STORE_BYTES,
                        **quiet,
                    )
                except Exception as error:  # among Ray's are plain ones
                    raise DataError(
                        f"Ray does not start on this machine: {_reason(error)}",
                        hint="run it again when the machine is less busy, or name a cluster with --address",
                    ) from error
            yield


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[-1 if "Traceback" in str(error) else 0] if lines else ""
    return f"{type(error).__name__}: {line[:300]}"


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


@contextlib.contextmanager
def _room() -> Iterator[str]:
    """Make a folder for the files of a cluster; those of runs that were killed are removed."""
    place = tempfile.gettempdir()
    if len(place) > _LONGEST_PLACE:
        place = "/tmp"  # noqa: S108 - as Ray does by itself; the folder in it is ours alone
    for old in Path(place).glob(f"{_ROOM}*"):
        with contextlib.suppress(TrainingError, OSError), alone_in(old, doing="scoring"):
            _empty(old)
    folder = Path(tempfile.mkdtemp(prefix=_ROOM, dir=place))
    with alone_in(folder, doing="scoring"):
        try:
            yield str(folder)
        finally:
            _empty(folder)


@contextlib.contextmanager
def _token_in(room: str) -> Iterator[None]:
    """Put the token that a cluster's processes show each other into its folder; Ray leaves one at home."""
    if any(name.startswith("RAY_AUTH_") for name in os.environ):
        yield
        return
    path = Path(room) / "auth_token"
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32), encoding="ascii")
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(path)
    try:
        yield
    finally:
        del os.environ["RAY_AUTH_TOKEN_PATH"]


def _empty(folder: Path) -> None:
    """Remove what is in a folder but its lock, which goes with the folder."""
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != LOCK:
            each.unlink(missing_ok=True)


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
