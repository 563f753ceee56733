"""The figures of ``scaling.py`` as a section of ``docs/scale.md``, between two marks."""

from __future__ import annotations

from typing import Any

BEGIN, END = "<!-- scaling.json -->", "<!-- end of scaling.json -->"
NOT_YET = (
    "Not measured yet on a quiet machine: `python benchmarks/scaling.py --json FILE` does it in about ten "
    "minutes, and\n`--page FILE` writes the figures here."
)
GOAL = 1.25
"""How many times the local engine's processor time a row an engine may take."""


def fill(page: str, result: dict[str, Any] | None) -> str:
    """Return a page with the figures of a result between its marks, or with what makes them."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    parts = {"scoring": _scoring, "extrapolated": _extrapolated, "training": _training, "serving": _serving}
    said = [part(result[name]) for name, part in parts.items() if name in result] if result else [NOT_YET]
    section = "\n\n".join(said)
    return f"{before}{BEGIN}\n{section}\n{END}{after}"


def _about(found: dict[str, Any]) -> str:
    machine = found["machine"]
    load = machine["load_average_at_start"]
    return f"({found['date']}; {machine['cpu']}, {machine['cores']} cores, load at the start {load})"


def _scoring(found: dict[str, Any]) -> str:
    rows = []
    for each in found["local_against_ray"]:
        used = [1e6 * each[name]["processor_seconds"] / each["rows"] for name in ("local", "ray")]
        seconds = [each[name]["seconds"] for name in ("local", "ray")]
        rows.append(
            [
                f"`{each['model']}`",
                f"{each['rows']:,}",
                *(f"{value:,.1f}" for value in used),
                f"{each['ratio']:.2f}",
                *(f"{value:,.1f}" for value in seconds),
            ]
        )
    header = ["model", "rows", "local, µs a row", "Ray, µs a row", "ratio", "local, s", "Ray, s"]
    steps = found["stages_seconds_a_row"]
    shares = ", ".join(f"{name} {1e6 * value:.1f}" for name, value in steps.items())
    one, two = found["strong"]
    twice = found["weak"][1]
    largest = max(each["rows"] for each in found["local_against_ray"])
    at_largest = [each for each in found["local_against_ray"] if each["rows"] == largest]
    goals = " and ".join(
        f"{'kept' if each['ratio'] <= GOAL else 'missed'} with `{each['model']}` ({each['ratio']:.2f})"
        for each in at_largest
    )
    return "\n\n".join(
        (
            f"**Scoring** short texts with two workers; processor time of all processes, Ray's start "
            f"and end included {_about(found)}. The goal, at most {GOAL} times that of the local engine at "
            f"{largest:,} rows, is {goals}.",
            _table(header, rows),
            f"A row takes, with `{found['model']}` and in µs on one thread: {shares}. A worker starts in "
            f"{found['start_of_worker_seconds']:.1f} s. Strong scaling: {one['rows']:,} rows in "
            f"{one['seconds']:.1f} s with one worker of Ray, in {two['seconds']:.1f} s with two "
            f"({one['seconds'] / two['seconds']:.2f} times as fast). Weak scaling: {twice['rows']:,} rows "
            f"with two workers in {twice['seconds']:.1f} s.",
        )
    )


def _extrapolated(found: dict[str, Any]) -> str:
    held, inputs = found["held_out"], found["inputs"]
    rows = [[f"{each['workers']:,}", f"{each['hours']:,.2f}"] for each in found["billion_rows"]]
    return "\n\n".join(
        (
            "**A simulation** of workers that take parts in turn begins with what was measured: "
            f"{inputs['engine_seconds']:.1f} s for the start of the engine, {inputs['worker_seconds']:.1f} s "
            f"for that of a worker, {1e6 * inputs['row_seconds']:.1f} µs a row, and {inputs['crowding']:.2f} "
            "times as many beside another worker. The largest run was held out: "
            f"{held['rows']:,} rows with {held['workers']} workers took {held['measured_seconds']:.1f} s, "
            f"and it says {held['predicted_seconds']:.1f} s ({100 * held['error']:+.1f} %). A billion such "
            "rows, if the store keeps up, which it does not look at:",
            _table(["workers", "hours"], rows),
        )
    )


def _training(found: dict[str, Any]) -> str:
    rows = [
        [name, f"{each['median']:.2f}", f"{min(each['runs']):.2f}–{max(each['runs']):.2f}"]
        for name, each in found["seconds_an_epoch"].items()
    ]
    apart = [f"{value:.1g} by step {step}" for step, value in found["loss_apart_after_steps"].items()]
    means = ", ".join(f"{each:.1g}" for each in found["mean_loss_of_an_epoch_apart"])
    return "\n\n".join(
        (
            f"**Training**: {found['recipe']}, {found['steps']} steps {_about(found)}.",
            _table(["processes x threads", "seconds an epoch", "of the epochs"], rows),
            f"The loss of a step differs between one process and two by at most {', '.join(apart)}; the mean "
            f"loss of the epochs by {means}.",
        )
    )


def _serving(found: dict[str, Any]) -> str:
    rows = [
        [
            count,
            f"{each['texts_a_second']:,.0f}",
            f"{each['p50_ms']:,.0f}",
            f"{each['p99_ms']:,.0f}",
            each["errors"],
        ]
        for count, each in found["processes"].items()
    ]
    return "\n\n".join(
        (
            "**Serving** one text a request to 64 connections, through a balancer by connection; clients and "
            f"balancer share the machine {_about(found)}.",
            _table(["processes of one thread", "texts/s", "p50, ms", "p99, ms", "errors"], rows),
        )
    )


def _table(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
