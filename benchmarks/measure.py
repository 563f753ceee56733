"""The harness of all measurements: processes in turns, medians, the machine.

Standard library only, because it runs in the environments of the peers, too.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
CORES = 2
"""That models and their peers are compared on."""
LINE = "The plot is thin, but the acting is warm and funny, and I was sorry when it was over."
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def read_reviews(path: str) -> tuple[list[str], list[int]]:
    """Return texts and labels of the file that :func:`write_json` made for the peers."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    return content["texts"], content["labels"]


def write_json(path: Path, content: Any, *, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_texts(path: str, rows: int | None = None) -> list[str]:
    """Return the column ``text`` of a CSV file, or of its first rows."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in itertools.islice(csv.DictReader(file), rows)]


def score_file(
    source: str, target: str, score: Callable[[list[str]], Sequence[float]], *, rows: int
) -> dict[str, Any]:
    """Read the first rows of a CSV file, judge them, write them with label and probability: in seconds.

    Args:
        source: a CSV file with the column ``text``.
        target: the CSV file to write.
        score: gives the probability of positive of each text.
        rows: how many are judged.
    """
    start = time.perf_counter()
    texts = read_texts(source, rows)
    positive = score(texts)
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "probability"])
        for text, share in zip(texts, positive, strict=True):
            label = "positive" if share > 0.5 else "negative"
            writer.writerow([text, label, max(share, 1 - share)])
    return {"rows": len(texts), "seconds": time.perf_counter() - start, "peak_memory_bytes": peak_memory()}


def peak_memory() -> int:
    """Return the most memory that this process has had resident so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: on Linux its figure is inherited from the process that started this one.
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def answer(content: dict[str, Any]) -> None:
    """Hand a measurement over to the process that asked for it, as the last line of standard output."""
    print(json.dumps(content), flush=True)


INSTRUCTIONS = {"avx512_vnni": "AVX-512 with VNNI", "avx512f": "AVX-512", "avx2": "AVX2", "asimd": "NEON"}
"""What decides how fast integers and floats are multiplied, the fastest first."""


def machine() -> dict[str, Any]:
    """Return what a reader needs to judge the figures of this machine."""
    cpu, flags = platform.processor() or platform.machine(), set[str]()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            cpu = value.strip() if name.strip() == "model name" else cpu
            flags |= set(value.split()) if name.strip() in ("flags", "Features") else set()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {
        "cpu": cpu,
        "instructions": next((name for flag, name in INSTRUCTIONS.items() if flag in flags), None),
        "cores": usable,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average_at_start": load,
    }


def summary(runs: list[float], digits: int) -> dict[str, Any]:
    """Return the median of some runs, and the runs."""
    return {"median": round(statistics.median(runs), digits), "runs": [round(run, digits) for run in runs]}


def python_of(environment: str) -> str:
    """Return the Python of ``.venv-keras`` or ``.venv-peers``, by ``"keras"`` or ``"peers"``."""
    return str(ROOT / f".venv-{environment}" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def run(command: Sequence[object], *, threads: int = 0) -> str:
    """Return the standard output of a process, and end with its standard error when it fails.

    Args:
        command: of a process that finds what is here and in ``peers/``.
        threads: that its libraries may take; 0 leaves that to them.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE / "peers")))}
    environment |= {name: str(threads) for name in LIMITS if threads}
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        said = " ".join(map(str, command))[:300]
        sys.exit(f"{done.stderr}\nerror: {said} ended with status {done.returncode}")
    return done.stdout


def ask(command: Sequence[object], *, threads: int = 0) -> Any:
    """Return what a process has handed over by :func:`answer`; see :func:`run`."""
    return json.loads(run(command, threads=threads).splitlines()[-1])


def seconds_of(command: Sequence[object], *, runs: int, threads: int = 0) -> list[float]:
    """Time whole processes; a first one is not counted: it brings their files into memory."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        run(command, threads=threads)
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def in_turns(
    systems: Iterable[str], runs: int, measure: Callable[[str], Any], *, what: str, warm_up: int = 0
) -> dict[str, list[Any]]:
    """Measure systems so many times each, in turns: what changes on the machine meets all of them.

    Args:
        systems: their names.
        runs: of each that count.
        measure: takes one measurement of one.
        what: is measured, for whoever watches.
        warm_up: rounds before, which do not count.
    """
    found: dict[str, list[Any]] = {name: [] for name in systems}
    for number in range(1 - warm_up, runs + 1):
        for name, measured in found.items():
            say(f"{what}, run {number} of {runs}: {name}")
            measured.append(measure(name))
    return {name: measured[warm_up:] for name, measured in found.items()}


def medians(runs: dict[str, list[float]], digits: int) -> dict[str, Any]:
    """Return :func:`summary` of each system."""
    return {name: summary(found, digits) for name, found in runs.items()}


def say(message: str) -> None:
    """Tell on standard error how far the work is."""
    print(message, file=sys.stderr, flush=True)
