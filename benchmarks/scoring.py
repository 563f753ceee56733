"""Measure how fast a file of reviews is judged, against what people would use instead, file to file.

    make bench

Each system reads the same CSV file of texts and writes a CSV file with label and probability. All are
measured in one run on one machine, taking turns, each time in a fresh process, with all cores and the
settings that their users have. Slow systems get fewer rows of the same file. What is timed begins before the
input is opened and ends when the output is closed; start-up, loading and a first small batch come before.
It is about speed alone: nothing here says which system is right.

The texts are those of IMDB's test split where ``OPINIA_DATA`` names a copy of it, else synthetic ones of the
same lengths. Then come the single review, the cold start, long texts, and how near the network gets to what
the machine could compute. Writes ``benchmarks/results/scoring.json`` and ``docs/results/scoring.md``.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import (
    HERE,
    RESULTS,
    ROOT,
    ask,
    in_turns,
    machine,
    python_of,
    run,
    say,
    seconds_of,
    summary,
    write_json,
)
from scoring_page import report
from texts import describe, load_texts, write_table

MODELS = ROOT / "src" / "opinia" / "models"
SEED = "seed"
SEED_8 = "seed in 8 bits"
LONG = (1_000, 10_000, 100_000, 1_000_000)
GOALS = {"cold_start_seconds": 0.5}


@dataclass(frozen=True)
class System:
    """One that judges a file.

    Args:
        name: as the tables have it.
        python: of its environment.
        script: in ``peers/``, with its arguments up to the files.
        model: what it is given to load, ``-`` for nothing.
        rows: of the file that it judges.
    """

    name: str
    python: str
    script: tuple[str, ...]
    model: str
    rows: int


class Bench:
    """Runs the systems in turn.

    Args:
        arguments: the parsed command line.
        folder: for the texts, the peers' models and the outputs.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.texts = folder / "texts.csv"
        self.models = {path.stem: path for path in sorted(MODELS.glob("*.onnx"))}
        self.models[SEED_8] = folder / "seed8.onnx"
        quantise = ["quantise", str(self.models[SEED]), "-o", str(self.models[SEED_8])]
        run([sys.executable, "-m", "opinia", *quantise])
        self.versions: dict[str, str] = {}

    def prepare(self) -> dict[str, Any]:
        """Write the texts, and what the peers load; return what the texts are."""
        count = max(system.rows for system in self.systems())
        source, texts = load_texts("test", count)
        write_table(self.texts, texts)
        _, fitting = load_texts("train", self.arguments.fit_rows)
        draw = random.Random(0)
        training = {"texts": fitting, "labels": [draw.randrange(2) for _ in fitting]}
        write_json(self.folder / "training.json", training)
        say("weights for Keras and PyTorch; tf-idf")
        self.opinia("weights", self.models[SEED], self.folder / "weights.npz")
        files = ["--train", self.folder / "training.json", "--save", self.folder / "tfidf.joblib"]
        fitted = ask([self.arguments.peers_python, HERE / "peers/linear.py", "example", *files])
        return {
            **describe(source, texts),
            "tfidf_fitted_on": len(fitting),
            "tfidf_features": fitted["parameters"] - 1,
        }

    def systems(self) -> list[System]:
        """Return all systems: opinia with each model that it comes with, then the peers."""
        few, keras, peers = self.arguments.rows, self.arguments.keras_python, self.arguments.peers_python
        weights, tfidf = str(self.folder / "weights.npz"), str(self.folder / "tfidf.joblib")
        return [
            *(
                System(f"opinia, {name}", sys.executable, ("opinia_network.py", "score"), str(path), few)
                for name, path in self.models.items()
            ),
            System("Keras, seed network", keras, ("judge.py", "keras", "score"), weights, few // 5),
            System("PyTorch, seed network", peers, ("judge.py", "lstm", "score"), weights, few // 5),
            System("scikit-learn, tf-idf", peers, ("judge.py", "tfidf", "score"), tfidf, few // 2),
            System("VADER", peers, ("judge.py", "vader", "score"), "-", few // 20),
            System("DistilBERT's shape", peers, ("judge.py", "distilbert", "score"), "-", max(2, few // 300)),
            System(
                "DistilBERT's shape, int8",
                peers,
                ("judge.py", "distilbert-int8", "score"),
                "-",
                max(2, few // 150),
            ),
        ]

    def files(self) -> dict[str, Any]:
        """Measure every system, in turns, from file to file."""
        systems = {system.name: system for system in self.systems()}

        def measure(name: str) -> dict[str, Any]:
            system = systems[name]
            script, *words = system.script
            command = [system.python, HERE / "peers" / script, *words, self.texts, self.output(system)]
            start = time.perf_counter()
            measured: dict[str, Any] = ask([*command, system.model, system.rows])
            measured["start_seconds"] = time.perf_counter() - start - measured["seconds"]
            self.versions.update(measured.pop("versions"))
            return measured

        runs = in_turns(systems, self.arguments.runs, measure, what="from file to file")
        return {
            name: {
                "rows": found[0]["rows"],
                "rows_per_second": summary([run["rows"] / run["seconds"] for run in found], 2),
                "seconds": summary([run["seconds"] for run in found], 4),
                "start_seconds": summary([run["start_seconds"] for run in found], 2),
                "peak_megabytes": summary([run["peak_memory_bytes"] / 1e6 for run in found], 1),
            }
            for name, found in runs.items()
        }

    def output(self, system: System) -> Path:
        """Return the file that a system writes."""
        return self.folder / f"out-{''.join(c if c.isalnum() else '-' for c in system.name)}.csv"

    def agreement(self) -> dict[str, float]:
        """Return by how much the seed network's probabilities differ at most between its three homes."""
        by_name = {system.name: self.output(system) for system in self.systems()}
        own = _positive(by_name[f"opinia, {SEED}"])
        peers = ("Keras, seed network", "PyTorch, seed network")
        return {
            peer: max(abs(a - b) for a, b in zip(own, _positive(by_name[peer]), strict=False))
            for peer in peers
        }

    def latency(self) -> dict[str, Any]:
        """Measure single reviews through Python, and ``opinia analyse`` from its start to its end."""
        result: dict[str, Any] = {}
        for name, path in self.models.items():
            say(f"latency: {name}")
            single = self.opinia("latency", self.texts, path, self.arguments.calls)
            command = [sys.executable, "-m", "opinia", "analyse", "--model", str(path), "A warm, funny film."]
            seconds = seconds_of(command, runs=self.arguments.cold_runs)
            result[name] = {**single, "cold_start_seconds": summary(seconds, 3)}
        result["imports"] = self.opinia("imports")
        result["goals"] = GOALS
        return result

    def long_texts(self) -> dict[str, Any]:
        """Measure texts of growing length."""
        result: dict[str, Any] = {}
        for name, path in self.models.items():
            say(f"long texts: {name}")
            result[name] = [self.opinia("long", length, path) for length in self.arguments.long]
        return result

    def ceiling(self) -> dict[str, Any]:
        """Measure the machine's peak, and the steps of scoring beside it."""
        script = HERE / "ceiling.py"
        say("peak of the machine")
        result: dict[str, Any] = {
            "peak_gigaflop_per_second": ask([sys.executable, script, "peak"]),
            "models": {},
        }
        peaks = {
            kind: max(v for key, v in result["peak_gigaflop_per_second"].items() if key.startswith(kind))
            for kind in ("fp32", "int8")
        }
        for name, path in self.models.items():
            say(f"steps: {name}")
            found = ask([sys.executable, script, "stages", self.texts, path, self.arguments.rows // 2])
            for kind, peak in peaks.items():
                found[f"share_of_{kind}_peak"] = round(found["gigaflop_per_second"] / peak, 4)
            result["models"][name] = found
        return result

    def opinia(self, *arguments: object) -> dict[str, Any]:
        """Ask a process of opinia's own."""
        measured: dict[str, Any] = ask([sys.executable, HERE / "peers/opinia_network.py", *arguments])
        return measured


def ratios(systems: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return how many times as fast as each peer opinia is, with each of its models."""
    speed = {name: found["rows_per_second"]["median"] for name, found in systems.items()}
    own = [name for name in systems if name.startswith("opinia")]
    return {
        name: {peer: round(speed[name] / speed[peer], 2) for peer in systems if peer not in own}
        for name in own
    }


def _positive(path: Path) -> list[float]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["label"], float(row["probability"])) for row in csv.DictReader(file)]
    return [share if label == "positive" else 1 - share for label, share in rows]


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keras-python", default=python_of("keras"))
    parser.add_argument("--peers-python", default=python_of("peers"))
    parser.add_argument("--rows", type=int, default=20_000, help="of the fastest; the slow get a share of it")
    parser.add_argument(
        "--fit-rows", type=int, default=25_000, help="texts that tf-idf learns its words from"
    )
    parser.add_argument("--runs", type=int, default=5, help="of each system")
    parser.add_argument("--calls", type=int, default=2000, help="single reviews")
    parser.add_argument("--cold-runs", type=int, default=11)
    parser.add_argument("--long", type=int, nargs="+", default=LONG, help="characters of the long texts")
    parser.add_argument("--output", type=Path, default=RESULTS / "scoring.json")
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "results" / "scoring.md")
    return parser.parse_args()


def main() -> None:
    """Measure, and write the results."""
    arguments = parse_arguments()
    for python, kind in ((arguments.keras_python, "Keras"), (arguments.peers_python, "the peers")):
        if not Path(python).exists():
            sys.exit(f"error: no environment of {kind} at {python}\nhint: make bench sets it up")
    result: dict[str, Any] = {
        "what": "texts from file to file: opinia against its peers, medians of runs in turn",
        "command": "make bench",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
    }
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(arguments, Path(name))
        result["data"] = bench.prepare()
        result["systems"] = bench.files()
        result["ratios"] = ratios(result["systems"])
        result["largest_difference_of_the_seed_network"] = bench.agreement()
        result["ceiling"] = bench.ceiling()
        result["latency"] = bench.latency()
        result["long_texts"] = bench.long_texts()
        result["versions"] = bench.versions
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    write_json(arguments.output, result, indent=2)
    text = report(result)
    arguments.report.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {arguments.output} and {arguments.report}")


if __name__ == "__main__":
    main()
