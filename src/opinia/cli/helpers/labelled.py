"""Labelled reviews that a model is judged on: the options, a table or a known set, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia.cli.helpers.options import TableForm, imdb_option, label_map_option, table_options
from opinia.system.printable import quoted
from opinia.system.stdio import decoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from opinia.language import Language
    from opinia.model.classifier import Classifier
    from opinia.score.labelled import Judged, LabelledOptions
    from opinia.tables import Dialect

    # Called with texts that were judged: their names, the texts, their classes, the probabilities.
    OnJudged = Callable[[Sequence[str], Sequence[str], NDArray[np.int16], NDArray[np.float32]], None]

SETS = ("imdb", "sample", "own")
SPLITS = ("train", "validation", "test")


def labelled_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where labelled reviews stand and how their labels are read."""
    for option in reversed(
        (
            imdb_option,
            table_options("Of a table: "),
            click.option(
                "--label-column",
                metavar="NAME",
                type=decoded,
                multiple=True,
                help="Of a table: its labels. [default: the obvious one]",
            ),
            label_map_option,
            click.option(
                "--own-table",
                metavar="TABLE",
                type=decoded,
                help="Of own: where lies now what the model was trained on. [default: where it lay]",
            ),
            click.option(
                "--labels",
                metavar="NEGATIVE,POSITIVE",
                type=decoded,
                help="Of a table: its labels, one for each of the model's classes, in their order. "
                "[default: their names or numbers; of two 0,1 or -1,1 or neg,pos and the like]",
            ),
        )
    ):
        command = option(command)
    return command


def labelled_form(
    data: str,
    *,
    form: TableForm,
    label_column: tuple[str, ...],
    label_map: str | None,
    labels: str | None,
    own_table: str | None = None,
) -> LabelledOptions | None:
    """Return how a table is read, or None where DATA names a known set.

    Raises:
        DataError: DATA is neither a known set nor anything that could be a table.
        UsageError: options do not go together.
    """
    from opinia.score.labelled import LabelledOptions

    is_table = not _names_a_set(data)
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
    if not is_table:
        return None
    if own_table is not None:
        raise click.UsageError("--own-table is of own:train, own:validation and own:test, which are no table")
    return LabelledOptions(
        **form,
        label_column=next(iter(label_column), None),
        labels=_labels(labels),
        label_map=label_map,
    )


def _names_a_set(data: str) -> bool:
    """Return whether DATA is a split of a known set; a file of such a name goes by ./ before it.

    Raises:
        DataError: it is neither that nor anything that could be a table.
    """
    from opinia.errors import DataError

    name, colon, split = data.partition(":")
    if name in SETS and (colon or not Path(data).exists()):
        if split not in SPLITS:
            raise DataError(
                f"of {name}: there are train, validation and test. Received: {data!r}",
                hint=f"such as {name}:validation",
            )
        return True
    place = Path(data)
    is_bare = not data or place.is_dir() and not any(each.is_dir() for each in place.iterdir())
    if is_bare or (data != "-" and not place.suffix and not place.exists()):
        raise DataError(
            "the reviews to evaluate on are imdb:, sample: or own: with train, validation or test, or a "
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


def judge_table(
    data: str,
    classifier: Classifier,
    options: LabelledOptions,
    language: Language,
    *,
    on_judged: OnJudged | None = None,
) -> Judged:
    """Judge a labelled table, and say how it was read and what speaks against the answers."""
    from opinia.cli.helpers.trust import trust_lines
    from opinia.score.labelled import judge_labelled

    def say_dialect(dialect: Dialect) -> None:
        click.echo(dialect.describe(language), err=True)

    def say_columns(text: str, label: str) -> None:
        if options.text_column is None or options.label_column is None:
            click.echo(language.say("trust.columns", text=repr(text), label=quoted(label)), err=True)

    judged = judge_labelled(
        data,
        classifier,
        options=options,
        on_start=say_columns,
        on_dialect=say_dialect,
        on_judged=on_judged or (lambda names, texts, truth, probabilities: None),
    )
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
    reads = classifier.languages
    if judged.findings.is_mostly_foreign:
        click.echo(language.say("trust.mostly_foreign", model=language.in_languages(reads)), err=True)
    for line in trust_lines(judged.findings, language, model_language=reads):
        click.echo(line, err=True)
    return judged


def judge_set(
    data: str,
    classifier: Classifier,
    source: Path | None,
    *,
    own_table: str | None = None,
    for_ledger: bool = False,
    on_judged: OnJudged | None = None,
) -> tuple[Judged, str]:
    """Judge a split, and return what it is with the answers: not ``imdb:`` where it is of other reviews."""
    import numpy as np

    from opinia.data.labelled import OPINIONS
    from opinia.errors import DataError
    from opinia.evaluate.named_reviews import load_reviews, numbers_of, truth_of
    from opinia.score.labelled import Judged
    from opinia.text.tokenizer import split_tokens

    name, _, split = data.partition(":")
    if name != "own":  # before anything is fetched
        numbers_of(OPINIONS, classifier.model.description.labels)
        if own_table is not None:
            raise click.UsageError(f"--own-table is of own:{split}, and not of {data}")
    reviews, found = load_reviews(data, classifier, source, table=own_table)
    if found != name:
        if for_ledger:
            raise DataError(
                f"a ledger holds figures on the official reviews. Received: {split} of {found}",
                hint="`opinia data imdb` says which split differs; leave out --ledger to see the figures",
            )
        data = f"{split} of {found}"
        if name != "own":
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
    if on_judged:
        on_judged(reviews.ids, reviews.texts, judged.truth, judged.probabilities)
    return judged, data


def judge(
    data: str,
    classifier: Classifier,
    options: LabelledOptions | None,
    *,
    own_table: str | None,
    source: Path | None,
    language: Language,
    on_judged: OnJudged | None = None,
) -> tuple[Judged, str]:
    """Judge a table or a known set, and return the answers with what was judged."""
    if options is not None:
        return judge_table(data, classifier, options, language, on_judged=on_judged), data
    return judge_set(data, classifier, source, own_table=own_table, on_judged=on_judged)


def is_learnt_from(data: str, judged: Judged, card: dict[str, Any]) -> bool:
    """Tell whether a model seems to have learnt from what it judges, by what its card says.

    Args:
        data: what is judged, as it was named or as :func:`judge_set` calls it.
        judged: the answers.
        card: of the model.
    """
    known = card.get("data")
    if not isinstance(known, dict):
        return False
    name, _, split = data.partition(":")
    if name in SETS and split in SPLITS:
        return split == "train" and known.get("source") == name
    if data.startswith("train of "):
        return True
    rows = known.get("rows")
    return (
        isinstance(rows, dict) and rows.get("all") == judged.rows and known.get("labels") == judged.meanings
    )
