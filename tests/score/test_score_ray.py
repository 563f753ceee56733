"""Scoring on a real cluster of Ray, of two machines' processes: actors, a machine and the driver are killed.

Nothing may be lost or doubled, and what is written is what the local engine writes.
"""

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from scoring import csv_bytes, texts

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]
FILES = 24
SECONDS = 600


@pytest.fixture(scope="module")
def cluster():
    """A cluster of two machines of one processor each, with object stores as small as Ray makes them."""
    from opinia.system.ray_cluster import import_ray

    import_ray("scoring on Ray")
    from ray.cluster_utils import Cluster

    store = 80 << 20
    soon = {
        "health_check_initial_delay_ms": 0,
        "health_check_period_ms": 500,
        "health_check_timeout_ms": 5000,
        "health_check_failure_threshold": 3,
    }
    head = {"num_cpus": 1, "object_store_memory": store, "include_dashboard": False, "_system_config": soon}
    made = Cluster(initialize_head=True, head_node_args=head)
    yield made
    made.shutdown()


@pytest.fixture
def second(cluster):
    """The second machine, which a test may kill: the next then has another."""
    for node in list(cluster.worker_nodes):
        if not node.dead_processes():
            return node
        cluster.remove_node(node)
    node = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    cluster.wait_for_nodes()
    return node


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Many small tables, one of each further format, and what the local engine makes of them."""
    folder, local = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("local")
    long = [f"{text} {text} {text} {text} {text}" for text in texts(240)]
    for number in range(FILES):
        rows = [[str(n), text] for n, text in enumerate(long[number % 7 :: 3])]
        (folder / f"t{number:02}.csv").write_bytes(csv_bytes([["id", "text"], *rows, ["x"]]))
    odd = [None if number % 40 == 9 else text for number, text in enumerate(long)]
    pq.write_table(pa.table({"text": pa.array(odd, pa.string())}), folder / "u.parquet")
    lines = [json.dumps({"text": text, "filler": "-" * 4000}) for text in long * 2]
    (folder / "v.jsonl").write_text("\n".join(lines))
    (folder / "w.csv.gz").write_bytes(gzip.compress((folder / "t00.csv").read_bytes()))
    model = load("base", threads=1)
    for path in sorted(folder.iterdir()):
        score_table(path, local / path.name, classifier=model, options=ScoreOptions(details=True))
    return folder, local


class Driver:
    """``opinia score --engine ray`` in a process of its own, and what it has done so far."""

    def __init__(self, cluster, tables, out):
        command = [sys.executable, "-m", "opinia", "score", str(tables[0]), "-o", f"{out}/", "--details"]
        command += ["--model", "base", "--engine", "ray", "--address", cluster.address]
        self.out, self._said = out, out.with_suffix(".err")
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(command, stderr=said, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def parts(self):
        """The parts of which there is an account, with the time of their last change."""
        accounts = list((self.out / "_opinia/parts").glob("*.json"))
        return {path.stem: (self.out / path.stem).stat().st_mtime_ns for path in accounts}

    def wait_for(self, count):
        """Wait until so many parts more are made, and the work is not done."""
        self._until(lambda: len(self.parts()) >= count)

    def wait_for_actors(self, raylets, count):
        self._until(lambda: len(actors_of(raylets)) >= count)

    def _until(self, is_so):
        end = time.monotonic() + SECONDS
        while not is_so():
            assert self._process.poll() is None, self._said.read_text()
            assert time.monotonic() < end, self._said.read_text()
            time.sleep(0.05)
        assert not (self.out / "_opinia/manifest.json").exists()

    def kill(self):
        self._process.kill()
        assert self._process.wait() == -signal.SIGKILL

    def finish(self):
        assert self._process.wait(SECONDS) == 0, self._said.read_text()
        return self._said.read_text()


def raylet_of(node):
    """The process of a machine of the cluster that starts and ends its workers."""
    (found,) = node.all_processes["raylet"]
    return found.process.pid


def actors_of(raylets):
    """The processes of the actors that make parts, below those of machines."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent in raylets and b"_Maker" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def check(out, local):
    """Check that parts and manifest are whole, and hold what the local engine has written."""
    found = files(out)
    manifest = json.loads((out / "_opinia/manifest.json").read_bytes())
    digests = {part["part"]: part["sha256"] for part in manifest["parts"]}
    assert digests == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    assert manifest["rows"] == sum(part["rows"] for part in manifest["parts"])
    for path in local.iterdir():
        names = sorted(name for name in found if name.partition(".")[0] == path.stem.partition(".")[0])
        if path.suffix == ".parquet":
            tables = [pq.read_table(out / name) for name in names]
            assert pa.concat_tables(tables) == pq.read_table(path)
        elif path.suffix == ".gz":
            assert [gzip.decompress(found[name]) for name in names] == [gzip.decompress(path.read_bytes())]
        else:
            assert b"".join(found[name] for name in names) == path.read_bytes()


def test_actors_and_then_the_driver_are_killed(cluster, second, tables, tmp_path):
    raylets = [raylet_of(cluster.head_node), raylet_of(second)]
    with Driver(cluster, tables, tmp_path / "out") as driver:
        driver.wait_for(2)
        driver.wait_for_actors(raylets, 2)
        for actor in actors_of(raylets):
            os.kill(actor, signal.SIGKILL)
        driver.wait_for(len(driver.parts()) + 4)
        driver.kill()
        kept = driver.parts()
    with Driver(cluster, tables, tmp_path / "out") as driver:
        assert "were there already" in driver.finish()
        assert kept.items() <= driver.parts().items()
    check(tmp_path / "out", tables[1])


def test_a_machine_is_killed(cluster, second, tables, tmp_path):
    raylets = [raylet_of(cluster.head_node), raylet_of(second)]
    with Driver(cluster, tables, tmp_path / "out") as driver:
        driver.wait_for_actors(raylets[1:], 1)
        driver.wait_for(3)
        os.kill(raylets[1], signal.SIGKILL)
        driver.finish()
    check(tmp_path / "out", tables[1])


def test_a_cluster_of_its_own_leaves_nothing(tables, tmp_path):
    home, old = tmp_path / "home", Path(tempfile.mkdtemp(prefix="opinia-ray-", dir="/tmp"))
    home.mkdir()
    (old / "session_1").mkdir()  # of a run that was killed
    command = [
        sys.executable,
        "-m",
        "opinia",
        "score",
        str(tables[0] / "t00.csv"),
        str(tables[0] / "w.csv.gz"),
    ]
    command += [
        "-o",
        f"{tmp_path}/out/",
        "--details",
        "--model",
        "base",
        "--engine",
        "ray",
        "--concurrency",
        "1",
    ]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    variables["RAY_worker_niceness"] = "0"
    done = subprocess.run(
        command,
        env={**variables, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    assert (tmp_path / "out/t00.csv").read_bytes() == (tables[1] / "t00.csv").read_bytes()
    assert list(home.iterdir()) == []
    assert not old.exists()
