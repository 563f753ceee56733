"""The memory of `opinia score` on files of millions of rows, against that on a file of 50,000.

    python benchmarks/large_files.py --rows 1000000 5000000

Files of short texts, no two alike, are made in a temporary folder as CSV, JSON Lines and Parquet (one row
group of all rows, which is the hardest), and scored by the command itself, from the shell. The peak is that
of the process and all its children together, read from ``/proc`` while it runs: on Linux alone. Writes
``benchmarks/results/large_files.json``, where formats that were not measured this time stay as they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from measure import RESULTS, machine, say, write_json

KINDS = ("csv", "jsonl", "parquet")
SMALL = 50_000
GOAL = 1.2
WORDS = ("good", "bad", "film", "the", "was", "a", "plot", "thin", "warm", "funny", "never", "again")
BATCH = 50_000
LOOK_SECONDS = 0.05


def texts(rows: int) -> Iterator[list[str]]:
    """Yield short texts in batches: a number that no other row has, and three to twelve words."""
    random = np.random.default_rng(0)
    for first in range(0, rows, BATCH):
        count = min(BATCH, rows - first)
        lengths = random.integers(3, 13, count)
        words = random.integers(0, len(WORDS), (count, 12))
        yield [
            f"{first + i} " + " ".join(WORDS[word] for word in words[i, : lengths[i]]) for i in range(count)
        ]


def write(path: Path, kind: str, rows: int) -> None:
    """Write a table of ``id`` and ``text``."""
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = pa.chunked_array([pa.array(batch) for batch in texts(rows)])
        pq.write_table(pa.table({"id": np.arange(rows), "text": columns}), path, row_group_size=rows)
        return
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text\n" if kind == "csv" else "")
        for batch in texts(rows):
            if kind == "csv":
                file.writelines(f"{number + i},{text}\n" for i, text in enumerate(batch))
            else:
                file.writelines(
                    json.dumps({"id": number + i, "text": text}) + "\n" for i, text in enumerate(batch)
                )
            number += len(batch)


def score(source: Path, target: Path, model: str) -> dict[str, float]:
    """Score a file from the shell; return seconds and the peak of memory, children included."""
    command = [sys.executable, "-m", "opinia", "score", str(source), "-o", str(target), "--model", model]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    own = together = 0
    while process.poll() is None:
        own = max(own, _kilobytes(process.pid, "VmHWM"))
        together = max(together, sum(_kilobytes(each, "VmRSS") for each in _family(process.pid)))
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - start
    assert process.stderr is not None
    said = process.stderr.read().decode()
    if process.returncode:
        sys.exit(f"{said}\nerror: {' '.join(command)} ended with status {process.returncode}")
    return {"seconds": round(seconds, 2), "peak_megabytes": round(max(own, together) / 1e3, 1)}


def _family(parent: int) -> list[int]:
    """Return a process and all below it."""
    found = [parent]
    for each in found:
        for thread in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += [int(child) for child in thread.read_text().split()]
            except OSError:  # it has just ended
                continue
    return found


def _kilobytes(process: int, name: str) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:")), 0)


def count_rows(path: Path, kind: str) -> int:
    """Return how many rows were written, so that none is lost unnoticed."""
    if kind == "parquet":
        import pyarrow.parquet as pq

        return int(pq.ParquetFile(path).metadata.num_rows)
    with path.open("rb") as file:
        return sum(1 for _ in file) - (kind == "csv")


def main() -> None:
    """Measure every format at every size, and write the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--small", type=int, default=SMALL, help="rows of the file to compare with")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--model", default="seed", help="the model: the fastest, for memory is what counts")
    parser.add_argument("--folder", type=Path, help="for the files, gigabytes of them; a temporary one")
    parser.add_argument("--output", type=Path, default=RESULTS / "large_files.json")
    arguments = parser.parse_args()
    files: dict[str, list[dict[str, Any]]] = {}
    for kind in arguments.kinds:
        found = files.setdefault(kind, [])
        for rows in (arguments.small, *arguments.rows):
            with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
                source, target = Path(name) / f"in.{kind}", Path(name) / f"out.{kind}"
                write(source, kind, rows)
                say(f"{kind}, {rows:,} rows, {source.stat().st_size / 1e6:,.0f} MB")
                measured = score(source, target, arguments.model)
                written = count_rows(target, kind)
                assert written == rows, f"{written:,} of {rows:,} rows were written"
            ratio = measured["peak_megabytes"] / (found[0] if found else measured)["peak_megabytes"]
            speed = round(rows / measured["seconds"])
            found.append({"rows": rows, **measured, "rows_per_second": speed, "ratio": round(ratio, 3)})
    before = json.loads(arguments.output.read_text("utf-8")) if arguments.output.exists() else {"files": {}}
    result = {
        "what": "peak memory of opinia score, children included, against a file of few rows",
        "model": arguments.model,
        "machine": machine(),
        "goal_ratio": GOAL,
        "files": before["files"] | files,
    }
    write_json(arguments.output, result, indent=2)
    for kind, found in files.items():
        for each in found:
            print(
                f"{kind:8}{each['rows']:>10,} rows {each['peak_megabytes']:>8,.1f} MB {each['ratio']:>6.3f} "
                f"{each['rows_per_second']:>9,} rows/s"
            )
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
