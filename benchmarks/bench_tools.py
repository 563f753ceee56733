"""What the measuring processes share; standard library only, because it runs in both environments."""

from __future__ import annotations

import csv
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def read_reviews(path: str) -> tuple[list[str], list[int]]:
    """Return texts and labels of the file that :func:`write_json` made for the peers."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    return content["texts"], content["labels"]


def write_json(path: Path, content: Any, *, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_texts(path: str, rows: int | None = None) -> list[str]:
    """Return the column ``text`` of a CSV file, or of its first rows."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row["text"] for row, _ in zip(csv.DictReader(file), _numbers(rows), strict=False)]


def _numbers(most: int | None) -> Any:
    import itertools

    return itertools.count() if most is None else range(most)


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
