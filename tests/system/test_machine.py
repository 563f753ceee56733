"""How many cores are there for this process: affinity and the quotas of containers; and how many threads."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import opinia
from opinia import InputError
from opinia.cli.main import cli
from opinia.model.batches import BatchRunner
from opinia.score import ScoreOptions
from opinia.serve.options import ServeOptions
from opinia.system.cgroups import cpu_quota
from opinia.system.machine import MAX_THREADS, thread_count, usable_cores

V2 = "30 1 0:26 {root} {point} rw,nosuid shared:4 - cgroup2 cgroup rw,nsdelegate"
V1 = "33 31 0:30 {root} {point} rw - cgroup cgroup rw,cpu,cpuacct"
OTHER = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n22 1 8:1 / / rw - ext4 /dev/sda1 rw"


def lay(root: Path, groups: str, mounts: str, files: dict[str, str]) -> Path:
    """Lay out what Linux would show of control groups, below a root of its own."""
    made = {"proc/self/cgroup": groups, "proc/self/mountinfo": f"{OTHER}\n{mounts}\n", **files}
    for name, content in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def v2(root: Path, limits: dict[str, str], *, group: str, mount: str = "/") -> Path:
    point = "sys/fs/cgroup"
    files = {f"{point}/{below}/cpu.max": content for below, content in limits.items()}
    return lay(root, f"0::{group}\n", V2.format(root=mount, point=f"/{point}"), files)


def v1(root: Path, limits: dict[str, tuple[int, int]], *, group: str, mount: str = "/") -> Path:
    point = "sys/fs/cgroup/cpu,cpuacct"
    files = {}
    for below, (quota, period) in limits.items():
        files[f"{point}/{below}/cpu.cfs_quota_us"] = f"{quota}\n"
        files[f"{point}/{below}/cpu.cfs_period_us"] = f"{period}\n"
    groups = f"9:memory:/else\n4:cpu,cpuacct:{group}\n1:name=systemd:/init.scope\n0::/init.scope\n"
    return lay(root, groups, V1.format(root=mount, point=f"/{point}"), files)


@pytest.mark.parametrize(
    ("limits", "group", "mount", "expected"),
    [
        ({"": "max 100000"}, "/", "/", math.inf),
        ({"": "150000 100000\n"}, "/", "/", 1.5),  # in a namespace of its own, as containers are now
        ({"a": "max 100000", "a/b": "200000 50000"}, "/a/b", "/", 4.0),
        ({"a": "100000 100000", "a/b": "max 100000"}, "/a/b", "/", 1.0),  # the group around it is tighter
        ({"a": "300000 100000", "a/b": "50000 100000", "a/b/c": "max 100000"}, "/a/b/c", "/", 0.5),
        ({"a": "300000 100000", "a/b/c": "700000 100000"}, "/a/b/c", "/", 3.0),
        ({"a": "100000 100000", "b": "max 100000"}, "/b", "/", math.inf),  # another group's
        ({"": "250000 100000"}, "/docker/4f", "/docker/4f", 2.5),  # only the own group is mounted
        ({"x": "300000 100000", "": "max 100000"}, "/docker/4f/x", "/docker/4f", 3.0),
        ({"": "200000 100000"}, "/docker/4f", "/docker/else", 2.0),
        ({"": "200000 100000"}, "/../outside", "/", 2.0),
        ({"a": "100000 100000"}, "/a/gone (deleted)", "/", 1.0),
        ({"": ""}, "/", "/", math.inf),
        ({"": "lots of it"}, "/", "/", math.inf),
        ({"": "100000"}, "/", "/", math.inf),
        ({"": "100000 0"}, "/", "/", math.inf),
        ({"": "0 100000"}, "/", "/", math.inf),
        ({"": "9" * 400 + " 1"}, "/", "/", math.inf),
        ({"": "9" * 5000 + " 1"}, "/", "/", math.inf),
    ],
)
def test_the_quota_of_version_2(tmp_path, limits, group, mount, expected):
    assert cpu_quota(v2(tmp_path, limits, group=group, mount=mount)) == expected


@pytest.mark.parametrize(
    ("limits", "group", "mount", "expected"),
    [
        ({"": (-1, 100_000)}, "/", "/", math.inf),
        ({"": (-1, 100_000), "a": (150_000, 100_000)}, "/a", "/", 1.5),
        ({"": (-1, 100_000), "a": (100_000, 50_000), "a/b": (-1, 100_000)}, "/a/b", "/", 2.0),
        ({"a": (300_000, 100_000), "a/b": (100_000, 100_000)}, "/a/b", "/", 1.0),
        ({"": (250_000, 100_000)}, "/kubepods/pod7/4f", "/kubepods/pod7/4f", 2.5),
        ({"a": (50_000, 100_000)}, "/b", "/", math.inf),
    ],
)
def test_the_quota_of_version_1(tmp_path, limits, group, mount, expected):
    assert cpu_quota(v1(tmp_path, limits, group=group, mount=mount)) == expected


def test_both_versions_at_once_and_a_mount_point_with_a_space(tmp_path):
    groups = "4:cpu,cpuacct:/old\n0::/new\n"
    mounts = "\n".join(
        [V2.format(root="/", point=r"/a\040place"), V1.format(root="/", point="/sys/fs/cgroup/cpu")]
    )
    files = {
        "a place/new/cpu.max": "300000 100000",
        "sys/fs/cgroup/cpu/old/cpu.cfs_quota_us": "200000",
        "sys/fs/cgroup/cpu/old/cpu.cfs_period_us": "100000",
    }
    assert cpu_quota(lay(tmp_path, groups, mounts, files)) == 2.0
    (tmp_path / "a place/new/cpu.max").write_text("100000 100000")
    assert cpu_quota(tmp_path) == 1.0


def test_without_control_groups_nothing_limits(tmp_path):
    assert cpu_quota(tmp_path) == math.inf


@given(groups=st.text(max_size=60), mounts=st.text(max_size=120), limit=st.text(max_size=20))
def test_whatever_stands_there_gives_a_number_above_0(tmp_path_factory, groups, mounts, limit):
    root = tmp_path_factory.mktemp("odd")
    for content in (groups, f"0::/{groups}"):
        lay(root, content, mounts, {"sys/fs/cgroup/cpu.max": limit})
        assert cpu_quota(root) > 0
    assert cpu_quota(v2(root, {"": limit}, group="/")) > 0


def cores_seen(setup: str = "") -> int:
    code = f"import os, sys\n{setup}\nfrom opinia.system.machine import usable_cores\nprint(usable_cores())"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is not everywhere")
def test_affinity_counts():
    one = min(os.sched_getaffinity(0))
    assert cores_seen(f"os.sched_setaffinity(0, {{{one}}})") == 1
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))


@pytest.fixture
def group():
    """A control group of our own with room for one below it, where this machine lets us make one."""
    try:
        versions = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")
        top = next(place for place in versions if list(place.glob("cpu.*")) or (place / "cpu.max").exists())
        outer = top / f"opinia-test-{os.getpid()}"
        outer.mkdir()
    except (OSError, StopIteration):
        pytest.skip("no control group can be made here")
    try:
        (outer / "inner").mkdir()
        yield outer
    finally:
        (outer / "inner").rmdir()
        outer.rmdir()


def test_the_quota_of_a_real_group_around_ours_counts(group):
    before = cores_seen()
    try:
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_period_us").write_text("100000")
            (group / "cpu.cfs_quota_us").write_text("100000")
        else:
            (group / "cpu.max").write_text("100000 100000")
        enter = f"open({str(group / 'inner/cgroup.procs')!r}, 'w').write(str(os.getpid()))"
        assert cores_seen(enter) == 1
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no process can be put into a control group here: {error}")
    assert cores_seen() == before


@pytest.mark.parametrize("threads", [1, 3, MAX_THREADS, np.int64(2), np.uint8(7)])
def test_a_number_of_threads_is_taken_as_it_is(threads):
    assert thread_count(threads) == threads


def test_no_number_of_threads_is_one_a_core():
    assert thread_count(0) == usable_cores()


IMPOSSIBLE = [-1, -(10**30), 1.5, 2.0, np.float64(2), True, False, np.True_, "2", None, 1025, 10**400, [2]]


@pytest.mark.parametrize("threads", IMPOSSIBLE, ids=lambda value: repr(value)[:20])
def test_an_impossible_number_of_threads_is_refused_on_every_front(threads):
    model = opinia.load("seed").model
    fronts = [
        lambda: thread_count(threads),
        lambda: opinia.load("seed", threads=threads),
        lambda: opinia.Classifier(model, threads=threads),
        lambda: BatchRunner(model, threads=threads),
        lambda: ScoreOptions(threads=threads),
        lambda: ServeOptions(threads=threads),
    ]
    for front in fronts:
        with pytest.raises(InputError, match=f"whole number from 0 to {MAX_THREADS}. Received: ") as caught:
            front()
        assert len(caught.value.message) < 130
        assert caught.value.hint is not None


@pytest.mark.parametrize("threads", ["-1", "1.5", "x", "", "1025", "9" * 30])
@pytest.mark.parametrize("command", [["score", "in.csv", "-o", "out.csv"], ["serve"]])
def test_an_impossible_number_of_threads_is_refused_by_the_commands(tmp_path, monkeypatch, command, threads):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("text\ngood\n")
    result = CliRunner().invoke(cli, [*command, "--threads", threads])
    assert result.exit_code == 2
    assert "--threads" in result.output
    assert not (tmp_path / "out.csv").exists()
