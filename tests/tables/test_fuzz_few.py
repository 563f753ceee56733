"""Tables of few rows: each reads exactly, or is refused; and what reads them fast reads the same."""

import random

import fuzz_few
import fuzz_forms
import pytest

import fuzzing
from opinia.tables import reading
from opinia.tables.dialect import ONE_COLUMN, Dialect
from opinia.text import garbled

WAYS = [
    {},
    {"quoting": "none"},
    {"skips_space": True},
    {"quote": "'"},
    {"is_wary": True},
]


def test_tables_of_few_rows_are_read_exactly_or_refused():
    ends, examples = fuzzing.run(fuzz_few.__file__, 0, 150)
    assert set(ends) <= set(fuzz_few.GOOD), examples
    assert ends["read"] > 50
    assert ends.total() == 150


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        # The same author twice, and a question above an answer: perhaps no header.
        ("in.csv", "O'Neil|A fine film, but was it good?\r\nO'Neil|nie\r\n", "may be a header or a row"),
        # A row that a spreadsheet has put into quotes as a whole, cut at a semicolon within.
        (
            "in.csv",
            '"1\tkasia\t""Nuda";" he said """"wow"""" twice was it?""\tneutral"\r\n',
            "cannot be told",
        ),
    ],
)
def test_rows_that_were_read_wrongly_once_are_refused(name, content, said, tmp_path):
    from opinia.errors import DataError
    from opinia.tables import Told, find_formats, open_reader, open_table

    (tmp_path / name).write_bytes(content.encode("utf-16"))
    found, _ = find_formats(str(tmp_path / name), "")
    with open_table(found) as source, pytest.raises(DataError, match=said):
        open_reader(source, kind=found.kind, out="cells", told=Told())


def test_beginnings_are_read_the_same_line_by_line_and_record_by_record():
    count = 0
    for seed in range(80):
        made = (fuzz_few if seed % 2 else fuzz_forms).some_table(random.Random(seed))
        text = made[0].decode(made[-1][5]).removeprefix("\ufeff")
        lines = reading.lines_of(text, "\n")
        assert sum(map(reading._count_lines, [text])) == len(lines)
        for sign in (*",;\t|", ONE_COLUMN):
            for way in WAYS:
                dialect = Dialect(delimiter=sign, **way)
                quick = reading._read_lines(lines, dialect)
                if quick is not None:
                    slow = reading._read_records(lines, dialect, reading.Beginning(text, True, "x", "csv"))
                    assert quick == slow
                    count += 1
    assert count > 500


@pytest.mark.parametrize(
    "raw", ["", "a", "a\n", "a\rb\r\n", "\r\n\n\r", "a\n\nb", "a\x0bb\u2028c\x85d\x1c\n\udc80"]
)
def test_lines_are_counted_as_they_are_cut(raw):
    assert reading._count_lines(raw) == len(reading.lines_of(raw, "\n"))


def test_signs_of_a_wrong_encoding_are_found_wherever_the_quick_look_begins():
    chance = random.Random(0)
    letters = "abz ?é’â€™ÂÃÄÅÎÏĂĹĎÐÑÇðđŸź├┼─┬¹³¿¶±¼¾¦¯\x80\x85\x9c\x96РСаЂвЉΓÔ\ufffd\xa0Łó„¢˘‚¬“"
    found = 0
    for _ in range(20_000):
        text = "".join(chance.choice(letters) for _ in range(chance.randint(1, 12)))
        whole = garbled._GARBLED.search(text)
        if whole is not None:
            assert garbled.garbled_in(text) == whole[0]
            found += 1
    assert found > 4000
