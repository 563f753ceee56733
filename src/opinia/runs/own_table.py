"""The parts of a table of one's own: what is learnt from, chosen on and tested on, as a recipe says."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from opinia.data.folds import assign_folds, take_share
from opinia.data.holdout import Copies, hold_out
from opinia.data.labelled import LabelledTexts
from opinia.data.split import Split
from opinia.data.table import Table, TableOptions, read_table
from opinia.runs.settings import DataRecipe


@dataclass(frozen=True)
class OwnTable:
    """A table and its parts.

    Args:
        table: as it was read.
        split: what is learnt from, and what everything is chosen on.
        copies: what stands in it more than once.
        test: what is tested on in the end, another table or the recipe's fold, or None.
    """

    table: Table
    split: Split
    copies: Copies
    test: LabelledTexts | None


def read_own(data: DataRecipe) -> OwnTable:
    """Read a table, and cut it: the same rows in the same parts, whenever it is called.

    Args:
        data: names the table, and says how it is read and cut.

    Raises:
        DataError: the table cannot be read, or cannot be cut.
        MissingExtraError: the packages for its format are not installed.
    """
    options = TableOptions(
        text_column=data.text_column or None,
        label_column=data.label_column or None,
        group_column=data.group_column or None,
        label_map=data.label_map or None,
        format=data.format or None,
        encoding=data.encoding or None,
        delimiter=data.delimiter or None,
        quoting=data.quoting or None,
        header=data.header == "yes" if data.header else None,
    )
    table = read_table(data.table, options)
    test = None
    if data.test:
        same = dataclasses.replace(options, group_column=None)
        test = read_table(data.test, same, classes=table.labelled.classes).labelled
    labelled = table.labelled
    if data.folds:
        places = assign_folds(labelled, folds=data.folds, seed=data.split_seed)
        rest = labelled.take(np.flatnonzero(places != data.fold))
        split, copies = hold_out(rest, validation=data.validation, seed=data.split_seed)
        test = labelled.take(np.flatnonzero(places == data.fold))
    else:
        split, copies = hold_out(labelled, validation=data.validation, seed=data.split_seed, test=test)
    if data.train_share < 1:
        fewer = take_share(split.train, data.train_share, seed=data.split_seed)
        split = dataclasses.replace(split, train=fewer)
    return OwnTable(table, split, copies, test)
