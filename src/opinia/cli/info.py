"""``opinia info MODEL``: what a model says of itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from opinia.cli.models import say_unfinished
from opinia.cli.options import ModelPath
from opinia.language import LANGUAGES
from opinia.model.classifier import find_model
from opinia.model.file import Model, read_model
from opinia.system.letters import JOINERS
from opinia.system.stdio import decoded, print_json

MANY = 12


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(model: Path | None, as_json: bool) -> None:
    """Print the card of MODEL: recipe, data, figures, versions.

    MODEL is a model file (.onnx), a run folder (its best model) or the name of a model that comes with
    opinia; without it, general.
    """
    path = find_model(model)
    facts = describe(read_model(path))
    say_unfinished(path, LANGUAGES["en"])
    if as_json:
        print_json(facts, indent=2)
    elif sys.stdout is not None and sys.stdout.isatty():
        _print_table(facts)
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
        "card": description.card,
    }


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


def _print_table(facts: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for depth, name, value in rows(facts):
        style = "bold" if not value else "dim" if depth else ""
        table.add_row(Text("  " * depth + name, style=style), Text(value, overflow="fold"))
    Console(no_color=bool(os.environ.get("NO_COLOR")) or None).print(table)
