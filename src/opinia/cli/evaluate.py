"""``opinia evaluate``: a model's figures on labelled reviews."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia import extras
from opinia.cli.helpers.labelled import (
    SPLITS,
    is_learnt_from,
    judge_set,
    judge_table,
    labelled_form,
    labelled_options,
)
from opinia.cli.helpers.models import load_model
from opinia.cli.helpers.options import (
    DataName,
    FilledPath,
    ModelPath,
    TableForm,
    language_option,
    threshold_option,
)
from opinia.system.printable import printable, quoted
from opinia.system.stdio import decoded, print_json

if TYPE_CHECKING:
    from opinia.evaluate.threshold import Choice, Costs
    from opinia.language import Language
    from opinia.model.classifier import Classifier
    from opinia.score.labelled import Judged

_SHARES = ("accuracy", "precision", "recall", "f1", "auc", "nll", "ece")
_SHARES_OF_MORE = ("accuracy", "macro_f1", "weighted_f1", "nll", "ece")


@click.command(name="evaluate", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=ModelPath(path_type=Path))
@click.argument("data", type=DataName())
@labelled_options
@threshold_option
@click.option(
    "--choose-threshold",
    type=click.Choice(["f1", "cost"]),
    help="Of a model of two classes: find the threshold with the highest F1 or the lowest --cost here. "
    "Choose on validation, never on what is tested on.",
)
@click.option(
    "--keep",
    type=FilledPath(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="With --choose-threshold: write the model with that threshold on its card, where all commands "
    "then find it.",
)
@click.option(
    "--cost",
    metavar="COSTS",
    type=decoded,
    help='What a wrong answer costs, such as "false-positive=1,false-negative=5".',
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
    own_table: str | None,
    labels: str | None,
    threshold: float | None,
    choose_threshold: str | None,
    keep: Path | None,
    cost: str | None,
    plots: Path | None,
    lang: str,
    ledger: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Classify the reviews of DATA with MODEL and compare the answers with their labels.

    MODEL is a model file, a run folder (its best model) or the name of a model that comes with opinia.
    DATA is a table of your own with a column of texts and one of labels (CSV, TSV, JSON, JSON Lines, Parquet,
    a workbook, SQLite, lines of fastText or SST; - is standard input) or a folder with a sub-folder a
    class; or imdb:test, imdb:train, imdb:validation (the films that the model's own card
    set aside); or the same with sample: for the built-in synthetic reviews, and with own: for the parts of
    the table that the model was trained on with --data.

    The test split is for final figures alone: choose on imdb:validation or own:validation.
    """
    if plots:
        extras.require("--plots", *extras.DRAWING)
    from opinia.evaluate.metrics import evaluate, seem_swapped
    from opinia.language import LANGUAGES
    from opinia.model.classifier import check_threshold

    options = labelled_form(
        data,
        form=form,
        label_column=label_column,
        label_map=label_map,
        labels=labels,
        own_table=own_table,
    )
    is_table = options is not None
    if ledger and (is_table or data.startswith("own:")):
        raise click.UsageError("a ledger holds figures on imdb: and sample: alone, which never change")
    if ledger and (threshold is not None or choose_threshold):
        raise click.UsageError("a ledger takes figures at a threshold of one half only")
    costs = _costs(cost, choose_threshold, threshold)
    language = LANGUAGES[lang]
    classifier = load_model(model, language)
    if ledger and len(classifier.languages) > 1:
        raise click.UsageError("a ledger holds figures of one model alone: name general, or polish")
    if ledger and classifier.threshold is not None:
        raise click.UsageError("a ledger takes figures at a threshold of one half only")
    if keep is not None:
        _check_keep(keep, choose_threshold, classifier)
    if threshold is not None or choose_threshold:
        what = "--threshold" if threshold is not None else "--choose-threshold"
        check_threshold(threshold, classifier, what=what)
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
    asked = data
    if options is not None:
        judged = judge_table(data, classifier, options, language)
    else:
        judged, data = judge_set(data, classifier, source, own_table=own_table, for_ledger=ledger is not None)
    choice = None
    if choose_threshold:
        choice = _chosen(judged, costs, data)
        threshold = choice.best.threshold
        if keep is not None:
            _write_with(keep, classifier, threshold, choose_threshold, data)
    if threshold is None:
        threshold = classifier.threshold
    at = 0.5 if threshold is None else threshold
    result = evaluate(judged.truth, judged.probabilities, judged.words, judged.classes, threshold=at)
    is_swapped = seem_swapped(result)
    if is_swapped:
        click.echo(language.say("trust.swapped", auc=language.number(result.auc, 2)), err=True)
    if choice is not None:
        for line in _warnings(asked, data, judged, classifier, language):
            click.echo(line, err=True)
    elif is_table and is_learnt_from(data, judged, classifier.card):
        click.echo(language.say("trust.learnt"), err=True)
    if ledger:
        from opinia.evaluate.ledger import append

        append(ledger, classifier, data, result, note=note)
    if plots:
        from opinia.report.quality_plots import draw_quality

        answers = judged.truth, judged.probabilities, judged.words
        for drawn in draw_quality(result, *answers, plots, language=language, threshold=at):
            click.echo(f"drawn: {drawn}", err=True)
    figures: dict[str, Any] = {"model": classifier.sha256, "data": data, **dataclasses.asdict(result)}
    for name in _SHARES:
        if math.isnan(figures[name]):
            figures[name] = None  # auc where one class is missing, and what two classes alone have
    if threshold is not None:
        figures["threshold"] = threshold
    if costs is not None:
        from opinia.evaluate.threshold import at_threshold

        figures["cost"] = at_threshold(judged.truth, judged.probabilities[:, 1], at, costs).cost
    if choice is not None:
        figures["thresholds"] = [dataclasses.asdict(each) for each in choice.around]
    if is_table:
        figures |= {"rows": judged.rows, "bad": judged.bad, "skipped": judged.skipped}
        figures |= {"labels": judged.meanings, "doubts": judged.findings.doubts, "swapped": is_swapped}
    if as_json:
        print_json(figures, indent=2)
        return
    lines = [*_lines(figures)]
    widest = max(10, *(len(name) for name, _ in lines))
    for name, value in lines:
        click.echo(f"{name:<{widest}} {value}")
    if choice is not None:
        for line in _around(choice, judged.classes, language):
            click.echo(line)


def _check_keep(keep: Path, choose: str | None, classifier: Classifier) -> None:
    """Check, before anything is judged, that a model can be written with the threshold that is chosen."""
    from opinia.errors import DataError

    if not choose:
        raise click.UsageError("--keep writes the model with the threshold of --choose-threshold: give both")
    extras.require("--keep", *extras.WRITING_MODELS)
    if len(classifier.languages) > 1:
        raise click.UsageError("--keep writes one model: name general, or polish")
    if keep.exists():
        raise DataError(f"{keep} exists already", hint="name another file with --keep")


def _write_with(keep: Path, classifier: Classifier, threshold: float, aim: str, data: str) -> None:
    import onnx

    from opinia.errors import DataError
    from opinia.model.file import write_model

    model = classifier.model
    card = {**model.description.card, "threshold": {"value": threshold, "aim": aim, "chosen_on": data}}
    graph = onnx.load_model_from_string(model.to_bytes())
    try:
        write_model(keep, graph, dataclasses.replace(model.description, card=card))
    except OSError as error:
        raise DataError(f"{keep} cannot be written: {error.strerror or error}") from error
    click.echo(f"{keep}: the model with its threshold of {threshold:g}", err=True)


def _costs(told: str | None, choose: str | None, threshold: float | None) -> Costs | None:
    """Return what wrong answers cost, after a check that the options go together."""
    from opinia.evaluate.threshold import Costs

    if choose and threshold is not None:
        raise click.UsageError(
            "--threshold gives one and --choose-threshold finds one: choose one of the two"
        )
    example = 'such as --cost "false-positive=1,false-negative=5"'
    if choose == "cost" and told is None:
        raise click.UsageError(f"--choose-threshold cost needs to know what a wrong answer costs, {example}")
    if told is None:
        return None
    if choose == "f1" or (choose is None and threshold is None):
        raise click.UsageError("--cost goes with --choose-threshold cost, or with --threshold")
    found: dict[str, float] = {}
    for part in told.split(","):
        name, _, number = (each.strip() for each in part.partition("="))
        name = name.replace("_", "-")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if name not in ("false-positive", "false-negative") or name in found or not 0 <= value < math.inf:
            raise click.UsageError(
                f"--cost takes false-positive and false-negative, each with a number from 0, {example}. "
                f"Received: {told!r}"
            )
        found[name] = value
    if len(found) < 2 or not any(found.values()):
        raise click.UsageError(
            f"--cost says what both wrong answers cost, one of them more than nothing, {example}. Received: "
            f"{told!r}"
        )
    return Costs(found["false-positive"], found["false-negative"])


def _chosen(judged: Judged, costs: Costs | None, data: str) -> Choice:
    from opinia.errors import DataError
    from opinia.evaluate.threshold import choose_threshold

    there = {int(number) for number in judged.truth}
    if len(there) < 2:
        raise DataError(
            f"a threshold is chosen on texts of both classes. Received: {data}, where all are of "
            f"{judged.classes[there.pop()]!r}",
            hint="name labelled texts of both",
        )
    return choose_threshold(judged.truth, judged.probabilities[:, 1], costs=costs)


def _warnings(asked: str, data: str, judged: Judged, classifier: Classifier, language: Language) -> list[str]:
    """Return what is to be said of a threshold for the texts that it was chosen on."""
    split = asked.rpartition(":")[2] if asked.rpartition(":")[2] in SPLITS else ""
    known = classifier.card.get("data")
    tested = known.get("test") if isinstance(known, dict) else None
    is_test = isinstance(tested, dict) and tested.get("source") == Path(asked).name
    if split == "test" or is_test:
        return [language.say("threshold.test", data=data)]
    if is_learnt_from(data, judged, classifier.card):
        return [language.say("threshold.learnt", data=data)]
    return [language.say("threshold.chosen", data=data)]


def _around(choice: Choice, classes: Sequence[str], language: Language) -> list[str]:
    """Return the chosen threshold among others, as a table."""
    from opinia.evaluate.threshold import AtThreshold

    say = language.say
    names = ["precision", "recall", "f1", "accuracy", *([] if choice.best.cost is None else ["cost"])]
    header = ["threshold", *names, "false positive", "false negative"]

    def cells(row: AtThreshold) -> list[str]:
        shown = f"{row.threshold:.16g}"
        counts = f"{row.false_positives:,}", f"{row.false_negatives:,}"
        return [shown, *(f"{getattr(row, name):.4f}" for name in names), *counts]

    table = [header, *(cells(row) for row in choice.around)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    marks = ["", *("*" if row is choice.best else "" for row in choice.around)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + (f" {mark}".rstrip())
        for row, mark in zip(table, marks, strict=True)
    ]
    told = say(
        f"threshold.{choice.aim}", threshold=f"{choice.best.threshold:.16g}", label=language.label(classes[1])
    )
    return ["", *lines, "", told]


def _lines(figures: dict[str, Any]) -> list[tuple[str, str]]:
    is_pair = len(figures["classes"]) == 2
    lines = [
        ("model", figures["model"][:12]),
        ("data", figures["data"]),
        ("reviews", f"{figures['reviews']:,}"),
    ]
    if "threshold" in figures:
        lines.append(("threshold", f"{figures['threshold']:.16g}"))
    for name in _SHARES if is_pair else _SHARES_OF_MORE:
        lines.append((name, "-" if figures[name] is None else f"{figures[name]:.4f}"))
    if "cost" in figures:
        lines.append(("cost", f"{figures['cost']:.4f} a text"))
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
