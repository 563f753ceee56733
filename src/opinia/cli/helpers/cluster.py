"""``opinia score --engine ray`` and ``--engine spark``: what only they ask for, and say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opinia import extras
from opinia.cli.helpers.trust import start_lines
from opinia.language import Language
from opinia.model.classifier import Classifier
from opinia.score import Progress, ScoreOptions, Start, Summary

if TYPE_CHECKING:
    from opinia.score.part_work import Engine

Cluster = tuple[str, str | None, int | None]
"""Which engine, at which address, with how many workers."""
_NAMES = {"ray": ("scoring on Ray", extras.RAY), "spark": ("scoring on Spark", extras.SPARK)}
_FILES = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".xlsx", ".txt", ".gz", ".zst", ".bz2", ".xz")


def check_asked(engine: str, sources: tuple[str, ...], output: str, *, threads: int) -> None:
    """Check that what was asked for is something that a cluster does, before a model is loaded.

    Raises:
        UsageError: it is not.
        MissingExtraError: its packages are not installed.
    """
    option = f"--engine {engine}"
    if "-" in sources:
        raise click.UsageError(f"{option} cannot read standard input: name files, folders or addresses")
    if output == "-":
        raise click.UsageError(f"{option} writes parts into a folder, not to standard output")
    if threads:
        raise click.UsageError(f"--threads is for one process: with {option} use --concurrency")
    path = Path(output)
    is_told = output.endswith(("/", os.sep)) or "://" in output
    is_file = path.exists() or (path.suffix.lower() in _FILES and not is_told)
    if is_file and not path.is_dir():
        raise click.UsageError(f"{option} writes parts into a folder. Received the file name: {output}")
    what, modules = _NAMES[engine]
    extras.require(what, *modules)


def score_on_cluster(
    cluster: Cluster,
    sources: list[str],
    output: str,
    *,
    model: Classifier,
    options: ScoreOptions,
    language: Language,
    on_progress: Callable[[Progress], None],
) -> Summary:
    """Score tables on a cluster, and say on stderr what was taken for what and what was there already.

    Args:
        cluster: which, and how much of it.
        sources: files, patterns, folders and addresses.
        output: folder or address.
        model: that judges.
        options: how to go about it.
        language: of what is said.
        on_progress: called after each part.

    Raises:
        DataError: what is given cannot be used, or the cluster could not go on.
    """
    from opinia.score.part_work import score_parts

    said: set[str] = set()

    def say_start(start: Start) -> None:
        for line in start_lines(start, language):
            if line not in said:
                said.add(line)
                click.echo(line, err=True)

    def say_kept(kept: int, parts: int) -> None:
        click.echo(language.say("trust.kept", count=kept, parts=language.number(parts)), err=True)

    try:
        return score_parts(
            sources,
            output,
            model=model,
            options=options,
            engine=_engine(cluster),
            on_start=say_start,
            on_kept=say_kept,
            on_progress=on_progress,
        )
    except KeyboardInterrupt:
        click.echo(language.say("trust.parted"), err=True)
        raise


def _engine(cluster: Cluster) -> Engine:
    engine, address, concurrency = cluster
    if engine == "ray":
        from opinia.score.ray import RayEngine

        return RayEngine(address=address, concurrency=concurrency)
    from opinia.score.spark import SparkEngine

    return SparkEngine(address=address, concurrency=concurrency)
