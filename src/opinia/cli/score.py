"""``opinia score IN -o OUT``: judge the texts of a table of any size."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from opinia.cli.options import FilledPath, dialect_options, model_option, threads_option, uncertain_option
from opinia.language import LANGUAGES
from opinia.language.locale import locale_language
from opinia.model.classifier import Classifier, load
from opinia.score import MAX_CHARACTERS, Progress, ScoreOptions, Summary, score_table
from opinia.system.stdio import decoded
from opinia.tables import Dialect
from opinia.tables.several import expand, outputs_in

if TYPE_CHECKING:
    from rich.progress import Progress as Bars


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("sources", metavar="IN...", type=FilledPath(), nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=FilledPath(),
    required=True,
    help="File to write, - for standard output, or a folder/ for an output of each input.",
)
@model_option
@click.option(
    "--text-column", metavar="NAME", type=decoded, help="Column to judge. [default: the obvious one]"
)
@click.option(
    "--format",
    "told",
    metavar="NAME",
    help="Format of IN: csv, tsv, jsonl, parquet or txt, with .gz or .zst behind it. [default: by the name]",
)
@dialect_options
@click.option(
    "--prefix", metavar="TEXT", type=decoded, default="", help="Put before the names of the added columns."
)
@click.option(
    "--details",
    is_flag=True,
    help="Add the number of words, the share of unknown ones, and of three classes or more each probability.",
)
@uncertain_option
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be judged.")
@click.option("--force", is_flag=True, help="Replace OUT, and start again if a part of it is there.")
@click.option("--resume", is_flag=True, help="Continue a run that was stopped or killed.")
@click.option(
    "--max-characters",
    type=click.IntRange(min=1),
    default=MAX_CHARACTERS,
    show_default=True,
    help="A longer text cannot be judged.",
)
@threads_option
def command(
    sources: tuple[str, ...],
    *,
    output: str,
    model: Path | None,
    text_column: str | None,
    told: str | None,
    encoding: str | None,
    delimiter: str | None,
    quoting: str | None,
    header: bool | None,
    prefix: str,
    details: bool,
    uncertain: float,
    strict: bool,
    force: bool,
    resume: bool,
    max_characters: int,
    threads: int,
) -> None:
    """Judge the texts of IN and write it again as OUT, with the answers as further columns.

    IN is CSV, TSV, JSON, JSON Lines, Parquet, a workbook (xlsx, xls, ods), SQLite (reviews.db::table), a
    folder with a sub-folder a class, or plain text (one text a line); - is standard input. OUT has the
    format that its name says. The other columns and the order of rows stay. Several inputs, also as a
    pattern, become one table, or an output each in a folder.

    Added are label, probability (of that label) and error, which says why a row could not be judged;
    such a row has no label, and never stops the rest.
    """
    if force and resume:
        raise click.UsageError("--force starts again and --resume continues: choose one")
    options = ScoreOptions(
        text_column=text_column,
        format=told,
        encoding=encoding,
        delimiter=delimiter,
        quoting=quoting,
        header=header,
        prefix=prefix,
        details=details,
        uncertain=uncertain,
        strict=strict,
        existing="replace" if force else "resume" if resume else "refuse",
        max_characters=max_characters,
        threads=threads,
    )
    classifier = load(model)

    names = expand(sources)
    is_folder = output.endswith(("/", os.sep)) or (len(names) > 1 and Path(output).is_dir())
    outputs = outputs_in(output, names) if is_folder else [output]
    inputs: list[str | list[str]] = [*names] if is_folder else [names]
    for source, made in zip(inputs, outputs, strict=True):
        _score(source, made, classifier, options)


def _score(source: str | list[str], output: str, classifier: Classifier, options: ScoreOptions) -> None:
    found: list[Dialect] = []

    def say_column(column: str, columns: int) -> None:
        language = LANGUAGES[locale_language()]
        parts = [dialect.describe(language) for dialect in found]
        if columns > 1 or (found and found[0].delimiter is not None):
            parts.append(language.say("table.column", column=column))
        if parts:
            click.echo("; ".join(parts), err=True)

    with ExitStack() as stack:
        watcher = stack.enter_context(_Watcher()) if sys.stderr is not None and sys.stderr.isatty() else None
        try:
            summary = score_table(
                source,
                output,
                classifier=classifier,
                options=options,
                on_start=say_column,
                on_dialect=found.append,
                on_progress=watcher.show if watcher else lambda progress: None,
            )
        except KeyboardInterrupt:
            if output != "-":
                click.echo("stopped; the same call with --resume continues what was saved", err=True)
            raise
    for line in _told(summary, output, options.prefix):
        click.echo(line, err=True)


def _told(summary: Summary, output: str, prefix: str) -> list[str]:
    """Return what to say at the end."""
    lines = []
    if summary.bad:
        lines.append(
            f"warning: {summary.bad:,} of {summary.rows:,} rows could not be judged, see the column "
            f"{prefix + 'error'!r}; the first is {summary.first_bad}"
        )
    if summary.wordless:
        lines.append(f"warning: {summary.wordless:,} of {summary.rows:,} texts have no words to judge")
    if output != "-":
        lines.append(f"{summary.rows:,} rows written to {output}")
    return lines


class _Watcher:
    """A bar with the rate and the time left, for a person who watches."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._bars: Bars = Bars(
            BarColumn(bar_width=30),
            TextColumn("{task.fields[figures]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._task = self._bars.add_task("", total=None, figures="")

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar; an input of unknown length has no end to be shown."""
        self._bars.start()  # only now, so that it does not stand between other lines
        rate = (progress.rows - progress.resumed) / max(1e-9, time.monotonic() - self._began)
        self._bars.update(
            self._task,
            total=None if progress.share is None else 1.0,
            completed=progress.share or 0.0,
            figures=f"{progress.rows:,} rows, {rate:,.0f} a second",
        )
