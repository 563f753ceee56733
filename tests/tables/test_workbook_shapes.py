"""Workbooks as people keep them: sheets, titles, gaps, formulas, dates; and our own, read again."""

import datetime
import io
import json

import pytest
import xlsxwriter

from models import write_counting_model
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table
from opinia.tables import Told, find_formats, open_reader, open_table

TEXTS = [
    "A good film, really good",
    "Bad from the first minute: bad",
    "Żółty and good film",
    'A "bad" film; bad',
]
NAMES = ("id", "text", "stars")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return load(write_counting_model(tmp_path_factory.mktemp("books") / "counting.onnx"))


def fill(sheet, row=0, column=0):
    for place, name in enumerate(NAMES):
        sheet.write(row, column + place, name)
    for number, text in enumerate(TEXTS, 1):
        sheet.write_row(row + number, column, [number, text, (5, 1)[number % 2]])


def book(path, make):
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data)
    make(made)
    made.close()
    path.write_bytes(data.getvalue())
    return path


def read(path, told=None):
    found, _ = find_formats(str(path), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out="cells", told=told or Told(), part=found.part)
        says = reader.dialect.describe(LANGUAGES["en"])
        return reader.columns, [cells for cells, error in reader.table.every() if error is None], says


def hidden(made):
    lookup = made.add_worksheet("Lookup")
    lookup.write_column(0, 0, ["a", "b", "c"])
    fill(sheet := made.add_worksheet("Data"))
    sheet.activate()
    sheet.set_first_sheet()
    lookup.hide()


def title(made):
    sheet = made.add_worksheet("Data")
    sheet.merge_range(0, 0, 0, 2, "Reviews of May")
    sheet.write_row(1, 0, ["Made", "2024-05-01"])
    fill(sheet, 3)


def chart(made):
    fill(made.add_worksheet("Data"))
    drawn = made.add_chart({"type": "bar"})
    drawn.add_series({"values": "=Data!$C$2:$C$4"})
    made.add_chartsheet("Chart").set_chart(drawn)
    made.add_worksheet("Empty")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda made: fill(made.add_worksheet("Data")), 'sheet "Data", header'),
        (lambda made: fill(made.add_worksheet("Data"), 3, 2), 'sheet "Data", header'),
        (hidden, 'sheet "Data", header'),
        (title, 'sheet "Data", header, 2 lines above it'),
        (chart, 'sheet "Data", header'),
    ],
    ids=["plain", "empty rows and columns first", "a hidden sheet", "a title", "a chart"],
)
def test_the_table_is_found(make, says, tmp_path, classifier):
    path = book(tmp_path / "in.xlsx", make)
    columns, rows, said = read(path)
    assert (columns, [row[1] for row in rows], said) == (NAMES, TEXTS, says)
    summary = score_table(path, tmp_path / "out.xlsx", classifier=classifier)
    assert (summary.rows, summary.bad, summary.column) == (4, 0, "text")
    columns, rows, _ = read(tmp_path / "out.xlsx")
    assert columns == (*NAMES, "label", "probability", "error")
    assert [row[:3] for row in rows] == [[n, text, (5, 1)[n % 2]] for n, text in enumerate(TEXTS, 1)]


def test_of_two_sheets_one_must_be_named(tmp_path):
    path = book(tmp_path / "in.xlsx", lambda made: [fill(made.add_worksheet(name)) for name in ("A", "B")])
    with pytest.raises(DataError, match="several sheets with rows: 'A', 'B'") as caught:
        read(path)
    assert caught.value.hint == f"name one, as in {path}::A"
    assert [row[1] for row in read(f"{path}::B")[1]] == TEXTS


def test_a_hidden_sheet_can_be_named(tmp_path):
    path = book(tmp_path / "in.xlsx", hidden)
    assert [row[0] for row in read(f"{path}::Lookup", Told(header=False))[1]] == ["a", "b", "c"]


def test_cells_have_their_values(tmp_path, classifier):
    def make(made):
        sheet, day = made.add_worksheet(), made.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["when", "text", "marks", "worked_out", "failed", "yes"])
        for number, text in enumerate(TEXTS, 1):
            sheet.write_datetime(number, 0, datetime.datetime(2024, 5, number), day)  # noqa: DTZ001
            sheet.write_formula(number, 1, f'="{number}"', None, text)
            sheet.write_string(number, 2, f"0{number}")
            sheet.write_formula(number, 3, f"=C{number + 1}+1", None, number + 0.5)
            sheet.write_formula(number, 4, "=1/0", None, "#DIV/0!")
            sheet.write_boolean(number, 5, number == 1)

    path = book(tmp_path / "in.xlsx", make)
    _, rows, _ = read(path)
    assert [row[1] for row in rows] == TEXTS
    assert [row[2] for row in rows] == ["01", "02", "03", "04"]
    assert [row[3] for row in rows] == [1.5, 2.5, 3.5, 4.5]
    assert [row[0].isoformat()[:10] for row in rows] == [
        "2024-05-01",
        "2024-05-02",
        "2024-05-03",
        "2024-05-04",
    ]
    assert [row[5] for row in rows] == [True, False, False, False]
    assert not any(row[4] for row in rows)
    assert score_table(path, tmp_path / "out.csv", classifier=classifier).bad == 0
    assert "2024-05-01" in (tmp_path / "out.csv").read_text("utf-8")


def test_a_number_where_a_text_should_be_is_bad_and_a_gap_is_no_row(tmp_path, classifier):
    def make(made):
        fill(sheet := made.add_worksheet())
        sheet.write(2, 1, 12345)
        sheet.write_row(8, 0, [9, "Behind a gap, a good film", 5])

    path = book(tmp_path / "in.xlsx", make)
    summary = score_table(path, tmp_path / "out.csv", classifier=classifier)
    assert (summary.rows, summary.bad) == (5, 1)
    assert "row 2: no text but a number" in summary.first_bad


@pytest.mark.parametrize("first", ["xlsx", "jsonl", "json", "parquet", "csv", "tsv", "csv.gz"])
@pytest.mark.parametrize("second", ["xlsx", "jsonl", "json", "parquet", "csv"])
def test_our_own_outputs_are_read_again_as_they_were(first, second, classifier, tmp_path):
    texts = [
        *TEXTS,
        "Two\nlines, and good",
        "",
        "5",
        "NULL",
        "=1+1 good",
        "'good'",
        "tab\there",
        "a\\b",
        "ł" * 40,
    ]
    rows = [{"id": str(n), "text": text, "note": "x" * n} for n, text in enumerate(texts)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    once = tmp_path / f"once.{first}"
    score_table(tmp_path / "in.jsonl", once, classifier=classifier)
    options = ScoreOptions(text_column="text", prefix="again_")
    summary = score_table(once, tmp_path / f"twice.{second}", classifier=classifier, options=options)
    assert (summary.rows, summary.bad) == (len(texts), 0)
    found, _ = find_formats(str(tmp_path / f"twice.{second}"), "")
    with open_table(found) as source:
        reader = open_reader(source, kind=found.kind, out="cells")
        made = [dict(zip(reader.columns, cells, strict=True)) for cells, _ in reader.table.every()]
    assert [row["text"] or "" for row in made] == texts
    assert [row["note"] or "" for row in made] == [row["note"] for row in rows]
    assert [row["label"] for row in made] == [row["again_label"] for row in made]
    assert check_table(once, classifier, options).findings.rows == len(texts)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "^"])
@pytest.mark.parametrize("quoting", ["double", "backslash", "none", "bare", "R"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_outputs_of_each_dialect_are_read_again(sign, quoting, encoding, classifier, tmp_path):
    texts = [
        "Dobry film, świetna gra aktorów" if sign != "," else "Dobry film i świetna gra",
        "Żałuję, źle i bad",
    ]
    texts = [text.replace(",", "") if sign == "," else text for text in texts] + ["good film of the year"]
    if quoting in ("double", "R"):
        texts.append(f'Two{sign} "good" things')
    rows = [["id", "text", "stars"]] * (quoting != "R") + [
        [str(n), text, "5"] for n, text in enumerate(texts, 1)
    ]

    def cell(text):
        if quoting == "R":
            return text if text == "5" else '"' + text.replace('"', '\\"') + '"'
        return (
            '"' + text.replace('"', '""') + '"' if quoting == "double" and set(text) & {sign, '"'} else text
        )

    lines = [sign.join(map(cell, row)) for row in rows]
    if quoting == "R":
        lines.insert(0, f'"text"{sign}"stars"')
    if quoting in ("backslash", "bare"):
        odd = [f"9{sign}A \\{sign} sign and a good film{sign}5", f"10{sign}A good film{sign}\\N"]
        lines += odd if quoting == "bare" else [f'9{sign}"A \\"good\\" film"{sign}5']
        texts += [f"A {sign} sign and a good film", "A good film"] if quoting == "bare" else ['A "good" film']
    (tmp_path / "in.csv").write_bytes("".join(line + "\r\n" for line in lines).encode(encoding))
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier)
    options = ScoreOptions(text_column="text", prefix="again_")
    score_table(tmp_path / "out.csv", tmp_path / "again.csv", classifier=classifier, options=options)
    for name in ("in.csv", "out.csv", "again.csv"):
        found, _ = find_formats(str(tmp_path / name), "")
        with open_table(found) as source:
            reader = open_reader(source, kind="csv", out="csv")
            made = [
                dict(zip(reader.columns, cells, strict=True)) for cells, error in reader.every() if not error
            ]
        assert [row["text"] for row in made] == texts
        if name == "again.csv":
            assert [row["label"] for row in made] == [row["again_label"] for row in made]
            assert [row["label"] for row in made] == list(classifier.predict(texts))
