"""What the first lines of a text tell of a dialect holds for all of them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opinia.tables import Told, reading
from opinia.tables.dialect import Dialect
from opinia.tables.reading import Beginning, clean_with, is_no_table, read_with
from opinia.tables.records import read_records

POOL = [
    "text,label",
    '"text"',
    '"1","good"',
    '"2","so"',
    '"3","a,b"',
    '"good',
    'and so",1',
    '"bad";0',
    "1,2",
    "good",
    "",
    "a\\",
]
"""Lines among which are the header of a table of R, records of two lines, and what is no record."""


@pytest.fixture(autouse=True)
def three_lines(monkeypatch):
    monkeypatch.setattr(reading, "HEAD", 3)


@settings(max_examples=300)
@example(["text", '"1","good"', '"2","so"', '"3","a,b"'], ",", "double", False, True)
@example(["1,2", '"1","good"', '"good', 'and so",1'], ",", "double", False, True)
@example(["text", '"good', "and", 'so",1', '"3",2'], ",", "double", False, True)
@given(
    lines=st.lists(st.sampled_from(POOL), min_size=1, max_size=7),
    sign=st.sampled_from([",", ";", "\t"]),
    quoting=st.sampled_from(["double", "none", "backslash"]),
    wary=st.booleans(),
    is_whole=st.booleans(),
)
def test_what_first_lines_tell_holds_for_all(lines, sign, quoting, wary, is_whole):
    lines = [line + "\n" for line in lines]
    found = Beginning("".join(lines), is_whole=is_whole, name="a table", kind="csv", told=Told())
    dialect = Dialect(delimiter=sign, quoting=quoting, is_wary=wary)
    whole = read_with(lines, dialect, found)
    assert clean_with(lines, dialect, found) == (whole if whole.is_clean else None)
    if is_no_table(lines[:3], dialect, found):
        assert whole.names < 2
        assert not whole.is_clean or whole.width < 2


def test_rows_behind_a_quote_that_is_never_closed_are_read():
    lines = ["id,text\n", *['1,"go,od"\n'] * 2, *['2,"bad\n', "3,good\n"] * 3, '4,"a\n', 'b"\n', "5,good\n"]
    records = list(read_records(iter(lines), Dialect(delimiter=","), name="a table", width=2))
    assert "".join(raw for _, raw, _, _ in records) == "".join(lines)
    right = [(cells, line) for cells, _, fault, line in records if fault is None]
    assert right == [
        (["id", "text"], 1),
        *((["1", "go,od"], line) for line in (2, 3)),
        *((["3", "good"], line) for line in (5, 7, 9)),
        (["4", "a\nb"], 10),
        (["5", "good"], 12),
    ]


@pytest.mark.parametrize(("width", "count"), [(2, 4), (0, 2), (3, 2)])
def test_they_are_so_only_where_they_have_the_cells_of_rows(width, count):
    lines = ["1,good\n", '2,"bad\n', "3,good\n", "4,good\n"]
    records = list(read_records(iter(lines), Dialect(delimiter=","), name="a table", width=width))
    assert len(records) == count
    assert "".join(raw for _, raw, _, _ in records) == "".join(lines)
