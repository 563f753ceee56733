"""``opinia data``: fetch and verify the IMDB reviews, or write the synthetic sample."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from opinia.cli.helpers.options import FilledPath, imdb_option
from opinia.system.stdio import print_json

_HEADINGS = ("split", "reviews", "positives", "movies", "official", "fingerprint")


@click.group("data")
def command() -> None:
    """Fetch and verify the IMDB reviews, or write the built-in sample."""


@command.command("imdb")
@imdb_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def imdb_command(*, source: Path | None, as_json: bool) -> None:
    """Fetch the IMDB reviews if need be, read them all, and compare them with the official data set."""
    from opinia.data import imdb
    from opinia.data.imdb.download import fetch_archive

    place = imdb.find_source(source) or fetch_archive(progress=sys.stderr.isatty())
    rows: list[dict[str, object]] = []
    for split, reviews in imdb.load_splits(imdb.SPLITS, source=place).items():
        fingerprint = reviews.fingerprint()
        rows.append(
            {
                "split": split,
                "reviews": len(reviews),
                "positives": None if split == "unsup" else reviews.labels.count(1),
                "movies": len(set(reviews.groups)),
                "official": fingerprint == imdb.FINGERPRINTS[split],
                "fingerprint": fingerprint,
            }
        )
    if as_json:
        print_json({"source": str(place), "splits": rows}, indent=2)
        return
    click.echo(f"source: {place}", err=True)
    _print_table([[_cell(row[heading]) for heading in _HEADINGS] for row in rows])
    if not all(row["official"] for row in rows):
        click.echo("warning: these are not the rows of the official data set", err=True)


@command.command("sample")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FilledPath(path_type=Path),
    help="File to write; - for standard output.",
)
@click.option("--split", type=click.Choice(["train", "test", "unsup"]), default="train", show_default=True)
@click.option("--reviews", type=int, help="How many. Default: 2000 train, 500 test, 1000 unsup.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def sample_command(*, output: Path, split: str, reviews: int | None, seed: int, force: bool) -> None:
    """Write synthetic reviews, made by a small grammar, as JSON Lines."""
    from opinia.data import sample
    from opinia.data.imdb import jsonl

    made = sample.load(split, seed=seed, reviews=reviews)
    if str(output) == "-":
        click.echo(jsonl.to_jsonl(made), nl=False)
        return
    jsonl.write_jsonl(made, output, force=force)
    click.echo(f"{len(made):,} synthetic reviews written to {output}", err=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print the table: drawn, with short fingerprints, for a person; with tabs for a program."""
    if not sys.stdout.isatty():
        for row in (_HEADINGS, *rows):
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEADINGS)
    for row in rows:
        table.add_row(*row[:-1], row[-1][:12])
    Console().print(table)
