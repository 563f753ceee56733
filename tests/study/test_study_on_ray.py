"""A study on a real cluster of Ray, whose workers are killed: the files of one that processes trained."""

import contextlib
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from commands import opinia_command
from opinia.errors import TrainingError
from opinia.study.grid import run_study
from studies import STUDY, contents

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    from opinia.system.ray_cluster import cluster, import_ray

    with cluster(import_ray("a study on Ray"), "local", processors=2) as is_own:
        assert is_own
        yield


def workers() -> list[int]:
    """Return the processes of this one's cluster that train."""
    training = []
    for found in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{found}/cmdline").read_bytes().startswith(b"ray::opinia-study"):
                training.append(int(found))

    def is_ours(process: int) -> bool:
        while process not in (0, os.getpid()):
            stat = Path(f"/proc/{process}/stat").read_text()
            process = int(stat.rpartition(")")[2].split()[1])
        return process == os.getpid()

    ours = []
    for process in training:
        with contextlib.suppress(OSError):
            if is_ours(process):
                ours.append(process)
    return ours


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
def test_a_study_whose_workers_are_killed_has_the_files_of_one_of_processes(
    study, undisturbed, cluster, tmp_path
):
    from opinia.study.ray import RayWork

    said, killed, seen = [], [], []

    def kill(progress):
        seen.append(progress)
        if progress.finished is not None and progress.finished.epoch == 1 and len(killed) < 2:
            for process in workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

    folder = tmp_path / "runs"
    engine = RayWork(side_by_side=2, say=said.append)
    run_study(study, folder, engine=engine, on_progress=kill)
    assert killed
    assert any("its worker was lost" in line for line in said)
    assert contents(folder) == contents(undisturbed)
    assert {p.finished.epoch for p in seen if p.run == "long" and p.finished} == {1, 2, 3, 4}
    assert not list(folder.rglob(".*"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
def test_a_training_that_is_lost_again_and_again_ends_the_study(study, cluster, tmp_path):
    from opinia.study.ray import TRIES, RayWork

    said, killed, over = [], set(), threading.Event()

    def kill_all():
        while not over.wait(0.05):
            for process in workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.add(process)

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        with pytest.raises(TrainingError, match=f"{TRIES} times without an epoch more") as error:
            run_study(study, tmp_path / "runs", engine=RayWork(side_by_side=1, say=said.append))
    finally:
        over.set()
        killer.join()
    assert "the same command goes on" in error.value.hint
    assert len([line for line in said if "it starts again" in line]) == TRIES - 1
    assert len(killed) >= TRIES


def test_the_command_trains_on_ray_what_is_left_and_reports(undisturbed, finished, cluster, tmp_path):
    shutil.rmtree(finished / "other")
    (tmp_path / "tiny.toml").write_text(_toml(STUDY), encoding="utf-8")
    place = ["-o", finished, "--report", tmp_path / "report"]
    printed = opinia_command("study", tmp_path / "tiny.toml", *place, "--engine", "ray")
    assert Path(printed.strip()).is_file()
    assert contents(finished) == contents(undisturbed)


def test_a_training_that_fails_says_so_once(study, finished, cluster):
    from opinia.study.ray import RayWork

    (finished / "other" / "seed-1" / "run.json").unlink()
    (finished / "other" / "seed-1" / "checkpoint.pt").write_bytes(b"damaged")
    with pytest.raises(TrainingError, match=r"other, seed 1: the checkpoint .* cannot be continued") as error:
        run_study(study, finished, engine=RayWork())
    assert "delete" in error.value.hint


def test_what_is_for_a_cluster_alone_is_refused_elsewhere():
    assert "--gpus is for a cluster" in opinia_command("study", "--sample", "--gpus", 1, status=2)
    assert "leave out --engine" in opinia_command("study", "--report-only", "--engine", "ray", status=2)


def test_a_machine_without_gpus_refuses_trainings_that_ask_for_one(cluster):
    from opinia.study.ray import RayWork

    said = []
    engine = RayWork(gpus=1, say=said.append)
    with pytest.raises(TrainingError, match="a training asks for a processor and 1 GPU"):
        engine._check_room(1, is_own=True)
    engine._check_room(1, is_own=False)
    assert "no machine of the cluster has a processor and 1 GPU now" in said[0]


def _toml(study) -> str:
    import tomli_w

    from studies import RUNS, TINY

    return tomli_w.dumps({"name": study.name, "seeds": list(study.seeds), "recipe": TINY, "runs": RUNS})
