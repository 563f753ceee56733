"""``opinia errors``: what a model is wrong about or unsure of among labelled texts, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opinia import shell
from opinia.cli.helpers.labelled import is_learnt_from, judge, labelled_form, labelled_options
from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import (
    DataName,
    FilledPath,
    ModelPath,
    TableForm,
    language_option,
    threshold_option,
)

if TYPE_CHECKING:
    from opinia.evaluate.mistakes import Collector, Mistake, Mistakes
    from opinia.language import Language
    from opinia.model.classifier import Classifier
    from opinia.score.labelled import LabelledOptions

_FORMATS = (".csv", ".html")
_NOTES = (1, 2, 3)


@click.command(name="errors", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.argument("data", type=DataName(), required=False)
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
    data: str | None,
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
    own_table: str | None,
    labels: str | None,
    lang: str,
) -> None:
    """List the texts of DATA that MODEL is wrong about or unsure of, the worst first, and why.

    MODEL and DATA are those of `opinia evaluate`. Labels that the model confidently denies are marked as
    suspect (confident learning: Northcutt, Jiang and Chuang 2021): they may be wrong. A model that has learnt
    from a text knows its label, right or wrong: judge texts that it has not learnt from. MODEL may be the
    folder of `opinia train --folds`, without DATA: each text was then judged by a model that has not seen it.
    """
    from opinia.errors import InputError
    from opinia.evaluate.mistakes import Collector, explain_all
    from opinia.language import LANGUAGES
    from opinia.model.classifier import check_threshold

    for path in outputs:
        if path.suffix.lower() not in _FORMATS:
            raise click.UsageError(f"a table is written to .csv and a page to .html. Received: {path}")
        if path.exists() and not force:
            raise InputError(f"{path} exists already", hint="--force replaces it")
    if not 0 <= unsure <= 1:
        raise InputError(f"--unsure must be from 0 to 1. Received: {unsure}")
    language = LANGUAGES[lang]
    place = _predictions(model)
    if place is not None and (
        data is not None or _is_told(form, label_column, label_map, labels, source, own_table)
    ):
        raise click.UsageError(f"{place} has texts and labels itself: leave DATA and what is said of it away")
    if place is not None:
        judged = _of_folds(place, language)
    elif data is None:
        raise click.UsageError("Missing argument 'DATA': only the folder of --folds has texts itself.")
    else:
        options = labelled_form(
            data,
            form=form,
            label_column=label_column,
            label_map=label_map,
            labels=labels,
            own_table=own_table,
        )
        places = source, own_table
        classifier = load_model(model, language)
        judged = _of_model(classifier, data, options, places, language)
        threshold = classifier.threshold if threshold is None else threshold
    if threshold is not None:
        check_threshold(threshold, judged.classifier_of(None), what="--threshold")
    found = Collector(judged.classes, unsure=unsure, threshold=0.5 if threshold is None else threshold)
    learnt = judged.collect(found)
    mistakes = found.mistakes(most=most, only=only)
    with _Watcher(len(mistakes.listed), language) as watcher:
        mistakes = explain_all(mistakes, judged.classifier_of, watcher.show)
    notes = [language.say(f"mistakes.notes.{number}") for number in _NOTES]
    if learnt is not None:
        notes.append(language.say(f"mistakes.{learnt}"))
    _write(mistakes, outputs, judged, notes=tuple(notes), language=language)
    for line in _told(mistakes, language):
        click.echo(line, err=True)
    if learnt == "learnt" or (learnt is not None and mistakes.suspect):
        click.echo(notes[-1], err=True)


@dataclass
class _Source:
    """Where judged texts come from.

    Args:
        classes: of the model.
        model: its name.
        digest: the beginning of its file's digest, or nothing.
        data: what is judged.
        collect: hands the texts over, and returns whether they were ``"learnt"`` from, ``"maybe"``, or None
            where they were not.
        classifier_of: returns the model that judged one; of None any.
    """

    classes: tuple[str, ...]
    model: str
    digest: str
    data: str
    collect: Callable[[Collector], str | None]
    classifier_of: Callable[[Mistake | None], Classifier]


def _of_model(
    classifier: Classifier,
    data: str,
    options: LabelledOptions | None,
    places: tuple[Path | None, str | None],
    language: Language,
) -> _Source:
    model, (source, own_table) = classifier.model, places
    name = str(classifier.card.get("name") or (model.path.name if model.path else ""))

    def collect(found: Collector) -> str | None:
        judged, named = judge(
            data,
            classifier,
            options,
            source=source,
            own_table=own_table,
            language=language,
            on_judged=found.add,
        )
        about.data = "stdin" if named == "-" else named
        if is_learnt_from(named, judged, classifier.card):
            return "learnt"
        return "maybe" if options is not None or data.endswith(":train") else None

    classes = tuple(str(each) for each in classifier.classes_)
    about = _Source(classes, name, model.sha256[:12], data, collect, lambda _: classifier)
    return about


def _of_folds(place: Path, language: Language) -> _Source:
    """Return the texts of folds, each judged by the model of its own."""
    import functools

    import numpy as np

    from opinia.errors import DataError
    from opinia.evaluate.predictions import read_predictions
    from opinia.model.classifier import load

    predictions, classes = read_predictions(place)
    fold_of = {each.row: each.fold for each in predictions}

    @functools.cache
    def of_fold(number: int) -> Classifier:
        classifier = load(place.parent / f"fold-{number}")
        if tuple(str(name) for name in classifier.classes_) != classes:
            raise DataError(
                f"the model of fold {number} has other classes than {place}",
                hint="training the folds again with --resume writes the table anew",
            )
        return classifier

    def collect(found: Collector) -> str | None:
        found.add(
            [each.row for each in predictions],
            [each.text for each in predictions],
            np.array([each.label for each in predictions], np.int16),
            np.array([each.shares for each in predictions], np.float32),
        )
        return None

    def classifier_of(mistake: Mistake | None) -> Classifier:
        return of_fold(predictions[0].fold if mistake is None else fold_of[mistake.row])

    folds = len({*fold_of.values()})
    return _Source(
        classes, place.parent.name, "", language.say("mistakes.folds", count=folds), collect, classifier_of
    )


def _predictions(model: Path) -> Path | None:
    """Return the table of predictions that MODEL names, itself or by its folder; None where it is a model."""
    from opinia.evaluate.predictions import PREDICTIONS

    if model.name == PREDICTIONS and model.is_file():
        return model
    place = model / PREDICTIONS
    if place.is_file():
        return place
    if (model / "folds.toml").is_file():
        from opinia.errors import DataError

        raise DataError(
            f"the folds in {model} are not finished",
            hint=f"go on with `{shell.opinia('train', '--resume', model)}`",
        )
    return None


def _is_told(form: TableForm, *others: object) -> bool:
    return any(each is not None for each in form.values()) or any(others)


def _write(
    mistakes: Mistakes,
    outputs: tuple[Path, ...],
    judged: _Source,
    *,
    notes: tuple[str, ...],
    language: Language,
) -> None:
    from opinia.report.mistakes import mistakes_csv, mistakes_page
    from opinia.system.files import write_atomically

    if not outputs:
        click.echo(mistakes_csv(mistakes).decode("utf-8-sig"), nl=False)
    for path in outputs:
        if path.suffix.lower() == ".csv":
            write_atomically(path, mistakes_csv(mistakes))
            continue
        page = mistakes_page(
            mistakes,
            model=judged.model,
            digest=judged.digest,
            data=judged.data,
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
