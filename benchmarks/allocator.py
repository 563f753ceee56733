"""What keeping freed memory gives: training steps with glibc's settings and with opinia's.

    python benchmarks/allocator.py

Each measured process takes the same 60 steps of the published network (batches of 64, lengths as in
IMDB); the two settings alternate. Writes ``benchmarks/results/allocator.json``.
"""

from __future__ import annotations

import json
import statistics
import sys

import opinia.train  # noqa: F401 - before PyTorch: it bounds the spinning of its threads
from measure import RESULTS, answer, ask, in_turns, machine, peak_memory, write_json

RUNS = 5
STEPS = 60


def measure(kept: str) -> dict[str, float]:
    """Take the steps in this process; return seconds and the peak of resident memory."""
    import time

    import numpy as np
    import torch

    from opinia.runs.settings import NetworkRecipe
    from opinia.train.loop.optimizer import adam
    from opinia.train.network.sentiment_network import SentimentNetwork
    from opinia.train.torch_setup import keep_freed_memory

    torch.set_num_threads(2)
    if kept == "kept":
        keep_freed_memory()
    random = np.random.default_rng(0)
    lengths = np.sort(np.minimum(random.lognormal(5.2, 0.7, 6400).astype(int) + 8, 2400)).reshape(100, 64)
    network = SentimentNetwork(1000, NetworkRecipe())
    optimizer = adam(network, learning_rate=0.001)
    loss_of = torch.nn.BCEWithLogitsLoss()
    begin = 0.0
    for number, row in enumerate(random.permutation(100)[: STEPS + 5]):
        if number == 5:
            begin = time.perf_counter()
        ids = torch.randint(1, 1000, (64, int(lengths[row].max())))
        loss = loss_of(network(ids, torch.from_numpy(lengths[row]))[:, 0], torch.ones(64))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds = time.perf_counter() - begin
    return {"seconds": round(seconds, 3), "peak_memory_mb": round(peak_memory() / 2**20)}


def main() -> None:
    """Measure one process, or both settings in turns."""
    if len(sys.argv) > 1:
        answer(measure(sys.argv[1]))
        return
    runs = in_turns(
        ("default", "kept"), RUNS, lambda name: ask([sys.executable, __file__, name]), what="allocator"
    )
    medians = {
        name: {key: statistics.median(r[key] for r in results) for key in results[0]}
        for name, results in runs.items()
    }
    ratio = round(medians["default"]["seconds"] / medians["kept"]["seconds"], 2)
    result = {"machine": machine(), "runs": runs, "medians": medians, "speed_ratio": ratio}
    write_json(RESULTS / "allocator.json", result, indent=2)
    print(json.dumps({"medians": medians, "speed_ratio": ratio}, indent=2))


if __name__ == "__main__":
    main()
