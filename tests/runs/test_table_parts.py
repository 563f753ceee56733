"""What is said of a table that is learnt from: how it was read, and how it was cut."""

import csv
import dataclasses

import pytest

from opinia.runs.settings import DataRecipe
from opinia.runs.table_parts import read_own

LONG = "the quiet room had a wide view of the harbour and breakfast was served until noon every day"


def rows_of(count):
    return [
        (
            f"Stay {number}: {('dreadful', 'lovely')[number % 2]} place number {number * 7}.",
            number % 2,
            number // 4,
        )
        for number in range(count)
    ]


def lines_of(folder, rows, **settings):
    with (folder / "stays.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([("remark", "verdict", "house"), *rows])
    data = DataRecipe(source="table", validation=0, table=str(folder / "stays.csv"))
    return read_own(dataclasses.replace(data, **settings)).lines(name="stays.csv")


def test_form_columns_and_rows(tmp_path):
    lines = lines_of(tmp_path, rows_of(40), text_column="remark", label_column="verdict")
    assert lines == [
        "stays.csv: semicolons, header, utf-8",
        "texts in the column 'remark', labels in 'verdict'; --text-column and --label-column name others",
        "40 rows: 40 with a text and a label",
    ]


def test_rows_that_are_not_learnt_from(tmp_path):
    rows = [*rows_of(40), ("No verdict here", "", 90), ("", 1, 91), ("Neither, really", 3, 92)]
    lines = lines_of(
        tmp_path,
        rows,
        text_column="remark",
        label_column="verdict",
        label_map="0=bad; 1=good; 3=skip",
    )
    assert lines[-1] == (
        "43 rows: 40 with a text and a label, 1 without a label, which are not learnt from, 1 that "
        "--label-map leaves out, 1 that cannot be used (row 42: no text)"
    )


def test_spellings_that_are_taken_for_one_class(tmp_path):
    spelt = {1: "POOR", 2: "Poor ", 3: "Poor", 5: "fine "}
    rows = [
        (text, spelt.get(house, ("Poor", "fine")[verdict]), house) for text, verdict, house in rows_of(40)
    ]
    lines = lines_of(tmp_path, rows, text_column="remark", label_column="verdict")
    assert lines[3] == (
        "labels that differ in case or blanks alone count as one class: 'POOR' (4), 'Poor ' (4) as 'Poor'; "
        "'fine ' (4) as 'fine'"
    )


def test_classes_that_may_be_misspellings(tmp_path):
    rows = [(text, ("terrible", "lovely")[verdict], house) for text, verdict, house in rows_of(60)]
    rows += [("One more stay", "teribble", 90), ("Another stay", "teribble", 91), ("A stay", "lovable", 92)]
    rows += [("One more week", "lovable", 93)]
    columns = {"text_column": "remark", "label_column": "verdict"}
    lines = lines_of(tmp_path, rows, **columns)
    told = '"lovable=lovable; lovely=lovely; terrible,teribble=terrible"'
    assert lines[3] == (
        f"classes that may be misspellings: 'teribble' (2) of 'terrible'; if they are: --label-map {told}"
    )
    lines = lines_of(tmp_path, rows, **columns, label_map=told.strip('"'))
    assert not any("misspellings" in line for line in lines)


def test_copies_and_labels_that_differ(tmp_path):
    copies = [("Noisy!", 0, 70), ("noisy", 0, 71), ("NOISY", 1, 72), (LONG, 1, 73), (f"{LONG} indeed", 1, 74)]
    lines = lines_of(tmp_path, [*rows_of(40), *copies], text_column="remark", label_column="verdict")
    assert lines[-2].startswith(
        "copies of other texts: 2, and nearly so 1; all copies of a text stand on one "
    )
    assert lines[-1] == "3 texts stand there with different labels: rows 41, 42, 43"


def test_what_stands_in_test_too(tmp_path):
    test = tmp_path / "test.csv"
    test.write_text("remark,verdict\n" + "".join(f"{text},{label}\n" for text, label, _ in rows_of(3)))
    columns = {"text_column": "remark", "label_column": "verdict"}
    lines = lines_of(tmp_path, rows_of(40), test=str(test), **columns)
    assert lines[-1].startswith("3 texts stand in test, too, or nearly: they are left out")


@pytest.mark.parametrize(("count", "few"), [(40, True), (400, False)])
def test_groups_of_validation(tmp_path, count, few):
    columns = {"text_column": "remark", "label_column": "verdict", "group_column": "house"}
    lines = lines_of(tmp_path, rows_of(count), **columns)
    assert lines[-1].startswith("groups by 'house': ")
    assert ("of so few, figures on validation may be far from" in lines[-1]) == few
