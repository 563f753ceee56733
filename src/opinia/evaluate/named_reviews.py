"""The reviews that ``opinia evaluate`` knows by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError, RecipeError
from opinia.runs.recipe import recipe_from_dict
from opinia.runs.settings import DataRecipe
from opinia.tables.labels.reader import LabelReader, listed

if TYPE_CHECKING:
    from opinia.data.labelled import LabelledTexts
    from opinia.model.classifier import Classifier
    from opinia.runs.table_parts import OwnTable


def load_reviews(
    data: str,
    classifier: Classifier,
    source: Path | None,
    *,
    table: str | None = None,
) -> tuple[LabelledTexts, str]:
    """Return the reviews of a split, and what may be said of where they come from.

    Of ``validation`` they are those that the model's own card set aside.

    Args:
        data: ``imdb:``, ``sample:`` or ``own:`` with ``train``, ``validation`` or ``test`` behind it; of
            ``own`` they are the parts of the table that the model has learnt from.
        classifier: whose card tells the size and the seed of validation, or the table.
        source: a copy of the IMDB reviews, or None.
        table: where the table of ``own`` lies now; None looks where it was, by the recipe and, of a model in
            its run's folder, by what that has noted.

    Raises:
        DataError: the reviews are missing, or the card does not tell.
    """
    from opinia.data import imdb, sample
    from opinia.data.split import split_train_validation

    name, _, split = data.partition(":")
    if name == "own":
        return _own_part(split, classifier, table)
    needed = ["train", "test"] if split == "validation" else [split]
    if name == "imdb":
        splits = imdb.load_splits(needed, source=source, progress=True)
        found = imdb.source_of(splits, source=source)
    else:
        splits, found = {each: sample.load(each) for each in needed}, name
    if split != "validation":
        return splits[split], found
    try:
        about = classifier.card["recipe"]["data"]
        if about.get("final"):
            raise DataError(
                "this model has learnt from validation, too: figures on it would say nothing",
                hint="judge the run that everything was chosen on",
            )
        size, seed = int(about["validation"]), int(about["split_seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("the model's card does not say which reviews it was validated on") from error
    parts = split_train_validation(splits["train"], splits["test"], validation=size, seed=seed)
    trained_on = classifier.card.get("data")
    known = trained_on.get("fingerprint") if isinstance(trained_on, dict) else None
    if known is not None and known != parts.fingerprint():
        raise DataError(
            "this model was validated on other reviews than these",
            hint="name with --imdb the copy of the reviews that it was trained on",
        )
    return parts.validation, found


def _own_part(part: str, classifier: Classifier, table: str | None) -> tuple[LabelledTexts, str]:
    """Return a part of the table that a model has learnt from, and the table's name.

    Raises:
        DataError: the card names no table, the table is not there or was changed, or it has no such part.
    """
    try:
        data = recipe_from_dict({"data": classifier.card["recipe"]["data"]}).data
        known = classifier.card["data"]["fingerprint"]
    except (KeyError, TypeError, RecipeError):
        data, known = DataRecipe(), ""
    if data.source != "table":
        raise DataError(
            f"own:{part} is of the table that a model was trained on with `opinia train --data`, and this "
            "model's card names none",
            hint="name a labelled table, such as reviews.csv",
        )
    if part == "test" and not (data.test or data.folds):
        raise DataError(
            "this model was trained without a test table", hint="own:validation is there, or name a table"
        )
    own, data = _same_table(data, known, classifier, table)
    parts = {"train": own.split.train, "validation": own.split.validation, "test": own.test}
    found = parts[part]
    assert found is not None  # noqa: S101
    return found, Path(data.test if part == "test" and data.test else data.table).name


def _same_table(
    data: DataRecipe, known: str, classifier: Classifier, table: str | None
) -> tuple[OwnTable, DataRecipe]:
    """Return the table that a model has learnt from, and where it was found.

    Args:
        data: of its recipe.
        known: fingerprint of the parts.
        classifier: the model.
        table: where it lies now; None looks where the recipe says and where the run's folder has noted.

    Raises:
        DataError: it is not there, or another one is.
    """
    from opinia.runs.table_parts import are_there, is_there, places_of, read_own, recorded

    if table is not None:
        data = dataclasses.replace(data, table=table)
        beside = str(Path(table).parent / Path(data.test).name)
        if data.test and not is_there(data.test) and is_there(beside):
            data = dataclasses.replace(data, test=beside)
    tries = [data]
    path = classifier.model.path
    if path is not None:
        noted = recorded(data, path.parent)
        tries.append(noted if table is None else dataclasses.replace(noted, table=table))
    there = [each for each in dict.fromkeys(tries) if are_there(each)]
    for each in there:
        own = read_own(each)
        if own.split.fingerprint() == known:
            return own, each
    if there:
        raise DataError(
            f"{there[-1].table} is not the table that this model was trained on, or was changed since: its "
            "parts cannot be told",
            hint="--own-table names where that lies now; or restore it, train again, or name another table",
        )
    if is_there(data.table):
        raise DataError(
            f"the test table of this model, whose texts were left out, is not at {places_of(data)['test']}",
            hint="name with --own-table the table that it was trained on, with the test table beside it",
        )
    raise DataError(
        f"the table that this model was trained on is not at {places_of(data)['table']}",
        hint="--own-table names where it lies now; or name another labelled table",
    )


def truth_of(reviews: LabelledTexts, classes: Sequence[str]) -> NDArray[np.int16]:
    """Return the number of each text's class among those of a model, ``(n,)``: the names decide.

    Args:
        reviews: labelled texts.
        classes: of the model, in its order.

    Raises:
        DataError: the model lacks a class of the texts, or a text has no label.
    """
    if min(reviews.labels, default=0) < 0:
        raise DataError("texts without a label cannot be evaluated on")
    return numbers_of(reviews.classes, classes)[np.array(reviews.labels, np.intp)]


def numbers_of(names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int16]:
    """Return the number of each class of some texts among those of a model, ``(len(names),)``.

    Raises:
        DataError: the model lacks one of them.
    """
    reader = LabelReader(classes)
    if any(name in reader.unknown([name]) for name in names):
        raise DataError(
            f"the texts are of the classes {listed(names)}, and the model has {listed(classes)}",
            hint="a labelled table can say with --labels what its labels mean",
        )
    return np.array([reader.read(name) for name in names], np.int16)
