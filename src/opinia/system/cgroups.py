"""How much processor time a container may take, as Linux's control groups say.

A container's limit (``docker run --cpus 2``, ``resources.limits.cpu`` in Kubernetes, ``CPUQuota`` of
systemd) is no set of cores but a quota: so many microseconds of processor time in each period. A group
gets no more than any group around it, so the tightest one from its own up to the root counts. See
``Documentation/admin-guide/cgroup-v2.rst`` (``cpu.max``) and ``Documentation/scheduler/sched-bwc.rst``
(``cpu.cfs_quota_us``) of the Linux kernel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def cpu_quota(root: Path = Path("/")) -> float:
    """Return how many processors' time this process may take, infinity where nothing limits it.

    What cannot be read or understood limits nothing.

    Args:
        root: of the file system; another than ``/`` for tests.

    Returns:
        Processors, such as 1.5; above 0.
    """
    return min((_limit(folder) for folder in _folders(root)), default=math.inf)


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folder of each control group that this process is in, from its own up to the root's."""
    groups = {names: path for _, names, path in _fields(root / "proc/self/cgroup", ":", 3)}
    for _, _, _, mount_root, mount_point, rest in _fields(root / "proc/self/mountinfo", " ", 6):
        kind, _, options = rest.rpartition(" - ")[2].partition(" ")
        controllers = options.rpartition(" ")[2].split(",")
        if kind == "cgroup2":
            group = groups.get("")  # version 2 has one hierarchy, which names no controllers
        elif kind == "cgroup" and "cpu" in controllers:
            group = next((path for names, path in groups.items() if "cpu" in names.split(",")), None)
        else:
            continue
        if group is None:
            continue
        top = root / _unescaped(mount_point).lstrip("/")
        below = _below(group, _unescaped(mount_root))
        yield from (top.joinpath(*below[:depth]) for depth in range(len(below), -1, -1))


def _below(group: str, mount_root: str) -> tuple[str, ...]:
    """Return the way from what is mounted to the group, nothing where the group lies elsewhere.

    A container without a namespace of its own for control groups sees its full path, such as
    ``/docker/4f…``, and just that group mounted.
    """
    way = PurePosixPath(group)
    if ".." in way.parts or not way.is_relative_to(mount_root):
        return ()
    return way.relative_to(mount_root).parts


def _limit(folder: Path) -> float:
    quota, period = (_read(folder / "cpu.max").split() + ["", ""])[:2]  # "max 100000", or "150000 100000"
    if not quota:
        quota, period = (_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    try:
        limit = int(quota) / int(period)
    except (ValueError, ArithmeticError):  # "max" among them
        return math.inf
    return limit if limit > 0 else math.inf  # -1 is no limit


def _fields(path: Path, separator: str, count: int) -> Iterator[list[str]]:
    """Yield the fields of each line that has so many; the last field holds the rest of its line."""
    for line in _read(path).splitlines():
        fields = line.split(separator, count - 1)
        if len(fields) == count:
            yield fields


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="surrogateescape")
    except (OSError, ValueError):
        return ""


def _unescaped(path: str) -> str:
    """Return a path of mountinfo, which writes blanks as octal numbers."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda found: chr(int(found[1], 8)), path)
