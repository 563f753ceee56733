"""How near the recurrent part comes to the machine's ceiling, and where the rest of the time goes.

    python ceiling.py peak
    python ceiling.py stages IN.csv MODEL ROWS

``peak`` multiplies large matrices on all cores, in 32-bit floats and in 8-bit integers, and gives the best
of several tries. ``stages`` goes through the steps of ``opinia score`` one after the other, each for all rows
and on one thread (the network also on all), and counts the arithmetic of the LSTMs from their shapes. Runs in
the environment of opinia, as a process of ``scoring.py``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from measure import answer, machine

SIZE, TRIES = 2048, 12


def peak() -> dict[str, Any]:
    """Return billions of operations a second: a multiplication and an addition are two."""
    return {
        "matrix_size": SIZE,
        "fp32_numpy": _best(_numpy_product()),
        "fp32_onnxruntime": _best(_graph_product("MatMul", np.float32)),
        "int8_onnxruntime": _best(_graph_product("MatMulInteger", np.uint8)),
    }


def _best(multiply: Any) -> float:
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        multiply()
        seconds.append(time.perf_counter() - start)
    return round(2 * SIZE**3 / min(seconds) / 1e9, 1)


def _numpy_product() -> Any:
    one, other = np.random.default_rng(0).random((2, SIZE, SIZE), np.float32)
    return lambda: one @ other


def _graph_product(operator: str, kind: type) -> Any:
    """Return a product in ONNX Runtime, the second matrix a constant, as weights are."""
    import onnx

    from opinia.model.runtime import import_onnxruntime

    random = np.random.default_rng(0)
    one, other = (random.integers(0, 100, (SIZE, SIZE)).astype(kind) for _ in range(2))
    if operator == "MatMulInteger":
        other = other.astype(np.int8)
    helper, types = onnx.helper, onnx.TensorProto
    out = types.FLOAT if operator == "MatMul" else types.INT32
    graph = helper.make_graph(
        [helper.make_node(operator, ["one", "other"], ["product"])],
        "product",
        [helper.make_tensor_value_info("one", helper.np_dtype_to_tensor_dtype(one.dtype), [SIZE, SIZE])],
        [helper.make_tensor_value_info("product", out, [SIZE, SIZE])],
        [onnx.numpy_helper.from_array(other, "other")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = import_onnxruntime().InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, {"one": one})


def stages(source: str, path: str, rows: str) -> dict[str, Any]:
    """Return the seconds of each step, and what the LSTMs computed in theirs."""
    import opinia
    from opinia.model.batches import batch_rows
    from opinia.score import ScoreOptions
    from opinia.score.windows import added_values, make_windows
    from opinia.tables import open_reader, open_source

    model, options, seconds = opinia.load(path), ScoreOptions(), {}
    added = options.added(model.model.description.labels)
    clock = _Clock(seconds)
    with open_source(source) as opened:
        reader = open_reader(opened, kind="csv", out="csv")
        read = [row for row, _ in zip(reader.rows("text", added), range(int(rows)), strict=False)]
        clock.stop("reading")
        windows = list(make_windows(iter(read), model, options, first=1))
        clock.stop("words to numbers")
        feeds, places = [], []
        for window in windows:
            lengths = np.array([len(ids) for ids in window.ids], np.int32)
            for chosen in batch_rows(lengths):
                ids = np.zeros((len(chosen), max(1, int(lengths[chosen].max()))), np.int32)
                for line, row in zip(ids, chosen, strict=True):
                    line[: lengths[row]] = window.ids[row]
                feeds.append({"ids": ids, "lengths": lengths[chosen]})
                places.append((window, chosen))
        clock.stop("sorting, padding, copying")
        session = model.model.session
        for feed in feeds:
            session.run(None, feed)
        clock.stop("network, one thread")
        with ThreadPoolExecutor(machine()["cores"]) as pool:
            list(pool.map(lambda feed: session.run(None, feed), feeds))
        clock.stop("network, a thread a core")
        writer = reader.writer(added)
        with tempfile.TemporaryFile() as file:
            clock.skip()
            for window in windows:
                answers = [
                    (chosen.tolist(), (np.full((len(chosen), 2), 0.5, np.float32), [None] * len(chosen)))
                    for owner, chosen in places
                    if owner is window
                ]
                file.write(writer.encode(window.raws, added_values(window, answers, model, options)))
            file.flush()
            os.fsync(file.fileno())
        clock.stop("writing")
    tokens = sum(int(feed["lengths"].sum()) for feed in feeds)
    padded = sum(feed["ids"].size for feed in feeds)
    weights = _lstm_weights(path)
    work = 2 * weights * tokens / 1e9
    wall = seconds["network, a thread a core"]
    return {
        "rows": len(read),
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "words": tokens,
        "padding_share": round(1 - tokens / padded, 4),
        "lstm_weights": weights,
        "lstm_gigaflop": round(work, 2),
        "gigaflop_per_second": round(work / wall, 1),
        "network_by_operator": _by_operator(path, feeds[: max(1, len(feeds) // 10)]),
    }


class _Clock:
    """Adds the seconds since it was last asked to a name."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = time.perf_counter()

    def stop(self, name: str) -> None:
        now = time.perf_counter()
        self._seconds[name] = now - self._last
        self._last = now

    def skip(self) -> None:
        self._last = time.perf_counter()


def _lstm_weights(path: str) -> int:
    """Return how many weights of the LSTMs each word is multiplied with, all directions together."""
    import onnx

    graph = onnx.load(path).graph
    sizes = {each.name: int(np.prod(each.dims)) for each in graph.initializer}
    sizes |= {node.output[0]: sizes.get(node.input[0], 0) for node in graph.node if node.op_type == "Cast"}
    total = sum(sizes[name] for node in graph.node if "LSTM" in node.op_type for name in node.input[1:3])
    assert total, "the model has no LSTM whose weights stand in its file"
    return total


def _by_operator(path: str, feeds: list[dict[str, np.ndarray]]) -> dict[str, float]:
    """Return the share of each kind of operator in the network's time, as ONNX Runtime's profiler has it."""
    from opinia.model.runtime import import_onnxruntime

    onnxruntime = import_onnxruntime()
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = import_onnxruntime().InferenceSession(path, options, providers=["CPUExecutionProvider"])
        for feed in feeds:
            session.run(None, feed)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    spent: dict[str, float] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            name = event["args"]["op_name"]
            spent[name] = spent.get(name, 0) + event["dur"]
    whole = sum(spent.values())
    return {name: round(value / whole, 4) for name, value in sorted(spent.items(), key=lambda item: -item[1])}


if __name__ == "__main__":
    answer({"peak": peak, "stages": stages}[sys.argv[1]](*sys.argv[2:]))
