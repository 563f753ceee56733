"""How scoring, training and serving grow from one process to two, and what follows for many.

    python benchmarks/scaling.py --json benchmarks/results/scaling.json
    python benchmarks/scaling.py --page benchmarks/results/scaling.json    # fills docs/scale.md

Scoring: the local engine against Ray, in processor time a row; Ray with one worker and with two, on as many
rows (strong scaling) and on twice as many (weak). Training: two processes of one thread against one of two,
and by how much two processes round otherwise than one. Serving: one process of one thread against two behind
a balancer that hands connections out in turn. Each is a process of its own; whatever runs beside it is
missing to it, so leave the machine to it: ten minutes with the sizes that are set. On Linux alone.

:func:`simulate` puts workers to parts in their order. Its inputs are measured: seconds a row of one worker,
the starts of a worker and of the engine, what a second worker costs the first. One run is held out, the
largest with two workers, and the error on it is said. A first look, or a part of it anew:

    python benchmarks/scaling.py --rows 20000 --seconds 2 --epochs 2 --json /tmp/scaling.json
    python benchmarks/scaling.py --parts training --json benchmarks/results/scaling.json
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import heapq
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import HERE, ROOT, ask, machine, run, say, summary, write_json

MODEL = "seed"
"""The smallest, so that what is done around it weighs most."""
USUAL_MODEL = "general"
"""The one that reads English where none is named: the overhead of an engine beside a usual network."""
STAGE_ROWS = 20_000
PART_ROWS = 65_536
LOOK_SECONDS = 0.1
STEPS = (1, 54, 150)
ENGINE_ROWS = 1_000
"""So few that the run is mostly the start of its engine."""
PARTS = ("scoring", "training", "serving")
PAGE = ROOT / "docs" / "scale.md"
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": ""}


class Family:
    """The processor time of a process and all that it has started, also of those that ended, as last seen.

    Args:
        root: number of the process.
    """

    def __init__(self, root: int) -> None:
        self._root, self._seen = root, dict[tuple[int, str], float]()

    @property
    def seconds(self) -> float:
        """Used so far."""
        return sum(self._seen.values())

    def look(self) -> None:
        """Look at all that run."""
        parents, found = {}, {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                process = int(entry.name)
                parents[process] = int(fields[1])
                used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                found[process] = ((process, fields[19]), used)
        ours = {self._root} | {process for process, _ in self._seen}
        for process in parents:
            above = process
            while above in parents and above not in ours:
                above = parents[above]
            if above in ours:
                ours.add(process)
        for process in ours & found.keys():
            key, used = found[process]
            self._seen[key] = used


def timed(command: list[object]) -> dict[str, float]:
    """Run a command; return its seconds, and those of the processors, of all that it starts together."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*map(str, command)], stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **ENVIRONMENT}
        )
        family = Family(process.pid)
        while process.poll() is None:
            family.look()
            time.sleep(LOOK_SECONDS)
        seconds = time.perf_counter() - begin
        if process.returncode:
            said.seek(0)
            sys.exit(f"{said.read().decode()}\nerror: {' '.join(map(str, command))[:300]} has failed")
    return {"seconds": round(seconds, 2), "processor_seconds": round(family.seconds, 2)}


class Scoring:
    """Scores tables of short texts, with either engine.

    Args:
        folder: for tables and answers.
        model: that judges them.
    """

    def __init__(self, folder: Path, model: str = MODEL) -> None:
        self.folder, self.model = folder, model
        self._outputs = itertools.count()

    def table(self, rows: int, kind: str = "parquet") -> Path:
        """Return a table of so many short texts, made once."""
        from large_files import write

        path = self.folder / f"texts-{rows}.{kind}"
        if not path.exists():
            if kind == "parquet":
                import pyarrow as pa
                import pyarrow.parquet as pq

                from large_files import texts

                with pq.ParquetWriter(path, pa.schema([("text", pa.string())])) as file:
                    for batch in texts(rows):  # in groups, as such files have
                        file.write_table(pa.table({"text": batch}))
            else:
                write(path, kind, rows)
        return path

    def local(self, rows: int) -> dict[str, float]:
        """Measure the local engine with all cores."""
        return self._score(rows, self.folder / f"{self.model}-local-{next(self._outputs)}.parquet")

    def ray(self, rows: int, workers: int) -> dict[str, float]:
        """Measure Ray with so many workers, its start included."""
        options = ["--engine", "ray", "--concurrency", workers]
        return {
            "workers": workers,
            **self._score(rows, self.folder / f"{self.model}-ray-{next(self._outputs)}", *options),
        }

    def _score(self, rows: int, output: Path, *options: object) -> dict[str, float]:
        say(f"{self.model} scores {rows:,} rows: {' '.join(map(str, options)) or 'local'}")
        command = [sys.executable, "-m", "opinia", "score", self.table(rows), "-o", output]
        command += ["--model", self.model]
        return {"rows": rows, **timed([*command, *options])}

    def overhead(self, rows: int) -> dict[str, Any]:
        """Measure the local engine and two workers of Ray, and by how much its processor time is less."""
        local, ray = self.local(rows), self.ray(rows, 2)
        ratio = ray["processor_seconds"] / local["processor_seconds"]
        return {"model": self.model, "rows": rows, "local": local, "ray": ray, "ratio": round(ratio, 3)}

    def stages(self, rows: int) -> dict[str, float]:
        """Return the seconds a row of each step of one worker with one thread."""
        model = ROOT / "src" / "opinia" / "models" / f"{MODEL}.onnx"
        found = ask([sys.executable, HERE / "ceiling.py", "stages", self.table(rows, "csv"), model, rows])
        names = {
            "reading": "reading",
            "tokenising": "words to numbers",
            "padding": "sorting, padding, copying",
            "judging": "network, one thread",
            "writing": "writing",
        }
        return {name: found["seconds"][step] / found["rows"] for name, step in names.items()}

    def start_of_worker(self) -> float:
        """Return the seconds in which a process imports opinia, loads the model and answers."""
        code = f"import opinia; opinia.load({MODEL!r}, threads=1).predict_proba('a warm film')"
        begin = time.perf_counter()
        run([sys.executable, "-c", code])
        return time.perf_counter() - begin


def measure_scoring(folder: Path, rows: int) -> dict[str, Any]:
    """Measure stages, starts, overhead, strong and weak scaling; the largest run has ``rows``."""
    scoring = Scoring(folder)
    few, half = max(1, rows // 10), max(1, rows // 2)
    stages = scoring.stages(min(STAGE_ROWS, rows))
    scoring.start_of_worker()
    start = scoring.start_of_worker()
    sizes = sorted({max(1, rows // 100), few, rows})
    engine = scoring.ray(ENGINE_ROWS, 1)
    both = [scoring.overhead(each) for each in sizes]
    usual = Scoring(folder, USUAL_MODEL)
    one, two = scoring.ray(half, 1), scoring.ray(half, 2)
    return {
        "model": MODEL,
        "stages_seconds_a_row": stages,
        "start_of_worker_seconds": round(start, 3),
        "smallest_run": engine,
        "local_against_ray": [*both, *(usual.overhead(each) for each in (few, rows))],
        "strong": [one, two],
        "weak": [one, both[-1]["ray"]],
    }


def simulate(inputs: dict[str, float], *, rows: float, workers: int, part_rows: float = PART_ROWS) -> float:
    """Return the seconds of a run: workers take parts in their order, each when it is free.

    Args:
        inputs: ``engine_seconds`` until workers are started, ``worker_seconds`` of the start of each,
            ``row_seconds`` of one worker alone, and ``crowding``, what a row takes beside another worker on
            the same machine, as a multiple.
        rows: of the whole.
        workers: with a processor each.
        part_rows: of a part; the last one is smaller.
    """
    row = inputs["row_seconds"] * (inputs["crowding"] if workers > 1 else 1.0)
    parts = math.ceil(rows / part_rows)
    free = [inputs["engine_seconds"] + inputs["worker_seconds"]] * min(workers, parts)
    if parts > 1_000 * workers:  # so many are as good as evenly shared
        return free[0] + rows / workers * row
    heapq.heapify(free)
    for number in range(parts):
        held = min(part_rows, rows - number * part_rows)
        heapq.heappush(free, heapq.heappop(free) + held * row)
    return max(free)


def part_rows_of(rows: int) -> int:
    """Return the rows of a part of one Parquet file, as ``opinia score`` divides it."""
    return min(PART_ROWS, max(4_096, math.ceil(rows / 128)))


def inputs_of(scoring: dict[str, Any]) -> dict[str, float]:
    """Return what :func:`simulate` needs, from measurements without the largest run of two workers."""
    worker = scoring["start_of_worker_seconds"]
    engine = scoring["smallest_run"]["seconds"] - worker
    one, two = scoring["strong"]

    def row(seconds: float, rows: float, workers: int) -> float:
        return max(1e-9, (seconds - engine - worker) * workers / rows)

    alone = row(one["seconds"], one["rows"], 1)
    return {
        "engine_seconds": round(engine, 3),
        "worker_seconds": worker,
        "row_seconds": alone,
        "crowding": round(row(two["seconds"], two["rows"], 2) / alone, 4),
    }


def extrapolate(scoring: dict[str, Any]) -> dict[str, Any]:
    """Predict the run that was held out, and a billion rows on many workers."""
    inputs, held_out = inputs_of(scoring), scoring["weak"][1]
    rows = held_out["rows"]
    predicted = simulate(inputs, rows=rows, workers=2, part_rows=part_rows_of(rows))
    stages = scoring["stages_seconds_a_row"]
    return {
        "inputs": inputs,
        "stages_sum_to_share_of_row": round(sum(stages.values()) / inputs["row_seconds"], 3),
        "held_out": {
            "rows": rows,
            "workers": 2,
            "measured_seconds": held_out["seconds"],
            "predicted_seconds": round(predicted, 2),
            "error": round(predicted / held_out["seconds"] - 1, 4),
        },
        "billion_rows": [
            {"workers": workers, "hours": round(simulate(inputs, rows=1e9, workers=workers) / 3600, 3)}
            for workers in (1, 2, 16, 256)
        ],
    }


def measure_training(folder: Path, epochs: int) -> dict[str, Any]:
    """Train the published network on the sample: in one process of one and of two threads, and in two."""
    told: dict[str, Any] = {}
    for name, processes, threads in (("1 x 1", 1, 1), ("1 x 2", 1, 2), ("2 x 1", 2, 1)):
        say(f"training, processes x threads: {name}")
        output = folder / f"trained-{processes}-{threads}"
        losses = folder / f"losses-{processes}-{threads}.json"
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes]
        command = [sys.executable, *(launcher if processes > 1 else []), __file__, "--train", output]
        run([*command, "--losses", losses, "--epochs", epochs, "--threads", threads], threads=threads)
        lines = (output / "timings.csv").read_text(encoding="utf-8").splitlines()[2:]  # the first warms up
        told[name] = {
            "seconds_an_epoch": summary([float(line.split(",")[1]) for line in lines], 3),
            "losses": json.loads(losses.read_text(encoding="utf-8")),
            "history": _losses_of_epochs(output),
        }
    alone, shared = told["1 x 1"], told["2 x 1"]
    apart = [abs(a - b) for a, b in zip(alone["losses"], shared["losses"], strict=True)]
    means = [abs(a - b) for a, b in zip(alone["history"], shared["history"], strict=True)]
    return {
        "recipe": f"the published network, {epochs} epochs of the sample, batches of 32",
        "steps": len(apart),
        "seconds_an_epoch": {name: each["seconds_an_epoch"] for name, each in told.items()},
        "loss_apart_after_steps": {str(step): max(apart[:step]) for step in STEPS if step <= len(apart)},
        "mean_loss_of_an_epoch_apart": [float(f"{each:.2g}") for each in means],
    }


def _losses_of_epochs(folder: Path) -> list[float]:
    lines = (folder / "history.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("loss")
    return [float(line.split(",")[place]) for line in lines[1:]]


def train(output: Path, losses: Path, *, epochs: int, threads: int) -> None:
    """Train, alone or as one of several processes, and write the loss of each step."""
    from opinia.runs.recipe import Recipe
    from opinia.train.loop.callbacks import Callback
    from opinia.train.pipeline import fit

    seen: list[float] = []

    class Steps(Callback):
        def on_batch_end(self, trainer: Any, step: Any) -> None:  # noqa: ARG002
            seen.append(step.loss)

    recipe = Recipe(name="scaling").replace(
        {
            "data.source": "sample",
            "data.validation": 300,
            "training.batch_size": 32,
            "training.epochs": epochs,
            "training.threads": threads,
        }
    )
    fit(recipe, output, callbacks=[Steps()])
    if seen:  # the first process
        write_json(losses, seen)


class Balancer:
    """Hands each connection to the next server in turn, as any balancer by connection does.

    Args:
        servers: host and port of each.
    """

    def __init__(self, servers: list[tuple[str, int]]) -> None:
        self._servers = itertools.cycle(servers)
        self._loop = asyncio.new_event_loop()

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[str, int]]:
        """Listen in a thread; give host and port."""
        start = asyncio.start_server(self._connect, "127.0.0.1", 0)
        listening = self._loop.run_until_complete(start)
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield listening.sockets[0].getsockname()[:2]
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            listening.close()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*next(self._servers))
        with contextlib.suppress(asyncio.CancelledError):  # the load is over
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while content := await source.read(1 << 16):
            target.write(content)
            await target.drain()
        target.close()


def measure_serving(seconds: float) -> dict[str, Any]:
    """Load one server and then two, of one thread each, through the same balancer."""
    from serve_load import make_texts, measure_load, server

    texts, told = make_texts(1024), {}
    for count in (1, 2):
        say(f"serving: {count}")
        with contextlib.ExitStack() as stack:
            addresses = [stack.enter_context(server(1))[:2] for _ in range(count)]
            address = stack.enter_context(Balancer(addresses).running())
            told[str(count)] = measure_load(address, texts, 1, seconds)
    rates = [told[count]["texts_a_second"] for count in ("1", "2")]
    return {"processes": told, "ratio": round(rates[1] / rates[0], 3)}


def main() -> None:
    """Measure and write the result, or write the page of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the largest table")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load on the service")
    parser.add_argument("--epochs", type=int, default=4, help="of each training")
    parser.add_argument("--json", type=Path, help="measure, and write the result here")
    parser.add_argument("--page", type=Path, help="write the figures of a result into docs/scale.md")
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--losses", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="the others stay as they are in the file"
    )
    arguments = parser.parse_args()
    if arguments.train:
        train(arguments.train, arguments.losses, epochs=arguments.epochs, threads=arguments.threads)
        return
    if arguments.page:
        from scaling_page import fill

        found = json.loads(arguments.page.read_text(encoding="utf-8"))
        PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
        return
    if not arguments.json:
        parser.error("name a file with --json, or a result with --page")
    begin = time.perf_counter()
    result: dict[str, Any] = {"what": "from one process to two: scoring, training, serving"}
    if arguments.json.exists():
        result = json.loads(arguments.json.read_text(encoding="utf-8"))
    measures = {
        "scoring": lambda folder: measure_scoring(folder, arguments.rows),
        "training": lambda folder: measure_training(folder, arguments.epochs),
        "serving": lambda _: measure_serving(arguments.seconds),
    }
    for part in arguments.parts:
        about = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "machine": machine()}
        with tempfile.TemporaryDirectory() as name:
            result[part] = {**about, **measures[part](Path(name))}
        if part == "scoring":
            result["extrapolated"] = extrapolate(result["scoring"])
        write_json(arguments.json, result, indent=2)
    minutes = (time.perf_counter() - begin) / 60
    say(f"written to {arguments.json} in {minutes:.1f} minutes")


if __name__ == "__main__":
    main()
