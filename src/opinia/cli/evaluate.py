"""``opinia evaluate``: a model's figures on labelled reviews."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia import extras
from opinia.cli.options import (
    FilledPath,
    ModelPath,
    TableForm,
    imdb_option,
    label_map_option,
    language_option,
    table_options,
)
from opinia.system.stdio import decoded, print_json, printable, quoted

if TYPE_CHECKING:
    from opinia.language import Language
    from opinia.model.classifier import Classifier
    from opinia.score.labelled import Judged, LabelledOptions
    from opinia.tables import Dialect

_SHARES = ("accuracy", "precision", "recall", "f1", "auc", "nll", "ece")
_SHARES_OF_MORE = ("accuracy", "macro_f1", "weighted_f1", "nll", "ece")
_SETS = ("imdb", "sample")
_SPLITS = ("train", "validation", "test")


@click.command(name="evaluate", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.argument("data")
@imdb_option
@table_options("Of a table: ")
@click.option(
    "--label-column",
    metavar="NAME",
    type=decoded,
    multiple=True,
    help="Of a table: its labels. [default: the obvious one]",
)
@label_map_option
@click.option(
    "--labels",
    metavar="NEGATIVE,POSITIVE",
    type=decoded,
    help="Of a table: its labels, one for each of the model's classes, in their order. "
    "[default: their names or numbers; of two 0,1 or -1,1 or neg,pos and the like]",
)
@click.option(
    "--plots",
    type=FilledPath(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Draw reliability, accuracy by length and, of more classes than two, what was taken for what into "
    "this folder, as PNG, SVG and CSV.",
)
@language_option("warnings and pictures")
@click.option("--ledger", type=FilledPath(path_type=Path), help="Append the figures to this CSV file.")
@click.option("--note", metavar="TEXT", type=decoded, default="", help="A remark for the ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    model: Path,
    data: str,
    *,
    source: Path | None,
    form: TableForm,
    label_column: tuple[str, ...],
    label_map: str | None,
    labels: str | None,
    plots: Path | None,
    lang: str,
    ledger: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Judge the reviews of DATA with MODEL and compare the answers with their labels.

    MODEL is a model file, a run folder (its best model) or the name of a model that comes with opinia.
    DATA is a table of your own with a column of texts and one of labels (CSV, TSV, JSON, JSON Lines, Parquet,
    a workbook, SQLite, lines of fastText or SST; - is standard input) or a folder with a sub-folder a
    class; or imdb:test, imdb:train, imdb:validation (the films that the model's own card
    set aside); or the same with sample: for the built-in synthetic reviews.

    The test split is for final figures alone: choose on imdb:validation.
    """
    if plots:
        extras.require("--plots", *extras.DRAWING)
    from opinia.evaluate.metrics import evaluate, seem_swapped
    from opinia.language import LANGUAGES
    from opinia.model.classifier import load
    from opinia.score.labelled import LabelledOptions

    is_table = not _names_a_set(data)
    if is_table and ledger:
        raise click.UsageError("a ledger holds figures on imdb: and sample: alone, which never change")
    if not is_table and (
        label_column or label_map or labels or any(each is not None for each in form.values())
    ):
        raise click.UsageError(f"{data} is no table: it has neither columns nor a format")
    if labels and label_map:
        raise click.UsageError("--labels and --label-map both say what the labels mean: choose one")
    if len(label_column) > 1:
        raise click.UsageError(
            f"there is one column of labels. Received: {', '.join(map(repr, label_column))}"
        )
    options = LabelledOptions(
        **form,
        label_column=next(iter(label_column), None),
        labels=_labels(labels),
        label_map=label_map,
    )
    classifier = load(model)
    if ledger:
        from opinia.evaluate.ledger import find

        known = find(ledger, classifier.model.sha256, data)
        if known is not None:
            click.echo(
                f"{ledger} has this model on {data} since {known.date}; it is not taken again", err=True
            )
            if as_json:
                print_json(dataclasses.asdict(known))
            else:
                click.echo(f"accuracy   {known.accuracy:.4f}")
            return
    if is_table:
        judged = _judge_table(data, classifier, options, LANGUAGES[lang])
    else:
        judged, data = _judge_set(data, classifier, source, for_ledger=ledger is not None)
    result = evaluate(judged.truth, judged.probabilities, judged.words, judged.classes)
    is_swapped = seem_swapped(result)
    if is_swapped:
        click.echo(LANGUAGES[lang].say("trust.swapped", auc=LANGUAGES[lang].number(result.auc, 2)), err=True)
    if ledger:
        from opinia.evaluate.ledger import append

        append(ledger, classifier, data, result, note=note)
    if plots:
        from opinia.report.quality_plots import draw_quality

        answers = judged.truth, judged.probabilities, judged.words
        for drawn in draw_quality(result, *answers, plots, language=LANGUAGES[lang]):
            click.echo(f"drawn: {drawn}", err=True)
    figures: dict[str, Any] = {"model": classifier.model.sha256, "data": data, **dataclasses.asdict(result)}
    for name in _SHARES:
        if math.isnan(figures[name]):
            figures[name] = None  # auc where one class is missing, and what two classes alone have
    if is_table:
        figures |= {"rows": judged.rows, "bad": judged.bad, "skipped": judged.skipped}
        figures |= {"labels": judged.meanings, "doubts": judged.findings.doubts, "swapped": is_swapped}
    if as_json:
        print_json(figures, indent=2)
        return
    for name, value in _lines(figures):
        click.echo(f"{name:<10} {value}")


def _names_a_set(data: str) -> bool:
    """Return whether DATA is a split of a known set; a file of such a name goes by ./ before it.

    Raises:
        DataError: it is neither that nor anything that could be a table.
    """
    from opinia.errors import DataError

    name, colon, split = data.partition(":")
    if name in _SETS and (colon or not Path(data).exists()):
        if split not in _SPLITS:
            raise DataError(
                f"of {name}: there are train, validation and test. Received: {data!r}",
                hint=f"such as {name}:validation",
            )
        return True
    place = Path(data)
    is_bare = not data or place.is_dir() and not any(each.is_dir() for each in place.iterdir())
    if is_bare or (data != "-" and not place.suffix and not place.exists()):
        raise DataError(
            "the reviews to evaluate on are imdb: or sample: with train, validation or test, or a "
            f"labelled table. Received: {data!r}",
            hint="such as imdb:validation or reviews.csv",
        )
    return False


def _labels(told: str | None) -> tuple[str, ...] | None:
    if told is None:
        return None
    parts = tuple(part.strip() for part in told.split(","))
    if len(parts) < 2 or not all(parts):
        raise click.UsageError(f"--labels takes two labels or more with commas between. Received: {told!r}")
    return parts


def _judge_table(data: str, classifier: Classifier, options: LabelledOptions, language: Language) -> Judged:
    from opinia.cli.trust import trust_lines
    from opinia.score.labelled import judge_labelled

    def say_dialect(dialect: Dialect) -> None:
        click.echo(dialect.describe(language), err=True)

    def say_columns(text: str, label: str) -> None:
        if options.text_column is None or options.label_column is None:
            click.echo(language.say("trust.columns", text=repr(text), label=quoted(label)), err=True)

    judged = judge_labelled(data, classifier, options=options, on_start=say_columns, on_dialect=say_dialect)
    taken = [
        language.say("trust.meaning_skip", label=quoted(label))
        if label in judged.left_out
        else language.say("trust.meaning", label=quoted(label), meaning=language.label(meaning))
        for label, meaning in sorted(judged.meanings.items())
    ]
    click.echo(language.say("trust.labels", labels=", ".join(taken)), err=True)
    rows = language.number(judged.rows)
    if judged.bad:
        said = language.say("trust.left_out", count=judged.bad, rows=rows, first=judged.first_bad)
        click.echo(said, err=True)
    if judged.skipped:
        click.echo(language.say("trust.skipped", count=judged.skipped, rows=rows), err=True)
    reads = classifier.doubter.asked_for
    if judged.findings.is_mostly_foreign:
        click.echo(language.say("trust.mostly_foreign", model=language.tongue(reads or "other")), err=True)
    for line in trust_lines(judged.findings, language, model_language=reads):
        click.echo(line, err=True)
    return judged


def _judge_set(
    data: str, classifier: Classifier, source: Path | None, *, for_ledger: bool
) -> tuple[Judged, str]:
    """Judge a split, and return what it is with the answers: not ``imdb:`` where it is of other reviews."""
    import numpy as np

    from opinia.data.labelled import OPINIONS
    from opinia.errors import DataError
    from opinia.evaluate.sets import load_reviews, numbers_of, truth_of
    from opinia.score.labelled import Judged
    from opinia.text.tokenizer import split_tokens

    numbers_of(OPINIONS, classifier.model.description.labels)  # before anything is fetched
    reviews, found = load_reviews(data, classifier, source)
    name, _, split = data.partition(":")
    if found != name:
        if for_ledger:
            raise DataError(
                f"a ledger holds figures on the official reviews. Received: {split} of {found}",
                hint="`opinia data imdb` says which split differs; leave out --ledger to see the figures",
            )
        data = f"{split} of {found}"
        click.echo(f"warning: not the official reviews, but {data}", err=True)
    judged = Judged(
        truth=truth_of(reviews, classes := classifier.model.description.labels),
        probabilities=classifier.predict_proba(reviews.texts),
        classes=classes,
        words=np.array([len(split_tokens(text)) for text in reviews.texts]),
        rows=len(reviews),
        bad=0,
        first_bad=None,
        meanings={},
    )
    return judged, data


def _lines(figures: dict[str, Any]) -> list[tuple[str, str]]:
    is_pair = len(figures["classes"]) == 2
    lines = [
        ("model", figures["model"][:12]),
        ("data", figures["data"]),
        ("reviews", f"{figures['reviews']:,}"),
    ]
    for name in _SHARES if is_pair else _SHARES_OF_MORE:
        lines.append((name, "-" if figures[name] is None else f"{figures[name]:.4f}"))
    lines += _pair(figures["confusion"]) if is_pair else _matrix(figures)
    for group in figures["by_length"]:
        shown = f"{group['accuracy']:.4f} (up to {group['longest']:,} words)"
        lines.append((group["name"], shown))
    return lines


def _pair(confusion: Sequence[Sequence[int]]) -> list[tuple[str, str]]:
    (tn, fp), (fn, tp) = confusion
    return [
        ("confusion", f"true negative {tn:,}, false positive {fp:,}"),
        ("", f"false negative {fn:,}, true positive {tp:,}"),
    ]


def _matrix(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Show each class in two lines: how well it is found, and what its texts were taken for."""
    names = [printable(each["name"]) for each in figures["classes"]]
    if any("," in name for name in names):  # nobody could tell where one ends
        names = list(map(quoted, names))
    lines = []
    for called, each, row in zip(names, figures["classes"], figures["confusion"], strict=True):
        shares = ", ".join(f"{name} {each[name]:.4f}" for name in ("precision", "recall", "f1"))
        taken = ", ".join(f"{count:,} as {name}" for name, count in zip(names, row, strict=True) if count)
        lines.append(("class", f"{called}: {shares} ({each['reviews']:,} reviews)"))
        lines.append(("", f"answered: {taken or 'none'}"))
    return lines
