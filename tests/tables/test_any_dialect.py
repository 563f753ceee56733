"""Generated tables in every dialect: each reads exactly, or is refused; none is read wrongly."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import write_counting_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.tables import Told, find_formats, open_reader, open_table

WORDS = [
    "good",
    "bad",
    "film",
    "it",
    "was",
    "5",
    "the end",
    "naïve",
    "really,",
    "yes;",
    "no|",
    "it's",
    '"wow"',
]
WORDS += [
    "zażółć",
    "gęślą",
    "café",
    "1.5",
    "a\\b",
    "sep=",
    "#1",
    "end.",
    "what?",
    "<br />",
    "&amp;",
    "\\n",
    "-",
]
HEADERS = [
    ("id", "text", "rating"),
    ("nr", "recenzja", "ocena"),
    ("Review", "Stars", "when"),
    ("a b", "text", "c"),
]
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "cp1252",
    "iso8859-2",
    "latin-1",
]


@st.composite
def tables(draw):
    """Bytes of a table, and what it holds."""
    sign = draw(st.sampled_from(",;\t|"))
    quoting = draw(st.sampled_from(["minimal", "all", "backslash", "none"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    header = draw(st.sampled_from([*HEADERS, None]))
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12)
    place = draw(st.integers(0, 2))
    rows = []
    for number in range(draw(st.integers(1, 9))):
        text = " ".join(draw(words))
        if quoting not in ("none", "backslash") and draw(st.booleans()):
            text += draw(st.sampled_from(["\n", "\r\n", sign, '"', f"{sign} and {sign}"])) + " ".join(
                draw(words)
            )
            if end == "\r":  # Python's writer has no quotes around a line feed then, and nothing could tell
                text = text.replace("\r\n", end).replace("\n", end)
        if quoting == "backslash":
            text = text.replace("\\", "/")  # two of them alone could as well be two
        if quoting == "none":
            text = text.replace(sign, " ")
            if draw(st.booleans()):
                text = '"' + text
        row = [str(number), draw(st.sampled_from(["1", "5", "3.5", "4,5", "2024-05-01"]))]
        if quoting == "none":
            row[1] = row[1].replace(sign, ".")
        row.insert(place, text)
        rows.append(row)
    stream = io.StringIO(newline="")
    how = {
        "minimal": csv.QUOTE_MINIMAL,
        "all": csv.QUOTE_ALL,
        "backslash": csv.QUOTE_MINIMAL,
        "none": csv.QUOTE_NONE,
    }
    every = [list(header), *rows] if header else rows
    if quoting == "none":
        stream.write("".join(sign.join(row) + end for row in every))
    else:
        escape = {"doublequote": False, "escapechar": "\\"} if quoting == "backslash" else {}
        csv.writer(stream, delimiter=sign, lineterminator=end, quoting=how[quoting], **escape).writerows(
            every
        )
    text = stream.getvalue()
    if draw(st.integers(0, 5)) == 0:
        text = f"sep={sign}{end}{text}"
    encoding = draw(st.sampled_from(ENCODINGS))
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        encoding = "utf-8"
        data = text.encode(encoding)
    return data, header, rows, place, (sign, quoting, encoding)


def reading(path, data, told=None):
    """Write bytes, and return columns, dialect and rows as they are read, or what is said against it."""
    path.write_bytes(data)
    found, _ = find_formats(str(path), "")
    try:
        with open_table(found) as source:
            reader = open_reader(source, kind=found.kind, out=found.kind, told=told or Told())
            return reader.columns, reader.dialect, list(reader.every())
    except DataError as error:
        return error


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dialects")


@pytest.fixture(scope="module")
def classifier(folder):
    return load(write_counting_model(folder / "counting.onnx"))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(table=tables(), kind=st.sampled_from(["csv", "tsv"]))
def test_it_reads_exactly_or_is_refused(table, kind, folder):
    data, header, rows, _, made = table
    read = reading(folder / f"in.{kind}", data)
    if isinstance(read, DataError):
        assert read.hint
        return
    columns, dialect, found = read
    if all(error for _, error in found):
        return  # every row is marked
    assert columns == (header or tuple(map(str, range(1, len(rows[0]) + 1)))), (made, dialect)
    for cells, error in found:
        assert error or cells in rows, (made, dialect)
    if not any(error for _, error in found):
        assert [cells for cells, _ in found] == rows, (made, dialect)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(table=tables(), kind=st.sampled_from(["csv", "tsv"]))
def test_what_is_written_is_read_again_as_it_was(table, kind, folder, classifier):
    data, header, rows, place, (sign, quoting, encoding) = table
    path, output = folder / f"in.{kind}", folder / f"out.{kind}"
    told = Told(
        sign, {"minimal": "double", "all": "double"}.get(quoting, quoting), header is not None, encoding
    )
    read = reading(path, data, told)
    assert not isinstance(read, DataError)
    columns, _, found = read
    options = ScoreOptions(
        text_column=columns[place],
        delimiter=sign,
        quoting=told.quoting,
        header=told.header,
        encoding=encoding,
        existing="replace",
    )
    summary = score_table(path, output, classifier=classifier, options=options)
    assert summary.rows == len(found)
    written = output.read_bytes()
    again = reading(output, written, told)
    assert not isinstance(again, DataError)
    assert again[0][:3] == columns
    for (before, error), (after, _) in zip(found, again[2], strict=True):
        if error is None:
            assert after[:3] == before
            assert len(after) == 6
    if not any(error for _, error in found):
        assert [cells for cells, _ in found] == rows
        labels = classifier.predict([row[place] for row in rows])
        assert [cells[3] for cells, _ in again[2]] == list(labels)
