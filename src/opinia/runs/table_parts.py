"""The parts of a table of one's own: what is learnt from, chosen on and tested on, as a recipe says."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from opinia.data.folds import assign_folds, take_share
from opinia.data.holdout import Copies, hold_out
from opinia.data.labelled import LabelledTexts
from opinia.data.split import Split
from opinia.data.table import Table, TableOptions, read_table
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.runs.folder import RunFolder
from opinia.runs.settings import DataRecipe
from opinia.system.printable import quoted
from opinia.tables.labels.maps import named, option
from opinia.tables.labels.spelling import nearest
from opinia.tables.labels.words import plain_label

_FEW_SPELLINGS = 5
"""Other spellings of a class that are named."""
_RARE, _MOST_CLASSES = 0.1, 30
"""Share of another class's rows up to which a class may be a misspelling; classes that are looked at."""
_FEW_GROUPS = 5
"""Groups of validation below which a figure is of these rather than of groups in general."""


@dataclass(frozen=True)
class OwnTable:
    """A table and its parts.

    Args:
        table: as it was read.
        split: what is learnt from, and what everything is chosen on.
        copies: what stands in it more than once.
        test: what is tested on in the end, another table or the recipe's fold, or None.
        groups: the column of groups, or nothing.
    """

    table: Table
    split: Split
    copies: Copies
    test: LabelledTexts | None
    groups: str = ""

    def lines(self, *, name: str) -> list[str]:
        """Return in words, a line each, how the table was read and cut.

        Args:
            name: of the table.
        """
        return [*self._of_reading(name), *self._of_copies(), *self._of_groups()]

    def _of_reading(self, name: str) -> list[str]:
        table, english = self.table, LANGUAGES["en"]
        columns = english.say(
            "trust.columns",
            text=" + ".join(map(quoted, table.columns.texts)),
            label=quoted(table.columns.label),
        )
        said = [f"{name}: {table.dialect.describe(english)}"] if table.dialect else []
        parts = [f"{len(table.labelled):,} with a text and a label"]
        if table.unlabelled:
            parts.append(f"{len(table.unlabelled):,} without a label, which are not learnt from")
        if table.skipped:
            parts.append(f"{table.skipped:,} that --label-map leaves out")
        if table.bad:
            parts.append(f"{table.bad:,} that cannot be used ({table.first_bad})")
        return [*said, columns, f"{table.rows:,} rows: {', '.join(parts)}", *self._of_spellings()]

    def _of_spellings(self) -> list[str]:
        """Say which labels were taken for one class though they are not spelt alike."""
        parts = []
        for name, others in self.table.merged.items():
            shown = [f"{quoted(spelt)} ({count:,})" for spelt, count in others.most_common(_FEW_SPELLINGS)]
            more = len(others) - len(shown)
            parts.append(f"{', '.join(shown)}{f' and {more:,} more' if more else ''} as {quoted(name)}")
        said = [f"labels that differ in case or blanks alone count as one class: {'; '.join(parts)}"]
        return [*(said if parts else ()), *self._of_misspelt()]

    def _of_misspelt(self) -> list[str]:
        """Say which rare classes are nearly called as frequent ones, where each label is a class."""
        table = self.table
        plain = {plain_label(name): name for name in table.labelled.classes}
        if {*map(plain_label, table.meanings)} != {*plain} or len(plain) > _MOST_CLASSES:
            return []
        numbers = Counter(table.labelled.labels)
        rows = {name: numbers[place] for place, name in enumerate(table.labelled.classes)}
        target: dict[str, str] = {}
        for label, name in plain.items():
            near = [plain[other] for other in nearest(label, plain)]
            if len(near) == 1 and rows[name] <= _RARE * rows[near[0]]:
                target[name] = near[0]
        if not target:
            return []
        seem = "; ".join(
            f"{quoted(name)} ({rows[name]:,}) of {quoted(other)}" for name, other in target.items()
        )
        parts = [
            ([named(name), *(named(odd) for odd, other in target.items() if other == name)], name)
            for name in rows
            if name not in target
        ]
        return [f"classes that may be misspellings: {seem}; if they are: {option(parts)}"]

    def _of_copies(self) -> list[str]:
        copies, said = self.copies, []
        if copies.same or copies.near:
            said.append(
                f"copies of other texts: {copies.same:,}, and nearly so {copies.near:,}; all copies of a "
                "text stand on one side, in what is learnt from or in validation"
            )
        if copies.disputed:
            rows = ", ".join(copies.examples)
            more = ", …" if copies.disputed > len(copies.examples) else ""
            said.append(f"{copies.disputed:,} texts stand there with different labels: rows {rows}{more}")
        if self.split.dropped_in_test:
            said.append(
                f"{self.split.dropped_in_test:,} texts stand in test, too, or nearly: they are left out of "
                "what is learnt from and of validation"
            )
        return said

    def _of_groups(self) -> list[str]:
        if not self.groups:
            return []
        held, learnt = ({*part.groups} for part in (self.split.validation, self.split.train))
        said = f"groups by {quoted(self.groups)}: {len(held):,} in validation, {len(learnt):,} to learn from"
        if len(held) < _FEW_GROUPS:
            said += "; of so few, figures on validation may be far from those on others"
        return [said]


def places_of(data: DataRecipe) -> dict[str, str]:
    """Return where the tables lie that a recipe names, from the root on, by the names of its settings."""
    if data.source != "table":
        return {}
    return {name: _from_root(getattr(data, name)) for name in _TABLES if getattr(data, name)}


def found_again(data: DataRecipe, run: Path) -> DataRecipe:
    """Return a recipe's data with its tables where they lay in training, if they are not where it says.

    Args:
        data: of a run.
        run: its folder.
    """
    return data if are_there(data) else recorded(data, run)


def recorded(data: DataRecipe, run: Path) -> DataRecipe:
    """Return a recipe's data with those of its tables where they lay in training that are still there.

    Args:
        data: of a run.
        run: its folder.
    """
    try:
        places = RunFolder(run).environment().get("places")
    except DataError:
        return data
    if not isinstance(places, dict):
        return data
    for name in _TABLES:
        place = places.get(name)
        if getattr(data, name) and isinstance(place, str) and is_there(place):
            changed: dict[str, Any] = {name: place}
            data = dataclasses.replace(data, **changed)
    return data


def are_there(data: DataRecipe) -> bool:
    """Tell whether all tables lie where a recipe's data say; of other sources there are none."""
    return data.source != "table" or all(is_there(getattr(data, name) or os.curdir) for name in _TABLES)


def is_there(table: str) -> bool:
    """Tell whether a file or folder lies where a table is named, such as ``"posts.db::posts"``."""
    return os.path.exists(table) or os.path.exists(_file_of(table))


def _file_of(table: str) -> str:
    return table if os.path.exists(table) else table.partition("::")[0]


def _from_root(table: str) -> str:
    file = _file_of(table)
    return os.path.abspath(file) + table.removeprefix(file)


_TABLES = ("table", "test")


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
        split, copies = hold_out(
            rest, validation=data.validation, seed=data.split_seed, meanings=table.meanings
        )
        test = labelled.take(np.flatnonzero(places == data.fold))
    else:
        split, copies = hold_out(
            labelled,
            validation=data.validation,
            seed=data.split_seed,
            test=test,
            meanings=table.meanings,
        )
    if data.train_share < 1:
        fewer = take_share(split.train, data.train_share, seed=data.split_seed)
        split = dataclasses.replace(split, train=fewer)
    return OwnTable(table, split, copies, test, data.group_column)
