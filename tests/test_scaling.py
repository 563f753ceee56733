"""What is extrapolated from one process to many, and the page that says it."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/scaling.json"
INPUTS = {"engine_seconds": 4.0, "worker_seconds": 1.0, "row_seconds": 0.01, "crowding": 1.5}


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_workers_take_parts_in_turn():
    from scaling import simulate

    assert simulate(INPUTS, rows=300, workers=1, part_rows=100) == pytest.approx(5 + 3)
    assert simulate(INPUTS, rows=300, workers=2, part_rows=100) == pytest.approx(5 + 2 * 1.5)
    assert simulate(INPUTS, rows=250, workers=3, part_rows=100) == pytest.approx(5 + 1.5)
    assert simulate(INPUTS, rows=50, workers=8, part_rows=100) == pytest.approx(5 + 0.5 * 1.5)
    many = simulate(INPUTS, rows=1e6, workers=2, part_rows=1)
    assert many == pytest.approx(5 + 1e6 / 2 * 0.015)


def test_a_run_that_follows_the_simulation_is_foretold():
    """Of a machine on which all is as simulated; the largest run was not among the inputs."""
    from scaling import extrapolate, part_rows_of, simulate

    rows = 200_000

    def run(rows, workers):
        taken = simulate(INPUTS, rows=rows, workers=workers, part_rows=part_rows_of(rows))
        return {"workers": workers, "rows": rows, "seconds": taken}

    half, largest = rows // 2, run(rows, 2)
    found = extrapolate(
        {
            "start_of_worker_seconds": INPUTS["worker_seconds"],
            "smallest_run": {"seconds": 5.0},
            "strong": [run(half, 1), run(half, 2)],
            "weak": [run(half, 1), largest],
            "stages_seconds_a_row": {"reading": 0.004, "judging": 0.006},
        }
    )
    assert found["inputs"] == pytest.approx(INPUTS, rel=0.05)
    assert abs(found["held_out"]["error"]) < 0.05
    assert found["stages_sum_to_share_of_row"] == pytest.approx(1)
    hours = [each["hours"] for each in found["billion_rows"]]
    assert hours[0] == pytest.approx(1e9 * 0.01 / 3600, rel=0.01)
    assert hours == sorted(hours, reverse=True)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
def test_the_processor_time_of_a_child_counts_once_it_has_ended():
    import multiprocessing
    import os
    import time

    from scaling import Family

    def work(ready, leave):
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        ready.set()
        leave.wait()

    context = multiprocessing.get_context("fork")
    ready, leave = context.Event(), context.Event()
    child = context.Process(target=work, args=(ready, leave))
    family = Family(os.getpid())
    family.look()
    before = family.seconds
    child.start()
    ready.wait()
    family.look()
    leave.set()
    child.join()
    family.look()
    assert family.seconds - before >= 0.25


def test_the_page_has_the_figures_of_the_file():
    from scaling_page import BEGIN, END, fill

    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else None
    assert fill(page, result) == page
