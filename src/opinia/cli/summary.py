"""``opinia summary``: the layers of a network and their parameters."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opinia.cli.helpers.options import RecipePath
from opinia.system.stdio import print_json

if TYPE_CHECKING:
    from opinia.runs.folder import RunFolder
    from opinia.runs.layer_table import Summary


def _of_run(run: RunFolder) -> Summary:
    """Count what the model of a run has; what its recipe allows where it has no model yet."""
    from opinia.model.file import read_model
    from opinia.model.parameters import parameters_of
    from opinia.runs.layer_table import summarise

    recipe = run.recipe()
    if not run.best.is_file():
        return summarise(recipe)
    description = read_model(run.best).description
    sizes = {"classes": len(description.labels), "words": len(description.tokenizer)}
    counted = parameters_of(description.card)
    if counted is None:
        return summarise(recipe, **sizes)
    network = summarise(recipe, **sizes, fitted=0)
    return summarise(recipe, **sizes, fitted=sum(filter(None, counted)) - network.trainable)


@click.command(name="summary")
@click.argument("recipe", required=False, type=RecipePath())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(recipe: Path | None, *, as_json: bool) -> None:
    """Show the network of RECIPE (default: the published one), layer by layer.

    RECIPE is a TOML file, the name of a recipe that comes with opinia, such as base, or a run folder: of its
    model as many words, classes and n-grams are counted as it has, of a recipe as it allows.
    """
    from opinia.runs.folder import RunFolder
    from opinia.runs.layer_table import readable_size, summarise
    from opinia.runs.recipe import Recipe, read_recipe

    if recipe is not None and (run := RunFolder(recipe)).is_started:
        summary = _of_run(run)
    else:
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
