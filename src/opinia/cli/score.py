"""``opinia score IN -o OUT``: classify the texts of a table of any size."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import (
    FilledPath,
    TableForm,
    language_option,
    max_bad_option,
    model_option,
    table_options,
    threads_option,
    threshold_option,
    uncertain_option,
)
from opinia.cli.helpers.trust import check_trust, label_line, start_lines, trust_lines
from opinia.language import LANGUAGES, Language
from opinia.model.classifier import Classifier, check_threshold
from opinia.score import MAX_CHARACTERS, Progress, ScoreOptions, Start, Summary, score_table
from opinia.system.stdio import decoded
from opinia.tables.chained import expand, outputs_in

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
@table_options()
@click.option(
    "--prefix",
    metavar="TEXT",
    type=decoded,
    default="",
    help="Put before the names of the added columns. "
    "[default: nothing; opinia_ where the table has such a name already]",
)
@click.option(
    "--details",
    is_flag=True,
    help="Add the number of words, the fraction of unknown ones, what speaks against the answer, and of "
    "three classes or "
    "more each probability.",
)
@uncertain_option
@threshold_option
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
@max_bad_option
@threads_option
@click.option(
    "--engine",
    type=click.Choice(["local", "ray", "spark"]),
    default="local",
    show_default=True,
    help="What does the work: this process, or a cluster of Ray or Spark, which writes parts into the folder "
    "OUT.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    help="Of the cluster, such as auto or ray://host:10001 for Ray, spark://host:7077 for Spark. [default: "
    "one that this process belongs to, else one of this machine's processors]",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Workers of the cluster, with a processor each. [default: one for each processor that it has]",
)
@language_option("the summary")
def command(
    sources: tuple[str, ...],
    *,
    output: str,
    model: Path | None,
    form: TableForm,
    prefix: str,
    details: bool,
    uncertain: float,
    threshold: float | None,
    strict: bool,
    force: bool,
    resume: bool,
    max_characters: int,
    max_bad: float,
    threads: int,
    engine: str,
    address: str | None,
    concurrency: int | None,
    lang: str,
) -> None:
    """Classify the texts of IN and write it again as OUT, with the answers as further columns.

    IN is CSV, TSV, JSON, JSON Lines, Parquet, a workbook (xlsx, xls, ods), SQLite (reviews.db::table), a
    folder with a sub-folder a class, or plain text (one text a line); - is standard input. OUT has the
    format that its name says. The other columns and the order of rows stay. Several inputs, also as a
    pattern, become one table, or an output each in a folder.

    Added are label, probability (of that label) and error, which says why a row could not be judged;
    such a row has no label, and never stops the rest. `opinia check IN` shows beforehand what is read.

    With --engine ray or spark IN may also be folders and addresses such as s3://bucket/reviews, and OUT is a
    folder or an address, for parts and a manifest; the same command goes on where one was cut off.
    """
    if force and resume:
        raise click.UsageError("--force starts again and --resume continues: choose one")
    if engine != "local":
        from opinia.cli.helpers.cluster import check_asked

        check_asked(engine, sources, output, threads=threads)
    elif address is not None or concurrency is not None:
        given = "--address" if address is not None else "--concurrency"
        raise click.UsageError(f"{given} is for a cluster: --engine ray or --engine spark")
    options = ScoreOptions(
        **form,
        prefix=prefix,
        details=details,
        uncertain=uncertain,
        threshold=threshold,
        strict=strict,
        existing="replace" if force else "resume" if resume else "refuse",
        max_characters=max_characters,
        threads=threads,
    )
    classifier = load_model(model, LANGUAGES[lang])
    if threshold is not None:
        check_threshold(threshold, classifier, what="--threshold")

    if engine != "local":
        from opinia.cli.helpers.cluster import score_on_cluster

        cluster, language = (engine, address, concurrency), LANGUAGES[lang]
        with ExitStack() as stack:
            on_progress = _on_progress(stack)
            summary = score_on_cluster(
                cluster,
                [*sources],
                output,
                model=classifier,
                options=options,
                language=language,
                on_progress=on_progress,
            )
        for line in _told(summary, output, language, classifier.languages):
            click.echo(line, err=True)
        check_trust(summary.findings, max_bad, written=output)
        return
    names = expand(sources)
    is_folder = output.endswith(("/", os.sep)) or (len(names) > 1 and Path(output).is_dir())
    outputs = outputs_in(output, names) if is_folder else [output]
    inputs: list[str | list[str]] = [*names] if is_folder else [names]
    summaries = [
        _score(source, made, classifier, options, LANGUAGES[lang])
        for source, made in zip(inputs, outputs, strict=True)
    ]
    for summary, made in zip(summaries, outputs, strict=True):
        check_trust(summary.findings, max_bad, written="what was written" if made == "-" else made)


def _score(
    source: str | list[str], output: str, classifier: Classifier, options: ScoreOptions, language: Language
) -> Summary:
    def say_start(start: Start) -> None:
        for line in start_lines(start, language):
            click.echo(line, err=True)

    try:
        with ExitStack() as stack:  # a bar is gone before anything else is said
            summary = score_table(
                source,
                output,
                classifier=classifier,
                options=options,
                on_start=say_start,
                on_progress=_on_progress(stack),
            )
    except KeyboardInterrupt:
        if output != "-":
            click.echo(language.say("trust.stopped"), err=True)
        raise
    for line in _told(summary, output, language, classifier.languages):
        click.echo(line, err=True)
    return summary


def _on_progress(stack: ExitStack) -> Callable[[Progress], None]:
    """Return what shows how far the work is, where a person watches."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda progress: None
    return stack.enter_context(_Watcher()).show


def _told(summary: Summary, output: str, language: Language, model_language: Sequence[str]) -> list[str]:
    """Return what to say at the end."""
    found = summary.findings
    lines = [line for line in [label_line(found.labels, language)] if line]
    if found.bad:
        column, rows = repr(summary.prefix + "error"), language.number(found.rows)
        said = language.say("trust.bad", count=found.bad, rows=rows, column=column, first=found.first_bad)
        lines.append(said)
    lines += trust_lines(found, language, model_language=model_language)
    if output != "-":
        lines.append(language.say("trust.written", count=found.rows, output=output))
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
