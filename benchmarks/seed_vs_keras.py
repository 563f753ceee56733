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
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from measure import HERE, LINE, RESULTS, ROOT, ask, in_turns, machine, python_of, summary, write_json
from texts import load_reviews

PEERS = ("keras", "opinia")
GOALS = {"training": 5.0, "cold_start": 8.0, "cold_start_seconds": 0.6, "memory": 4.0}


class Bench:
    """Runs the peers in turn and keeps what they measured.

    Args:
        arguments: the parsed command line.
        folder: where the reviews and the trained models are handed over.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.arguments, self.folder = arguments, folder
        self.models = {"keras": folder / "model.keras", "opinia": folder / "model.onnx"}
        self.versions: dict[str, dict[str, str]] = {peer: {} for peer in PEERS}

    def training(self) -> dict[str, Any]:
        """Measure reviews a second over one pass, metrics included."""
        data, steps = self.folder / "training.json", self.arguments.warm_up_steps
        commands: dict[str, list[Any]] = {
            "keras": ["keras_lstm.py", "train", "--data", data, "--save", self.models["keras"]],
            "opinia": ["opinia_network.py", "train", data, self.models["opinia"], steps],
        }
        commands["keras"] += ["--warm-up-steps", steps]
        runs = self._in_turns("training", commands)
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
            "keras": [self._python("keras"), HERE / "peers/keras_lstm.py", "console", self.models["keras"]],
            "opinia": [sys.executable, ROOT / "runner.py", "--path", self.models["opinia"]],
        }
        # The first round is not counted: it brings both systems' files into memory and compiles them.
        runs = in_turns(
            PEERS,
            self.arguments.cold_runs,
            lambda peer: first_answer([*map(str, commands[peer])]),
            what="cold start",
            warm_up=1,
        )
        result: dict[str, Any] = {peer: {"seconds": summary(runs[peer], 3)} for peer in PEERS}
        result["ratio"] = _ratio(result, "seconds")
        result["goal"] = GOALS["cold_start"]
        result["goal_seconds"] = GOALS["cold_start_seconds"]
        return result

    def inference(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Measure peak memory in megabytes (of 10^6 bytes), and reviews a second, on the same reviews."""
        data = self.folder / "inference.json"
        commands: dict[str, list[Any]] = {
            peer: ["judge.py", peer, "infer", "--data", data, "--model", self.models[peer]] for peer in PEERS
        }
        runs = self._in_turns("inference", commands)
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

    def _python(self, peer: str) -> str:
        return self.arguments.keras_python if peer == "keras" else sys.executable

    def _in_turns(self, what: str, commands: dict[str, list[Any]]) -> dict[str, list[dict[str, Any]]]:
        def measure(peer: str) -> dict[str, Any]:
            script, *options = commands[peer]
            measured: dict[str, Any] = ask([self._python(peer), HERE / "peers" / script, *options])
            self.versions[peer].update(measured.pop("versions"))
            return measured

        return in_turns(PEERS, self.arguments.runs, measure, what=what)


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


def _ratio(part: dict[str, Any], figure: str, digits: int = 2) -> float:
    return round(part["keras"][figure]["median"] / part["opinia"][figure]["median"], digits)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keras-python", default=python_of("keras"), help="of the Keras environment")
    parser.add_argument("--reviews", type=int, default=6400, help="reviews of the measured training pass")
    parser.add_argument("--inference-reviews", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3, help="runs of training and of inference a system")
    parser.add_argument("--cold-runs", type=int, default=7, help="counted cold starts a system")
    parser.add_argument("--warm-up-steps", type=int, default=10)
    parser.add_argument("--output", type=Path, default=RESULTS / "seed_vs_keras.json")
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
    write_json(arguments.output, result, indent=2)
    print(
        f"reviews: {result['data']['source']}; {result['machine']['cpu']}, {result['machine']['cores']} cores"
    )
    print(table(result))
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
