"""``opinia info MODEL``: what a model says of itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from opinia import shell
from opinia.cli.helpers.models import say_unfinished
from opinia.cli.helpers.options import ModelPath
from opinia.cli.helpers.printing import screen
from opinia.language import LANGUAGES
from opinia.model.card import entry_of, licence_of
from opinia.model.file import Model, read_model
from opinia.model.parameters import parameters_of
from opinia.model.shipped import find_model
from opinia.system.printable import JOINERS
from opinia.system.stdio import decoded, print_json

MANY = 12


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path), required=False)
@click.option("--card", "whole", is_flag=True, help="At a terminal, too, print the whole card.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(model: Path | None, whole: bool, as_json: bool) -> None:
    """Print what MODEL is and how right it is, and its card: data, recipe, versions.

    At a terminal it is what matters first, on one screen.

    MODEL is a model file (.onnx), a run folder (its best model) or the name of a model that comes with
    opinia; without it, general.
    """
    path = find_model(model)
    facts = describe(read_model(path))
    say_unfinished(path, LANGUAGES["en"])
    if as_json:
        print_json(facts, indent=2)
    elif sys.stdout is not None and sys.stdout.isatty():
        _print_summary(facts)
        if whole:
            click.echo()
            _print_table(facts)
        else:
            named = [] if model is None else [model]
            click.echo(f"\nthe whole card: {shell.opinia('info', *named, '--card')}")
    else:
        for depth, name, value in rows(facts):
            click.echo(f"{'  ' * depth}{name}:{value and ' ' + value}")


def describe(model: Model) -> dict[str, Any]:
    """Return everything worth telling of a model file, as a JSON object."""
    description = model.description
    return {
        "file": str(model.path),
        "bytes": model.size,
        "sha256": model.sha256,
        "labels": list(description.labels),
        "temperature": description.temperature,
        "vocabulary": len(description.tokenizer),
        **_sizes(model),
        "card": description.card,
    }


def _sizes(model: Model) -> dict[str, Any]:
    """Return how many parameters there are in all and, of a cascade, in each of its networks."""
    counted = parameters_of(model.description.card)
    if counted is None:
        return {}
    large, small = counted
    told: dict[str, Any] = {"parameters": large + (small or 0)}
    if small is not None:
        told["parameters_of_each"] = {"small (asked first)": small, "large": large}
    return told


def rows(facts: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """Yield depth, name and value of each fact, those of an inner object below its name."""
    for key, value in facts.items():
        name = _printable(str(key))
        if isinstance(value, Mapping):
            yield depth, name, "" if value else "-"
            yield from rows(value, depth + 1)
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            yield depth, name, ""
            yield from rows({str(i): entry for i, entry in enumerate(value, start=1)}, depth + 1)
        else:
            yield depth, name, _value(value)


def _value(value: object) -> str:
    if isinstance(value, list):
        entries = [_value(entry) for entry in value[:MANY]]
        if any("," in each for each in value if isinstance(each, str)):  # nobody could tell where one ends
            entries = [json.dumps(entry, ensure_ascii=False) for entry in entries]
        shown = ", ".join(entries)
        return shown + (f", … ({len(value)} in all)" if len(value) > MANY else "") or "-"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return _printable(str(value))


def _printable(text: str) -> str:
    """Return a text without control characters: a card may come from anywhere."""
    return "".join(c if c.isprintable() or c in JOINERS else repr(c)[1:-1] for c in decoded(text))


def summary(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of what matters first: what a model reads, how right it is, how big it is."""
    card = facts["card"]

    def found(path: str) -> Any:
        return entry_of(card, *path.split("."))

    test = found("figures.test_accuracy")
    validation = found("validation.accuracy") or found("cascade.accuracy") or found("figures.val_accuracy")
    share, whole, of_large = (found(f"cascade.{name}") for name in ("share", "accuracy", "accuracy_of_large"))
    first = None
    if all(isinstance(each, float) for each in (share, whole, of_large)):
        first = f"a small network answers {share:.1%} of validation; accuracy with it "
        first += f"{whole:.2%}, of the large one alone {of_large:.2%}"
        first += ", each set of texts counting alike" if found("data.sets") else ""
    wanted = {
        "model": found("name"),
        "reads": found("limits"),
        "answers": facts["labels"],
        "accuracy on test": test,
        "accuracy on validation": validation,
        "trained on": found("data.train.reviews"),
        "licence": licence_of(card),
        "words known": facts["vocabulary"],
        "parameters": facts.get("parameters"),
        "of these": facts.get("parameters_of_each"),
        "first stage": first,
        "size": f"{facts['bytes'] / 1e6:.1f} MB",
        "file": facts["file"],
        "sha256": facts["sha256"],
    }
    for name, value in wanted.items():
        if value is None:
            continue
        if name.startswith("accuracy") and isinstance(value, float):
            yield name, f"{value:.1%}"
        elif name == "trained on":
            yield name, f"{_value(value)} texts"
        elif isinstance(value, Mapping):
            yield name, ", ".join(f"{_value(each)} {key}" for key, each in value.items())
        else:
            yield name, _value(value)


def _print_summary(facts: Mapping[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in summary(facts):
        table.add_row(Text(name, style="dim"), Text(value, overflow="fold"))
    screen().print(table)


def _print_table(facts: Mapping[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for depth, name, value in rows(facts):
        style = "bold" if not value else "dim" if depth else ""
        table.add_row(Text("  " * depth + name, style=style), Text(value, overflow="fold"))
    screen().print(table)
