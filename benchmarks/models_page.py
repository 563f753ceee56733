"""The page of models: tables and a picture of the figures that were kept, the ledger and the model files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import CORES
from opinia.evaluate.behaviour import PARTS as HALVES
from opinia.evaluate.ledger import find
from opinia.evaluate.metrics import LENGTH_GROUPS
from opinia.evaluate.results_csv import to_csv
from opinia.model.file import read_model
from opinia.report.canvas import COLOURS, GROUND, INK, SOFT, blank, drawing, save
from opinia.system.files import write_atomically

if TYPE_CHECKING:
    from models_report import System

NAME = "models"
NONE = "–"
NOT_TAKEN = "not taken"
FAR = 12.0
"""Points below the median of all at which a system leaves the picture's axis."""
REACH = 20_000

_INTRODUCTION = """# Models and their peers

The models that come with opinia, beside what else judges reviews on a small machine.
`python benchmarks/models_report.py` measures and writes this page; the figures lie in
[benchmarks/results/models/](../../benchmarks/results/models/)."""

_QUALITY = """Accuracy, negative log-likelihood (NLL, in nats) and expected calibration error (ECE, 15 bins)
on the 25,000 official test reviews. Accuracy and NLL of opinia's models are those of the
[ledger](ledger.csv), where each model file is tested once. The linear peers are fitted on the training split
without what stands in test, tuned on validation (by movie), fitted again on both parts, and tested once.
VADER has no training; its compound score is read as a probability. `base` is a recurrent network with a
linear model on n-grams beside it; what the network says alone is told in [accuracy.md](accuracy.md)."""

_SPEED = f"""Reviews a second go from texts in memory to probabilities, on {CORES} cores, medians over fresh
processes. Each system was measured in turns with a network of DistilBERT's shape (PyTorch, random weights, a
tokenizer that costs next to nothing, at most 512 tokens of a text, texts sorted by length): the ratio is of
one run on one machine. Slow systems are timed on fewer texts of the same lengths. Cold start is a whole
process: start, load, judge one line, end."""

_BEHAVIOUR = """Pass rates of the [behaviour checks](../../src/opinia/evaluate/behaviour.toml), in percent of
the held-out half: short texts of our own, about films and other things. `opinia behave MODEL` gives them for
any model, with the failures of the development half. An answer that never changes passes all of *steady* and
*same label*, half of *label*, and nothing of *direction*."""

_LITERATURE = "On the official test split unless it says otherwise, as published; not measured here."


@dataclass(frozen=True)
class Point:
    """A system on the picture.

    Args:
        system: what it is called.
        accuracy: on test, in percent.
        reviews_per_second: end to end.
        own: whether it comes with opinia.
        measured: whether its accuracy was measured here; else it is as published.
        machine: on which its speed was measured.
    """

    system: str
    accuracy: float
    reviews_per_second: float
    own: bool
    measured: bool
    machine: str


@dataclass(frozen=True)
class Entry:
    """A system with all that is known of it.

    Args:
        system: the system.
        figures: what was measured.
        quality: accuracy and the rest on test, as far as known.
        parameters: trained numbers; None where unknown.
        size: bytes of its file; None where unknown.
    """

    system: System
    figures: dict[str, Any]
    quality: dict[str, Any]
    parameters: int | None
    size: int | None


def render(
    systems: dict[str, System], figures: dict[str, dict[str, Any]], results: Path, ledger: Path, output: Path
) -> Path:
    """Write the report, and the picture where two systems or more can stand on it.

    Args:
        systems: all systems by name.
        figures: of each, those that still hold.
        results: their folder, with ``literature.json``.
        ledger: the test results of opinia's own models.
        output: receives ``models.md``, and ``models.png``, ``.svg`` and ``.csv``.
    """
    entries = [_entry(system, figures[name], ledger) for name, system in systems.items()]
    place = results / "literature.json"
    literature = json.loads(place.read_text(encoding="utf-8"))
    points = list(_points(entries, {item["of"]: item["value"] for item in literature if "of" in item}))
    blocks = [_INTRODUCTION]
    if len(points) > 1:
        draw(points, output, NAME)
        blocks.append(f"![Accuracy over reviews a second]({NAME}.png)")
        blocks.append(
            f"[SVG]({NAME}.svg), [data]({NAME}.csv). Blue: opinia's; orange: peers; "
            f"hollow: accuracy as published, speed measured here. A panel a machine."
        )
    blocks += ["## Figures", _figures(entries), _QUALITY, _SPEED, *_conditions(entries)]
    blocks += ["## Accuracy by length", _lengths(entries)]
    blocks += ["## Behaviour", _BEHAVIOUR, _behaviour(entries)]
    blocks += ["## From the literature", _LITERATURE, _published(literature)]
    report = output / f"{NAME}.md"
    write_atomically(report, "\n\n".join(blocks) + "\n")
    return report


def _entry(system: System, figures: dict[str, Any], ledger: Path) -> Entry:
    quality = dict(figures.get("quality", {}))
    if not system.own:
        size = figures.get("size", {})
        return Entry(system, figures, quality, size.get("parameters"), size.get("bytes"))
    assert system.model is not None
    model = read_model(system.model)
    row = find(ledger, model.sha256, "imdb:test")
    if row is None:
        quality = {}
    else:
        quality |= {"accuracy": row.accuracy, "nll": row.nll}
    parameters = model.description.card.get("network", {}).get("parameters")
    return Entry(system, figures, quality, parameters, model.size)


def _points(entries: Sequence[Entry], published: dict[str, float]) -> Iterator[Point]:
    for entry in entries:
        speed = entry.figures.get("speed")
        measured = "accuracy" in entry.quality
        if speed is None or not (measured or entry.system.name in published):
            continue
        accuracy = 100 * entry.quality["accuracy"] if measured else published[entry.system.name]
        yield Point(
            entry.system.title.replace("`", "").replace("’s shape", ""),
            accuracy,
            speed["reviews_per_second"]["median"],
            own=entry.system.own,
            measured=measured,
            machine=" ".join(speed["machine"]["cpu"].replace("(R)", "").replace("Processor", "").split()),
        )


def draw(points: Sequence[Point], folder: Path, name: str) -> None:
    """Write the picture as PNG and SVG, with its data as CSV: a panel a machine, names beside the points.

    Speeds of two machines say nothing of each other, and a system far below would push the others together:
    it stands at the lower edge, with its accuracy.
    """
    from matplotlib.ticker import FuncFormatter

    machines = sorted({p.machine for p in points}, key=lambda each: -sum(p.machine == each for p in points))
    usual = sorted(point.accuracy for point in points)
    low = next(value for value in usual if usual[len(usual) // 2] - value < FAR) - 1.5
    with drawing():
        figure = blank(width=8.6, height=4.6, columns=len(machines), sharey=True, sharex=True)
        for axes, machine in zip(figure.axes, machines, strict=True):
            here = [point for point in points if point.machine == machine]
            axes.set_xscale("log")
            axes.set_xlim(min(p.reviews_per_second for p in points) / 1.6, REACH)
            axes.set_ylim(low, max(usual) + 1.2)
            for point in here:
                is_far = point.accuracy < low
                colour = COLOURS[0] if point.own else COLOURS[1]
                axes.plot(
                    point.reviews_per_second,
                    low + 0.35 if is_far else point.accuracy,
                    marker="v" if is_far else "o" if point.own else "s",
                    color=colour,
                    markerfacecolor=colour if point.measured else GROUND,
                    markersize=8 if point.own else 7,
                    linestyle="none",
                    clip_on=False,
                )
            _name(axes, here, low)
            axes.set_title(machine, fontsize=9, color=SOFT, loc="left")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        figure.supxlabel("reviews a second on two cores, from text to probability", fontsize=9, color=INK)
        figure.axes[0].set_ylabel("accuracy on the IMDB test split, %")
        figure.suptitle("Accuracy over throughput", fontsize=11, fontweight="bold")
        save(figure, folder, name, to_csv([f.name for f in fields(Point)], [astuple(p) for p in points]))


def _name(axes: Any, points: Sequence[Point], low: float) -> None:
    """Write the name of each system beside its point, moved up or down where two would meet."""
    figure = axes.figure
    figure.canvas.draw()
    taken = []
    for point in points:
        x, y = axes.transData.transform((point.reviews_per_second, max(point.accuracy, low + 0.35)))
        taken.append((x - 6, y - 6, x + 6, y + 6))
    for point in sorted(points, key=lambda each: (not each.own, -each.accuracy)):
        said = point.system.removeprefix("opinia ")
        if point.accuracy < low:
            said += f", {point.accuracy:.1f} %"
        place = (point.reviews_per_second, max(point.accuracy, low + 0.35))
        best = None
        for away in (0, 9, -9, 16, -16, 24, -24, 34, -34):
            for side, offset in (("left", 8), ("right", -8), ("center", 0)):
                if side == "center" and abs(away) < 9:
                    continue
                words = axes.annotate(
                    said,
                    place,
                    xytext=(offset, away),
                    textcoords="offset points",
                    ha=side,
                    va="center",
                    fontsize=8.5,
                    color=COLOURS[0] if point.own else COLOURS[1],
                    fontweight="bold" if point.own else "normal",
                )
                box = words.get_window_extent().padded(1)
                inside = axes.bbox.x0 - 30 < box.x0 and box.x1 < axes.bbox.x1 + 4 and axes.bbox.y0 < box.y0
                meets = any(
                    box.x0 < x1 and x0 < box.x1 and box.y0 < y1 and y0 < box.y1 for x0, y0, x1, y1 in taken
                )
                if inside and not meets:
                    best = box
                    break
                words.remove()
            if best is not None:
                taken.append((best.x0, best.y0, best.x1, best.y1))
                break


def _figures(entries: Sequence[Entry]) -> str:
    header = ["system", "accuracy, %", "NLL", "ECE", "parameters", "file, MB", "reviews/s"]
    header += ["× DistilBERT’s shape", "cold start, s"]
    rows = []
    for entry in entries:
        speed, start = entry.figures.get("speed", {}), entry.figures.get("start", {})
        missing = NOT_TAKEN if "quality" in entry.system.parts else NONE
        rows.append(
            [
                entry.system.title,
                _number(entry.quality.get("accuracy"), 2, scale=100, missing=missing),
                _number(entry.quality.get("nll"), 4),
                _number(entry.quality.get("ece"), 4),
                _number(entry.parameters, 0),
                _number(entry.size, 2, scale=1e-6),
                _throughput(speed.get("reviews_per_second", {}).get("median")),
                _throughput(speed.get("ratio")),
                _number(start.get("seconds", {}).get("median"), 3),
            ]
        )
    return table(header, rows)


def _conditions(entries: Sequence[Entry]) -> Iterator[str]:
    """Say where speeds were measured, and what was chosen for the linear peers."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for part in ("speed", "start"):
            if part in entry.figures:
                figures = entry.figures[part]
                where = figures["machine"]
                cpu = ", ".join(filter(None, (where["cpu"], where.get("instructions"))))
                said = f"{cpu}, {where['system']}, Python {where['python']}, {figures['date']}"
                if "data" in figures:
                    said += f", {figures['data']}"
                found.setdefault(said, []).append(f"{part} of {entry.system.name}")
    if not found:
        yield "Speed and cold start are not measured yet."
    for machine, parts in found.items():
        yield f"Machine: {machine}" + (f" ({', '.join(parts)})." if len(found) > 1 else ".")
    for entry in entries:
        if "chosen" in entry.quality:
            chosen = entry.quality["chosen"]
            best = chosen["validation_accuracy"][str(chosen["C"])]
            yield (
                f"{entry.system.title}: C = {chosen['C']:g} of {', '.join(chosen['validation_accuracy'])}, "
                f"{100 * best:.2f} % on {chosen['validation_reviews']:,} validation reviews; fitted on "
                f"{chosen['training_reviews']:,}."
            )


def _lengths(entries: Sequence[Entry]) -> str:
    known = [entry for entry in entries if "by_length" in entry.quality]
    if not known:
        return "Not taken."
    first = known[0].quality["by_length"]
    header = ["system"]
    header += [f"{group['name']}, up to {group['longest']:,} words, %" for group in first]
    rows = []
    for entry in entries:
        if "quality" not in entry.system.parts:
            continue
        shares = {group["name"]: group["accuracy"] for group in entry.quality.get("by_length", ())}
        cells = [_number(shares.get(name), 2, scale=100, missing=NOT_TAKEN) for name in LENGTH_GROUPS]
        rows.append([entry.system.title, *cells])
    return table(header, rows)


def _behaviour(entries: Sequence[Entry]) -> str:
    known = {
        entry.system.title: entry.figures["behaviour"] for entry in entries if "behaviour" in entry.figures
    }
    if not known:
        return "Not measured yet."
    first = next(iter(known.values()))
    development, held_out = HALVES
    rows = []
    for name, about in first["capabilities"].items():
        rates = [of["capabilities"].get(name, {}).get(held_out) for of in known.values()]
        rows.append([name, about["test"], str(about[held_out]["cases"]), *map(_share, rates)])
    for half in (held_out, development):
        rates = [of["all"][half] for of in known.values()]
        rows.append([f"**all, {half}**", "", str(first["all"][half]["cases"]), *map(_share, rates)])
    return table(["capability", "test", "cases", *known], rows, left=2)


def _published(literature: Sequence[dict[str, Any]]) -> str:
    rows = [[item["system"], item["accuracy"], item["source"]] for item in literature]
    lines = table(["system", "accuracy, %", "source"], rows).splitlines()
    lines[1] = "| --- | ---: | --- |"
    return "\n".join(lines)


def _share(rate: dict[str, int] | None) -> str:
    return f"{100 * rate['passed'] / rate['cases']:.0f}" if rate and rate["cases"] else NONE


def _number(value: float | None, digits: int, *, scale: float = 1, missing: str = NONE) -> str:
    return missing if value is None else f"{scale * value:,.{digits}f}"


def _throughput(value: float | None) -> str:
    """Return three digits or so: more would say more than was measured."""
    return NONE if value is None else f"{value:,.{0 if value >= 100 else 1}f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return a Markdown table whose columns but the first stand to the right."""
    lines = [header, ["---"] * left + ["---:"] * (len(header) - left), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
