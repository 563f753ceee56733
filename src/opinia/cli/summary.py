"""``opinia summary``: the layers of a network and their parameters."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from opinia.cli.helpers.options import RecipePath
from opinia.system.stdio import print_json


@click.command(name="summary")
@click.argument("recipe", required=False, type=RecipePath())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(recipe: Path | None, *, as_json: bool) -> None:
    """Show the network of RECIPE (default: the published one), layer by layer.

    RECIPE is a TOML file, or the name of a recipe that comes with opinia, such as base.
    """
    from opinia.runs.recipe import Recipe, read_recipe
    from opinia.runs.summary import readable_size, summarise

    summary = summarise(read_recipe(recipe) if recipe else Recipe())
    if as_json:
        print_json({**asdict(summary), "total": summary.total}, indent=2)
        return

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.HEAVY_HEAD, show_lines=True)
    table.add_column("Layer (type)")
    table.add_column("Output Shape")
    table.add_column("Param #", justify="right")
    for layer in summary.layers:
        table.add_row(layer.name, str(layer.shape), f"{layer.parameters:,}")
    # Rich would cut the table to a narrow pipe; a table that is piped is read by programs and diffs.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 88)
    console.print(table)
    for title, count in (
        ("Total params", summary.total),
        ("Trainable params", summary.trainable),
        ("Non-trainable params", summary.non_trainable),
        ("Optimizer params", summary.optimizer),
    ):
        console.print(f" {title}: {count:,} ({readable_size(count)})")
