"""What is no table of columns at first sight: lines with labels, JSON under other names, rows in quotes."""

import csv
import io
import json

import pytest

from models import write_counting_model
from opinia.errors import DataError
from opinia.language import LANGUAGES
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.check import check_table

TEXTS = [
    "A warm and funny film that I loved.",
    "Dull, far too long and badly written.",
    "The plot is thin but the acting is great.",
    "I want my two hours back, awful.",
    "Best picture of the year, go and see it.",
    "Not worth the ticket price at all.",
]
LABELS = [1, 0, 1, 0, 1, 0]
BOTH = list(zip(TEXTS, LABELS, strict=True))
WORDS = ["negative", "positive"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return load(write_counting_model(tmp_path_factory.mktemp("seem") / "counting.onnx"))


def checked(classifier, path, data, **options):
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return check_table(path, classifier, ScoreOptions(**options))


def texts_of(classifier, path, **options):
    """The texts that are judged, by what a run that writes JSON Lines says of them."""
    output = path.with_name("out.jsonl")
    summary = score_table(path, output, classifier=classifier, options=ScoreOptions(**options))
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    return [row[summary.column] for row in rows]


LINES = {
    "a label and a blank": [f"{label} {text}" for text, label in BOTH],
    "a word and a blank": [f"{WORDS[label]} {text}" for text, label in BOTH],
    "a label in brackets": [f"[{label}] {text}" for text, label in BOTH],
    "two marks": [f"{label}##{text}" for text, label in BOTH],
    "stars": [f"{number % 5 + 1} {text}" for number, text in enumerate(TEXTS)],
    "a class behind a mark": [f"{text}@positive" for text in TEXTS],
    "a number behind a blank and a comma": [f"{text} ,{label}" for text, label in BOTH],
    "a number behind a blank": [f"{text} {label}" for text, label in BOTH],
    "quotes and a number": [f'"{text}" {label}' for text, label in BOTH],
    "names of columns above": ["label text", *(f"{label} {text}" for text, label in BOTH)],
    "R without quotes": ["text label", *(f"{n} word {label}" for n, (_, label) in enumerate(BOTH, 1))],
    "signs": [f"{'+1' if label else '-1'} {text}" for text, label in BOTH],
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_lines_that_carry_a_label_are_refused_and_can_be_judged_all_the_same(classifier, tmp_path, lines):
    path = tmp_path / "a.txt"
    with pytest.raises(DataError, match="looks like a label") as caught:
        checked(classifier, path, "\n".join(lines) + "\n")
    assert "--delimiter none" in caught.value.hint
    assert texts_of(classifier, path, delimiter="none") == lines
    if not any("," in line or '" ' in line for line in lines):  # of one column under any name
        with pytest.raises(DataError, match="looks like a label"):
            checked(classifier, tmp_path / "a.csv", "\n".join(lines) + "\n", header=False)


PROSE = {
    "numbered": [f"{number}. {text}" for number, text in enumerate(TEXTS, 1)],
    "numbers now and then": ["5 stars from me", "2 hours of my life", "It was good", "10 of 10"],
    "ratings out of ten": [f"{text} 8/10" for text in TEXTS],
    "good and bad": ["Good film", "Bad film", "Good one", "Bad, very bad"],
    "years": [f"{text} {1990 + number}" for number, text in enumerate(TEXTS)],
    "two lines": ["1 good film", "0 bad film"],
    "dialogue": [f"- {text}" for text in TEXTS],
}


@pytest.mark.parametrize("lines", PROSE.values(), ids=PROSE)
def test_prose_with_numbers_is_judged_line_by_line(classifier, tmp_path, lines):
    found = checked(classifier, tmp_path / "a.txt", "\n".join(lines) + "\n")
    assert (found.findings.rows, found.texts) == (len(lines), ("text",))
    assert texts_of(classifier, tmp_path / "a.txt") == lines


OBJECTS = [json.dumps({"text": text, "label": label}) for text, label in BOTH]
SPREAD = json.dumps({"reviews": [{"text": text, "label": label} for text, label in BOTH]}, indent=1)


@pytest.mark.parametrize(
    ("data", "bad"),
    [
        ("\n".join(OBJECTS), 0),
        ("\r\n".join(["\ufeff" + OBJECTS[0], *OBJECTS[1:]]), 0),
        ("\n".join([OBJECTS[0], OBJECTS[1][:-1], *OBJECTS[2:]]), 1),
        (",\n".join(OBJECTS), 0),
        (SPREAD, 0),
        (json.dumps([json.loads(each) for each in OBJECTS], indent=2), 0),
    ],
    ids=["lines", "mark", "one damaged", "commas", "spread", "array"],
)
def test_a_txt_of_json_is_read_as_such(classifier, tmp_path, data, bad):
    found = checked(classifier, tmp_path / "a.txt", data)
    assert "JSON" in found.dialect.describe(LANGUAGES["en"])
    assert (found.findings.rows, found.findings.bad, found.texts) == (6, bad, ("text",))
    assert found.meanings == {"1": "positive", "0": "negative"}


def test_a_txt_of_strings_with_escapes_has_what_they_stand_for(classifier, tmp_path):
    data = "\n".join(json.dumps(text) for text in ["Świetny film", 'It was "good"', "two\nlines"])
    checked(classifier, tmp_path / "a.txt", data)
    assert texts_of(classifier, tmp_path / "a.txt") == ["Świetny film", 'It was "good"', "two\nlines"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("\n".join(str({"text": text, "label": label}) for text, label in BOTH), "as Python shows"),
        ("\n".join(json.dumps([label, text]) for text, label in BOTH), "JSON array"),
        ("12\n", "numbers alone"),
        ("1.5e-3\n-2E+05\n0.1\n", "numbers alone"),
        ("1\nNA\n3\n4\n", "numbers alone"),
        ('"1","2"\n"3","4"\n', "numbers alone"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(classifier, tmp_path, data, said):
    with pytest.raises(DataError, match=said) as caught:
        checked(classifier, tmp_path / "a.txt", data)
    assert caught.value.hint


def test_a_column_of_numbers_below_a_word_is_not_judged_without_a_word(classifier, tmp_path):
    found = checked(classifier, tmp_path / "a.csv", "Good\n1\n2\n3\n4\n")
    assert "holds numbers" in found.why_no_texts.message


def table(sign, *, quoting=csv.QUOTE_MINIMAL, header=True):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=sign, quoting=quoting, lineterminator="\n")
    writer.writerows([["id", "text", "label"]] * header)
    writer.writerows([number, *each] for number, each in enumerate(BOTH, 1))
    return stream.getvalue()


def resaved(data, sign):
    """A table that a spreadsheet has opened with another sign between cells, and saved."""
    rows = list(csv.reader(io.StringIO(data.replace("\n", "\r\n"), newline=""), delimiter=sign))
    stream = io.StringIO(newline="")
    width = max(map(len, rows))
    csv.writer(stream, delimiter=sign).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return stream.getvalue()


LINED = table(",").replace("Dull, far", "Dull,\nfar").replace("thin but", 'thin ""but""')
RESAVED = [
    (table(","), ";"),
    (table(",", quoting=csv.QUOTE_ALL), ";"),
    (table(",", header=False), ";"),
    (table(",").replace("hours back", "hours; back"), ";"),
    (table("\t", quoting=csv.QUOTE_ALL), ";"),
    (table(";", quoting=csv.QUOTE_ALL), ","),
    (LINED, ";"),
]


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "utf-16"])
@pytest.mark.parametrize(("data", "sign"), RESAVED)
def test_rows_that_a_spreadsheet_put_in_quotes_are_taken_out_of_them(classifier, tmp_path, data, sign, name):
    made = resaved(data, sign)
    assert made.replace("\r\n", "\n") != data
    encoding, name = ("utf-16", "a.csv") if name == "utf-16" else ("utf-8", name)
    found = checked(classifier, tmp_path / name, made.encode(encoding))
    assert "stood in quotes as a whole" in found.dialect.describe(LANGUAGES["en"])
    assert (found.findings.rows, found.findings.bad) == (6, 0)
    assert found.labels == {"1": 3, "0": 3}
    sign = found.dialect.delimiter
    rows = [row for row in csv.reader(io.StringIO(data, newline=""), delimiter=sign) if row]
    wanted = [row[1] for row in rows if row[0] != "id"]
    assert [text.replace("\r\n", "\n") for text in texts_of(classifier, tmp_path / name)] == wanted
    output = tmp_path / "out.csv"
    score_table(tmp_path / name, output, classifier=classifier)
    again = output.read_bytes().decode(encoding).replace("\r\n", "\n")
    again = list(csv.reader(io.StringIO(again, newline=""), delimiter=sign))
    assert [row[: len(rows[0])] for row in again] == rows


@pytest.mark.parametrize(
    "data",
    [
        'text\n"Good, really"\n"Bad, sadly"\n"So, so"\n',
        'text\n"He said ""no"", and I left."\n"She said ""yes"", and he stayed."\n',
        'text,n\n"He said ""no"", and I left.",1\n"A ""yes"", and he stayed.",2\n',
    ],
)
def test_texts_in_quotes_are_not_taken_apart(classifier, tmp_path, data):
    found = checked(classifier, tmp_path / "a.csv", data)
    assert found.dialect.wrapping == ""
    rows = list(csv.reader(io.StringIO(data)))
    assert texts_of(classifier, tmp_path / "a.csv") == [row[0] for row in rows[1:]]


ROWS = "".join(f'"{text}",{label}\n' for text, label in BOTH)


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("excellent,4.5", "none"),
        ('unknown,"A nice film with a nice end."', None),
        ('"I liked it",five', None),
        ("Great,5", "none"),
        ("zdanie,positive", "line"),
        ("no,what", "line"),
    ],
)
def test_a_word_above_numbers_is_a_name_or_a_value(classifier, tmp_path, first, header):
    data = f"{first}\n{ROWS}"
    if first.startswith("unknown"):
        data = f"{first}\n" + "".join(f'{label},"{text}"\n' for text, label in BOTH)
        assert checked(classifier, tmp_path / "a.csv", data).findings.rows == 7
    elif header is None:
        with pytest.raises(DataError, match="may be a header or a row"):
            checked(classifier, tmp_path / "a.csv", data)
    elif first == "no,what":
        data = f"{first}\n" + "".join(f'{number},"{text}"\n' for number, text in enumerate(TEXTS))
        assert checked(classifier, tmp_path / "a.csv", data).dialect.header == header
    else:
        assert checked(classifier, tmp_path / "a.csv", data).dialect.header == header


def test_one_column_above_all_named_positive_neutral_and_negative_is_a_header(classifier, tmp_path):
    rows = "".join(f'"{text}",{label},0,{1 - label}\n' for text, label in BOTH)
    found = checked(classifier, tmp_path / "a.csv", "text,positive,neutral,negative\n" + rows)
    assert (found.dialect.header, found.findings.rows) == ("line", 6)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('{"review": {"text": "good film"}, "review.text": "bad film"}', "a field 'text' in 'review'"),
        ('{"text": "good film", "text": "bad film"}', "twice in one object"),
    ],
)
def test_a_field_that_is_there_twice_is_told_by_check_and_score(classifier, tmp_path, name, rows, said):
    path = tmp_path / name
    path.write_text(f"{rows}\n{rows}\n" if name == "a.jsonl" else f"[{rows}, {rows}]")
    with pytest.raises(DataError, match=said):
        score_table(path, tmp_path / "out.jsonl", classifier=classifier)
    try:
        why = check_table(path, classifier, ScoreOptions()).why_no_texts
    except DataError as error:
        why = error
    assert said in why.message


def test_added_columns_never_have_a_name_that_the_table_has_twice(classifier, tmp_path):
    (tmp_path / "a.csv").write_text("text,label,label\n" + "".join(f'"{t}",{n},{n}\n' for t, n in BOTH))
    score_table(tmp_path / "a.csv", tmp_path / "out.csv", classifier=classifier)
    first = (tmp_path / "out.csv").read_text().splitlines()[0]
    assert first == "text,label,label,opinia_label,opinia_probability,opinia_error"
