"""Measure the published network in opinia against the same network in Keras on TensorFlow.

    make bench

Everything is measured in one run on one machine, the two systems taking turns, each time in a fresh
process: training throughput, cold start of the console to its first answer, and memory and throughput at
inference. Figures are medians; a ratio above 1 says how many times opinia is better. The reviews are
drawn from the IMDB train split where the variable ``OPINIA_DATA`` names a copy of it, else from the
built-in synthetic sample. The result is written to ``benchmarks/results/seed_vs_keras.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench_tools import machine, summary, write_json

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ("keras", "opinia")
GOALS = {"training": 5.0, "cold_start": 8.0, "cold_start_seconds": 0.6, "memory": 4.0}
LINE = "The plot is thin, but the acting is warm and funny, and I was sorry when it was over."


class Bench:
    """Runs the peers in turn and keeps what they measured.

    Args:
        arguments: the parsed command line.
        folder: where the reviews and the trained models are handed over.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.python = {"keras": arguments.keras_python, "opinia": sys.executable}
        self.models = {"keras": folder / "model.keras", "opinia": folder / "model.onnx"}
        self.versions: dict[str, dict[str, str]] = {peer: {} for peer in PEERS}

    def training(self) -> dict[str, Any]:
        """Measure reviews a second over one pass, metrics included."""
        options = ["--warm-up-steps", str(self.arguments.warm_up_steps)]
        runs: dict[str, list[dict[str, Any]]] = {peer: [] for peer in PEERS}
        for number in range(self.arguments.runs):
            for peer in PEERS:
                say(f"training, run {number + 1} of {self.arguments.runs}: {peer}")
                saved = ["--save", str(self.models[peer])]
                runs[peer].append(self._ask(peer, "train", "training.json", [*options, *saved]))
        result: dict[str, Any] = {
            peer: {
                "reviews_per_second": summary([r["reviews"] / r["epoch_seconds"] for r in runs[peer]], 1),
                "seconds": summary([r["epoch_seconds"] for r in runs[peer]], 3),
                "loss": summary([r["loss"] for r in runs[peer]], 4),
            }
            for peer in PEERS
        }
        opinia = result["opinia"]
        opinia["tokenising_seconds"] = summary([r["tokenising_seconds"] for r in runs["opinia"]], 3)
        seconds, tokenising = opinia["seconds"]["median"], opinia["tokenising_seconds"]["median"]
        keras_seconds = result["keras"]["seconds"]["median"]
        result["ratio"] = round(keras_seconds / seconds, 2)
        result["ratio_of_one_epoch_with_tokenising"] = round(keras_seconds / (seconds + tokenising), 2)
        result["goal"] = GOALS["training"]
        return result

    def cold_start(self) -> dict[str, Any]:
        """Measure from the start of the console's process to its first answer, in seconds."""
        commands = {
            "keras": [self.python["keras"], str(HERE / "keras_runner.py"), str(self.models["keras"])],
            "opinia": [
                self.python["opinia"],
                str(ROOT / "runner.py"),
                "--path",
                str(self.models["opinia"]),
            ],
        }
        runs: dict[str, list[float]] = {peer: [] for peer in PEERS}
        # The first round is not counted: it brings both systems' files into memory and compiles them.
        for number in range(self.arguments.cold_runs + 1):
            for peer in PEERS:
                say(f"cold start, run {number} of {self.arguments.cold_runs}: {peer}")
                seconds = first_answer(commands[peer])
                if number:
                    runs[peer].append(seconds)
        result: dict[str, Any] = {peer: {"seconds": summary(runs[peer], 3)} for peer in PEERS}
        result["ratio"] = _ratio(result, "seconds")
        result["goal"] = GOALS["cold_start"]
        result["goal_seconds"] = GOALS["cold_start_seconds"]
        return result

    def inference(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Measure peak memory in megabytes (of 10^6 bytes), and reviews a second, on the same reviews."""
        runs: dict[str, list[dict[str, Any]]] = {peer: [] for peer in PEERS}
        for number in range(self.arguments.runs):
            for peer in PEERS:
                say(f"inference, run {number + 1} of {self.arguments.runs}: {peer}")
                model = ["--model", str(self.models[peer])]
                runs[peer].append(self._ask(peer, "infer", "inference.json", model))
        memory: dict[str, Any] = {
            peer: {"peak_megabytes": summary([r["peak_memory_bytes"] / 1e6 for r in runs[peer]], 1)}
            for peer in PEERS
        }
        memory["ratio"] = _ratio(memory, "peak_megabytes")
        memory["goal"] = GOALS["memory"]
        speed: dict[str, Any] = {
            peer: {"reviews_per_second": summary([r["reviews"] / r["seconds"] for r in runs[peer]], 1)}
            for peer in PEERS
        }
        speed["ratio"] = round(1 / _ratio(speed, "reviews_per_second", digits=9), 2)
        return memory, speed

    def _ask(self, peer: str, command: str, data: str, options: list[str]) -> dict[str, Any]:
        script = str(HERE / f"{peer}_peer.py")
        output = run([self.python[peer], script, command, "--data", str(self.folder / data), *options])
        measured: dict[str, Any] = json.loads(output.splitlines()[-1])
        self.versions[peer].update(measured.pop("versions"))
        return measured


def run(command: list[str]) -> str:
    """Return the standard output of a process, and end with its standard error when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{done.stderr}\nerror: {' '.join(command)} ended with status {done.returncode}")
    return done.stdout


def first_answer(command: list[str]) -> float:
    """Return the seconds from starting a console to the line with its first probability."""
    with tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{LINE}\n".encode())
            process.stdin.close()
            seconds = None
            for line in process.stdout:
                if seconds is None and b"%" in line:
                    seconds = time.perf_counter() - start
        if process.returncode or seconds is None:
            complaints.seek(0)
            text = complaints.read().decode(errors="replace")
            sys.exit(f"{text}\nerror: {' '.join(command)} gave no answer (status {process.returncode})")
    return seconds


def load_reviews(count: int, others: int) -> tuple[str, dict[str, list[Any]], dict[str, list[Any]]]:
    """Return the name of the source, reviews to train on, and others to judge, drawn at random."""
    if os.environ.get("OPINIA_DATA"):
        from opinia.data import imdb

        reviews = imdb.load("train")
        source = f"{imdb.source_of({'train': reviews})}:train"
    else:
        from opinia.data import sample

        source, reviews = "built-in synthetic sample (OPINIA_DATA is not set)", sample.load("train")
    order = np.random.default_rng(0).permutation(len(reviews))
    count = min(count, len(reviews))
    parts = [reviews.take(order[:count]), reviews.take(order[::-1][:others])]
    first, second = ({"texts": list(part.texts), "labels": list(part.labels)} for part in parts)
    return source, first, second


def describe(source: str, training: dict[str, list[Any]], inference: dict[str, list[Any]]) -> dict[str, Any]:
    """Say which reviews were used, and how long they are."""
    words = [len(text.split()) for text in training["texts"]]
    return {
        "source": source,
        "training_reviews": len(training["texts"]),
        "inference_reviews": len(inference["texts"]),
        "training_words_mean": round(float(np.mean(words)), 1),
        "training_words_95th_percentile": float(np.quantile(words, 0.95)),
        "training_words_longest": max(words),
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as a table for a person."""
    rows = [
        ("training, reviews/s", result["training"], "reviews_per_second"),
        ("cold start to first answer, s", result["cold_start"], "seconds"),
        ("peak memory at inference, MB", result["memory"], "peak_megabytes"),
        ("inference, reviews/s", result["inference"], "reviews_per_second"),
    ]
    lines = [f"{'':32}{'Keras':>10}{'opinia':>10}{'ratio':>9}{'goal':>7}"]
    for name, part, figure in rows:
        keras, opinia = (part[peer][figure]["median"] for peer in PEERS)
        goal = f"{part['goal']:g}x" if "goal" in part else ""
        lines.append(f"{name:32}{keras:>10,.10g}{opinia:>10,.10g}{part['ratio']:>8.2f}x{goal:>7}")
    return "\n".join(lines)


def say(message: str) -> None:
    """Tell on standard error how far the run is."""
    print(message, file=sys.stderr, flush=True)


def _ratio(part: dict[str, Any], figure: str, digits: int = 2) -> float:
    return round(part["keras"][figure]["median"] / part["opinia"][figure]["median"], digits)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    default_python = ROOT / ".venv-keras" / ("Scripts" if os.name == "nt" else "bin") / "python"
    parser.add_argument("--keras-python", default=str(default_python), help="Python of the Keras environment")
    parser.add_argument("--reviews", type=int, default=6400, help="reviews of the measured training pass")
    parser.add_argument("--inference-reviews", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3, help="runs of training and of inference a system")
    parser.add_argument("--cold-runs", type=int, default=7, help="counted cold starts a system")
    parser.add_argument("--warm-up-steps", type=int, default=10)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "seed_vs_keras.json")
    return parser.parse_args()


def main() -> None:
    """Measure, write the result, and print it."""
    arguments = parse_arguments()
    if not Path(arguments.keras_python).exists():
        sys.exit(f"error: no Keras environment at {arguments.keras_python}\nhint: make bench sets it up")
    result: dict[str, Any] = {
        "what": "the published network: opinia against Keras on TensorFlow, medians of alternating runs",
        "command": "make bench",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
    }
    source, training, inference = load_reviews(arguments.reviews, arguments.inference_reviews)
    result["data"] = describe(source, training, inference)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(arguments, Path(name))
        write_json(bench.folder / "training.json", training)
        write_json(bench.folder / "inference.json", inference)
        result["training"] = bench.training()
        result["memory"], result["inference"] = bench.inference()
        result["cold_start"] = bench.cold_start()
        result["versions"] = bench.versions
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write_json(arguments.output, result, indent=2)
    print(
        f"reviews: {result['data']['source']}; {result['machine']['cpu']}, {result['machine']['cores']} cores"
    )
    print(table(result))
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
