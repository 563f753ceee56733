"""A cluster of Ray: one that is there already, or one on this machine that goes again."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opinia import extras
from opinia.errors import DataError, TrainingError
from opinia.system.folder_lock import LOCK, alone_in

REPORTING = "RAY_USAGE_STATS_ENABLED"
_SETTINGS = {
    REPORTING: "0",
    "RAY_raylet_start_wait_time_s": "180",  # 30 are too few where the processors are busy with other work
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_STORE_BYTES = 256 << 20
"""Of the object store of a cluster that is started here: for the largest model, and the names of parts."""
_ROOM = "opinia-ray-"
_LONGEST_PLACE = 22  # the path of a socket has room for 107 bytes, and Ray's take the rest


def import_ray(what: str) -> Any:
    """Import Ray with its reports to its makers off, unless whoever started this process wants them.

    Args:
        what: needs it, for the message, such as ``"scoring on Ray"``.

    Raises:
        MissingExtraError: it is not installed.
    """
    extras.require(what, *extras.RAY)
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    return ray


@contextlib.contextmanager
def cluster(ray: Any, address: str | None, *, processors: int | None = None) -> Iterator[bool]:
    """Join a cluster, or start one on this machine whose files go with it.

    Args:
        ray: of :func:`import_ray`.
        address: as ``ray.init`` takes it, such as ``"auto"``; None takes the cluster that this process
            belongs to, or that of ``RAY_ADDRESS``, else starts one.
        processors: of the one that is started; None counts those of the machine.

    Yields:
        Whether it was started here.

    Raises:
        DataError: there is none at the address.
    """
    if ray.is_initialized():
        yield False
        return
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
    address = address or os.environ.get("RAY_ADDRESS")
    is_own = not address or address == "local"
    with contextlib.ExitStack() as stack:
        stack.callback(ray.shutdown)
        if is_own:
            room = stack.enter_context(_room())
            stack.enter_context(_token_in(room))
            own = {"include_dashboard": False, "_temp_dir": room, "object_store_memory": _STORE_BYTES}
            try:
                ray.init(address="local", num_cpus=processors, **own, **quiet)
            except Exception as error:  # among Ray's are plain ones
                raise DataError(
                    f"Ray does not start on this machine: {reason_of(error)}",
                    hint="run it again when the machine is less busy, or name a cluster with --address",
                ) from error
        else:
            try:
                ray.init(address=address, **quiet)
            except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
                raise DataError(
                    f"there is no cluster of Ray at {address}: {reason_of(error)}",
                    hint="`ray start --head` starts one; without --address one is started for this command",
                ) from error
        yield is_own


def reason_of(error: Exception) -> str:
    """Return the kind of an error of Ray, and its first line that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[-1 if "Traceback" in str(error) else 0] if lines else ""
    return f"{type(error).__name__}: {line[:300]}"


@contextlib.contextmanager
def _room() -> Iterator[str]:
    """Make a folder for the files of a cluster; those of runs that were killed are removed."""
    place = tempfile.gettempdir()
    if len(place) > _LONGEST_PLACE:
        place = "/tmp"  # noqa: S108 - as Ray does by itself; the folder in it is ours alone
    for old in Path(place).glob(f"{_ROOM}*"):
        with contextlib.suppress(TrainingError, OSError), alone_in(old, doing="work on Ray"):
            _empty(old)
    folder = Path(tempfile.mkdtemp(prefix=_ROOM, dir=place))
    with alone_in(folder, doing="work on Ray"):
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
