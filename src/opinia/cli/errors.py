"""``opinia errors``: what a model is wrong about or unsure of among labelled texts, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opinia.cli.labelled import is_learnt_from, judge, labelled_form, labelled_options
from opinia.cli.options import FilledPath, ModelPath, TableForm, language_option, threshold_option

if TYPE_CHECKING:
    from opinia.evaluate.mistakes import Mistakes
    from opinia.language import Language
    from opinia.model.classifier import Classifier

_FORMATS = (".csv", ".html")
_NOTES = (1, 2, 3)


@click.command(name="errors", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.argument("data")
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FILE",
    type=FilledPath(path_type=Path, dir_okay=False),
    multiple=True,
    help="A table (.csv) or a page (.html) to write; both, given twice. [default: the table, printed]",
)
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Texts that are listed and explained, the worst first.",
)
@click.option(
    "--only",
    type=click.Choice(["wrong", "unsure", "suspect"]),
    help="List these alone; suspect are those whose labels are to be doubted.",
)
@click.option(
    "--unsure",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    metavar="MARGIN",
    help="A right answer is unsure where its class is less than this likelier than the next one.",
)
@threshold_option
@labelled_options
@language_option("what is said, and of the page")
def command(
    model: Path,
    data: str,
    *,
    outputs: tuple[Path, ...],
    force: bool,
    most: int,
    only: str | None,
    unsure: float,
    threshold: float | None,
    source: Path | None,
    form: TableForm,
    label_column: tuple[str, ...],
    label_map: str | None,
    labels: str | None,
    lang: str,
) -> None:
    """List the texts of DATA that MODEL is wrong about or unsure of, the worst first, and why.

    MODEL and DATA are those of `opinia evaluate`. Labels that the model confidently denies are marked as
    suspect (confident learning: Northcutt, Jiang and Chuang 2021): they may be wrong. A model that has learnt
    from a text knows its label, right or wrong: judge texts that it has not learnt from.
    """
    from opinia.errors import InputError
    from opinia.evaluate.mistakes import Collector, explain_all
    from opinia.language import LANGUAGES
    from opinia.model.classifier import check_threshold, load

    for path in outputs:
        if path.suffix.lower() not in _FORMATS:
            raise click.UsageError(f"a table is written to .csv and a page to .html. Received: {path}")
        if path.exists() and not force:
            raise InputError(f"{path} exists already", hint="--force replaces it")
    if not 0 <= unsure <= 1:
        raise InputError(f"--unsure must be from 0 to 1. Received: {unsure}")
    options = labelled_form(data, form=form, label_column=label_column, label_map=label_map, labels=labels)
    language = LANGUAGES[lang]
    classifier = load(model)
    if threshold is not None:
        check_threshold(threshold, classifier, what="--threshold")
    found = Collector(
        tuple(str(name) for name in classifier.classes_),
        unsure=unsure,
        threshold=0.5 if threshold is None else threshold,
    )
    asked = data
    judged, data = judge(data, classifier, options, source=source, language=language, on_judged=found.add)
    mistakes = found.mistakes(most=most, only=only)
    with _Watcher(len(mistakes.listed), language) as watcher:
        mistakes = explain_all(mistakes, lambda _: classifier, watcher.show)
    notes = [language.say(f"mistakes.notes.{number}") for number in _NOTES]
    learnt = is_learnt_from(data, judged, classifier.card)
    if learnt:
        notes.append(language.say("mistakes.learnt"))
    elif options is not None or asked.endswith(":train"):
        notes.append(language.say("mistakes.maybe"))
    _write(mistakes, outputs, classifier, data=data, notes=tuple(notes), language=language)
    for line in _told(mistakes, language):
        click.echo(line, err=True)
    if learnt or (mistakes.suspect and len(notes) > len(_NOTES)):
        click.echo(notes[-1], err=True)


def _write(
    mistakes: Mistakes,
    outputs: tuple[Path, ...],
    classifier: Classifier,
    *,
    data: str,
    notes: tuple[str, ...],
    language: Language,
) -> None:
    from opinia.report.mistakes import mistakes_csv, mistakes_page
    from opinia.system.files import write_atomically

    if not outputs:
        click.echo(mistakes_csv(mistakes).decode("utf-8-sig"), nl=False)
    model = classifier.model
    for path in outputs:
        if path.suffix.lower() == ".csv":
            write_atomically(path, mistakes_csv(mistakes))
            continue
        page = mistakes_page(
            mistakes,
            model=str(classifier.card.get("name") or (model.path.name if model.path else "")),
            digest=model.sha256[:12],
            data="stdin" if data == "-" else data,
            notes=notes,
            language=language,
        )
        write_atomically(path, page)


def _told(mistakes: Mistakes, language: Language) -> list[str]:
    """Return what was found, in a few lines."""
    rows = language.number(mistakes.rows)
    lines = [
        language.say("mistakes.found.wrong", count=mistakes.wrong, rows=rows),
        language.say("mistakes.found.unsure", count=mistakes.unsure),
        language.say("mistakes.found.suspect", count=mistakes.suspect),
    ]
    if mistakes.left:
        lines.append(language.say("mistakes.left", count=mistakes.left))
    return lines


class _Watcher:
    """A bar for a person who watches while texts are explained."""

    def __init__(self, total: int, language: Language) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
            disable=sys.stderr is None or not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bars.add_task(language.say("mistakes.explaining"), total=total)

    def __enter__(self) -> _Watcher:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, done: int) -> None:
        """Move the bar."""
        self._bars.update(self._task, completed=done)
