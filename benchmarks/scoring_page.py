"""The figures of ``scoring.py`` as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def report(result: dict[str, Any]) -> str:
    """Return the whole report."""
    machine, data = result["machine"], result["data"]
    parts = [
        "# Scoring files: speed against peers",
        f"Written by `{result['command']}` on {result['date'][:10]}: {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}; load at the start "
        f"{machine['load_average_at_start']}. The figures are in "
        "[scoring.json](../../benchmarks/results/scoring.json), the method in "
        "[benchmarks](../../benchmarks/README.md).",
        f"Texts: {data['source']}, {data['texts']:,} of {data['words_mean']} words in the mean, "
        f"{data['words_median']:g} in the median, {data['words_longest']:,} at most.",
        "## File to file",
        _files(result),
        _notes(result),
        "## How near the ceiling",
        _ceiling(result["ceiling"]),
        "## Where the time goes",
        _steps(result["ceiling"]),
        "## One review, and the cold start",
        _latency(result["latency"]),
        "## Long texts",
        _long(result["long_texts"]),
        "Versions: " + ", ".join(f"{name} {version}" for name, version in result["versions"].items()) + ".",
    ]
    return "\n\n".join(parts) + "\n"


def _files(result: dict[str, Any]) -> str:
    own = list(result["ratios"])
    rows = []
    for name, found in result["systems"].items():
        faster = [f"{result['ratios'][model][name]:,.1f}×" if name not in own else "" for model in own]
        speed, start = found["rows_per_second"], found["start_seconds"]["median"]
        spread = f"{min(speed['runs']):,.0f}–{max(speed['runs']):,.0f}"
        memory = found["peak_megabytes"]["median"]
        rows.append(
            [
                name,
                f"{found['rows']:,}",
                _speed(speed["median"]),
                spread,
                f"{start:.1f}",
                f"{memory:,.0f}",
                *faster,
            ]
        )
    header = ["system", "rows", "texts/s", "of the runs", "start, s", "peak MB"]
    return _table([*header, *(f"{model} is faster by" for model in own)], rows)


def _notes(result: dict[str, Any]) -> str:
    differences = result["largest_difference_of_the_seed_network"]
    keras, pytorch = (differences[f"{peer}, seed network"] for peer in ("Keras", "PyTorch"))
    return (
        "Medians of runs in turn, each in a fresh process. *start* is what comes before the file is opened: "
        "imports, loading, and a first small batch. Keras and PyTorch have the weights of the seed network: "
        f"Keras's probabilities differ from opinia's by {keras:.0e} at most, PyTorch's by {pytorch:.0e}, "
        "because its users split and fold by Unicode's rules. DistilBERT's shape has random weights, a "
        "cheap stand-in for its tokenizer, and reads 512 tokens of a text at most; the others read "
        "every word. tf-idf "
        f"(one and two words) knows {result['data']['tfidf_features']:,} features."
    )


def _ceiling(found: dict[str, Any]) -> str:
    peak = found["peak_gigaflop_per_second"]
    rows = [
        [
            name,
            f"{each['lstm_weights']:,}",
            f"{2 * each['lstm_weights'] / 1000:,.0f}",
            f"{each['gigaflop_per_second']:,.1f}",
            f"{each['share_of_fp32_peak']:.1%}",
            f"{each['share_of_int8_peak']:.1%}",
            f"{sum(v for key, v in each['network_by_operator'].items() if 'LSTM' in key):.1%}",
        ]
        for name, each in found["models"].items()
    ]
    header = [
        "model",
        "LSTM weights",
        "kFLOP a word",
        "GFLOP/s reached",
        "of the fp32 peak",
        "of the int8 peak",
        "LSTM's share of the network",
    ]
    return (
        f"Product of two matrices of {peak['matrix_size']:,}², all cores, GFLOP/s: numpy "
        f"{peak['fp32_numpy']:,.0f} and ONNX Runtime {peak['fp32_onnxruntime']:,.0f} in fp32, ONNX Runtime "
        f"{peak['int8_onnxruntime']:,.0f} in int8. "
        "The arithmetic of the LSTMs is two operations a weight and word, padding not counted. Of a model in "
        "two stages it is that of the second, which reads only what the first leaves open: what it need not "
        "compute counts as reached.\n\n" + _table(header, rows)
    )


def _steps(found: dict[str, Any]) -> str:
    names = list(next(iter(found["models"].values()))["seconds"])
    rows = []
    for name, each in found["models"].items():
        micro = [1e6 * each["seconds"][step] / each["rows"] for step in names]
        rows.append([name, f"{each['padding_share']:.1%}", *(f"{value:,.1f}" for value in micro)])
    return (
        "Microseconds a text, each step on its own, one after the other; in `opinia score` they overlap.\n\n"
        + _table(["model", "padding", *names], rows)
    )


def _latency(found: dict[str, Any]) -> str:
    goal = found["goals"]["cold_start_seconds"]
    rows = [
        [
            name,
            f"{each['words']:g}",
            f"{each['p50_milliseconds']:.2f}",
            f"{each['p99_milliseconds']:.2f}",
            f"{each['cold_start_seconds']['median']:.3f}",
        ]
        for name, each in found.items()
        if name not in ("imports", "goals")
    ]
    imports = ", ".join(f"{name} {value:g}" for name, value in found["imports"].items())
    return (
        _table(["model", "words", "p50, ms", "p99, ms", f"`opinia analyse`, s (goal {goal:g})"], rows)
        + f"\n\nImports of `opinia analyse`, milliseconds under `-X importtime`: {imports}."
    )


def _long(found: dict[str, Any]) -> str:
    rows = [
        [
            name,
            f"{each['characters']:,}",
            f"{each['words']:,}",
            f"{each['seconds']:.3f}",
            f"{1e6 * each['seconds'] / each['words']:.2f}",
            f"{each['megabytes']:,.0f}",
        ]
        for name, texts in found.items()
        for each in texts
    ]
    return (
        "One text alone, on one thread; one of more than 4,096 words is read in pieces of so many.\n\n"
        + _table(["model", "characters", "words", "seconds", "µs a word", "MB more"], rows)
    )


def _speed(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    marks = [":--", *["--:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))
