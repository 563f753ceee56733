"""What can be wrong with a table, and what is said of it."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.errors import DataError
from opinia.score import ScoreOptions, score_table, windows
from scoring import cells, csv_bytes, packed


def judged(tmp_path, classifier, data, *, kind="csv", **options):
    """Score bytes, and return the summary and the output."""
    options.setdefault("existing", "replace")
    (tmp_path / f"in.{kind}").write_bytes(data)
    summary = score_table(
        tmp_path / f"in.{kind}",
        tmp_path / f"out.{kind}",
        classifier=classifier,
        options=ScoreOptions(**options),
    )
    return summary, (tmp_path / f"out.{kind}").read_bytes()


def refused(tmp_path, classifier, data, *, kind="csv", **options):
    """Score bytes that cannot be, and return what is said."""
    with pytest.raises(DataError) as caught:
        judged(tmp_path, classifier, data, kind=kind, **options)
    assert not (tmp_path / f"out.{kind}").exists()
    assert not list(tmp_path.glob("*opinia-*"))
    return str(caught.value)


def test_ragged_rows_are_marked_and_nothing_moves(tmp_path, classifier):
    data = b'id,text,n\n1,good,1\n2,bad\n\n3\n4,bad,1,more,"an,d"\n5,good,\n'
    summary, made = judged(tmp_path, classifier, data)
    rows = cells(made)
    assert [row["id"] for row in rows] == list("12345")
    assert [row["label"] for row in rows] == ["positive", "", "", "", "positive"]
    assert [row["error"] for row in rows][1:4] == [
        "2 cells where the header has 3",
        "1 cell where the header has 3",
        "5 cells where the header has 3",
    ]
    assert rows[3][None] == ["more", "an,d"]  # behind the added cells
    assert (summary.rows, summary.bad) == (5, 3)
    assert summary.first_bad == "row 2: 2 cells where the header has 3"


def test_a_wrong_byte_costs_one_row_and_stays(tmp_path, classifier, score):
    data = b"id,text\n\xff,good\n2,bad \xe9\n3,good\n"
    summary, made = judged(tmp_path, classifier, data)
    assert summary.bad == 1
    assert b"\n\xff,good,positive," in made
    assert b"\n2,bad \xe9,,,not utf-8: byte 0xe9 at character 5; --encoding names another\n" in made
    result = score("in.csv", "-o", "-")
    assert b"warning: 1 of 3 rows could not be judged" in result.stderr
    assert b"the first is row 2: not utf-8" in result.stderr


def test_wrong_encodings_are_named(tmp_path, classifier):
    wide = "text\ngood\n".encode("utf-16")
    assert "is UTF-16, not utf-8\nhint: --encoding utf-16" in refused(
        tmp_path, classifier, wide, encoding="utf-8"
    )
    assert "there is no encoding 'klingon'" in refused(
        tmp_path, classifier, b"text\ngood\n", encoding="klingon"
    )
    cut = "text\ngood\n".encode("utf-16")[:-1]
    assert "in.csv is not utf-16, near row 1: truncated" in refused(
        tmp_path, classifier, cut, encoding="utf-16"
    )
    broken = "text\ngood\nbad ".encode("utf-16") + b"\x00\xd8\n\0" + "good".encode("utf-16-le")
    summary, made = judged(tmp_path, classifier, broken, encoding="utf-16")
    assert (summary.rows, summary.first_bad) == (
        3,
        "row 2: not utf-16: half a pair at character 5; --encoding names another",
    )
    assert b"d\0 \0\x00\xd8,\0" in made


def test_strict_stops_at_the_first_bad_row(tmp_path, classifier):
    data = b"id,text\n1,good\n2\n3\n"
    said = refused(tmp_path, classifier, data, strict=True)
    assert said.startswith("row 2: 1 cell where the header has 2")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt", "parquet"])
def test_a_text_over_the_limit_is_marked(kind, tmp_path, classifier):
    rows = ["good", "bad " * 5, "good bad good"]
    if kind == "parquet":
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"text": rows}), sink)
        data = sink.getvalue().to_pybytes()
    elif kind == "jsonl":
        data = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in rows)
    else:
        data = "\n".join(["text"] * (kind == "csv") + rows).encode()
    summary, _ = judged(tmp_path, classifier, data, kind=kind, max_characters=19)
    assert summary.first_bad == "row 2: too long: 20 characters, at most 19"
    assert summary.bad == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nope", "no JSON: "),
        ("[1]", "no JSON object"),
        ('"good"', "no JSON object"),
        ("[" * 100_000, "no JSON: "),
        ('{"text": null}', "no text but null"),
        ('{"text": 5}', "no text but a number"),
        ('{"text": true}', "no text but true or false"),
        ('{"text": ["good"]}', "no text but a list"),
        ('{"other": "good"}', "there is no field 'text'"),
        ('{"text": "good", "label": 1}', "the row has a field 'label' already"),
        ('{"text": "good" ', "no JSON: "),
    ],
)
def test_bad_json_rows(line, error, tmp_path, classifier):
    head = '{"text": "good"}\n' * 70  # beyond the rows that are looked at for names
    summary, made = judged(tmp_path, classifier, f"{head}{line}\n{head}".encode(), kind="jsonl")
    rows = [json.loads(each) for each in made.splitlines()]
    assert (summary.rows, summary.bad) == (141, 1)
    assert rows[70]["error"].startswith(error)
    assert rows[70]["label"] is None
    assert rows[70].get("input", line) == line
    assert {row["label"] for row in rows[:70] + rows[71:]} == {"positive"}


def test_undecoded_json_lines_stay(tmp_path, classifier):
    data = b'{"text": "good"}\n{"text": "bad \xff"}\n'
    summary, made = judged(tmp_path, classifier, data, kind="jsonl")
    assert summary.bad == 1
    assert made.splitlines()[1].startswith(b'{"text": "bad \xff", "label": null, ')


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_csv_has_no_header(data, tmp_path, classifier):
    assert "is empty or no CSV: it has not even a header" in refused(tmp_path, classifier, data)


@pytest.mark.parametrize(
    ("kind", "data", "made"), [("jsonl", b"", b""), ("txt", b"", b""), ("csv", b"text", None)]
)
def test_no_rows_are_a_table_too(kind, data, made, tmp_path, classifier):
    summary, found = judged(tmp_path, classifier, data, kind=kind)
    assert summary.rows == 0
    assert found == (b"text,label,probability,error\n" if made is None else made)


def test_columns_are_found_or_named(tmp_path, classifier):
    def say(header, **options):
        return refused(tmp_path, classifier, header.encode() + b"\n1,2,3\n", **options)

    assert "hint: did you mean 'review'?" in say("id,review,n", text_column="reveiw")
    assert "hint: did you mean 'Text'?" in say("id,Text,n", text_column="text")
    assert "no obvious column of texts. Its columns: 'id', 'a', 'n'" in say("id,a,n")
    assert "no obvious column" in say("id,text,review")
    assert "2 columns named 'text'" in say("text,text,n", text_column="text")
    unsure = refused(tmp_path, classifier, b"whatever\ngood\n")
    assert "may be a header or a row: 'whatever'\nhint: --header or --no-header" in unsure
    assert "a column 'new_error' already" in say("new_error,text,n", prefix="new_")
    for taken in ("label", "error", "probability"):
        made = judged(tmp_path, classifier, f"{taken},text\n1,good\n".encode())[1]
        assert made.startswith(
            f"{taken},text,opinia_label,opinia_probability,opinia_error\n1,good,pos".encode()
        )
    made = judged(tmp_path, classifier, b"label,opinia_error,text\n1,2,good\n")[1]
    assert made.startswith(b"label,opinia_error,text,opinia2_label,opinia2_probability,opinia2_error\n")
    assert judged(tmp_path, classifier, b"label,text\n1,good\n", prefix="x_")[1].startswith(
        b"label,text,x_label,x_probability,x_error\n1,good,positive,"
    )
    assert judged(tmp_path, classifier, b"a,a,Review Text\n1,2,good\n")[0].column == "Review Text"
    assert judged(tmp_path, classifier, b"whatever\ngood\n", header=True)[0].column == "whatever"


def test_a_quote_that_is_never_closed(tmp_path, classifier):
    summary, made = judged(
        tmp_path, classifier, b"id,text\n" + b'1,"go,od"\n' * 4 + b'2,"bad\n3,good\n4,good\n'
    )
    assert (summary.rows, summary.bad) == (7, 1)
    assert cells(made)[4]["text"] == "bad\n"
    assert cells(made)[4]["error"].startswith("a quote is never closed")
    assert [(row["text"], row["error"]) for row in cells(made)[5:]] == [("good", "")] * 2


def test_what_is_no_row_behind_a_quote_that_is_never_closed_stays_in_it(tmp_path, classifier):
    data = b"id,text\n" + b'1,"go,od"\n' * 4 + b'2,"bad\nand\nso, on, and on\n'
    summary, made = judged(tmp_path, classifier, data)
    assert (summary.rows, summary.bad) == (5, 1)
    assert cells(made)[4]["text"] == "bad\nand\nso, on, and on\n"
    assert cells(made)[4]["error"].startswith("a quote is never closed: all that follows")


@pytest.mark.parametrize(
    "title", ["Report", "Report;;", '"Report;;"', '"A report of opinions"', "A\r\n\r\nB"]
)
@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_a_title_above_rows_that_stand_in_quotes_as_a_whole(title, sign, tmp_path, classifier):
    lines = [title, f'"id{sign}text{sign}stars"'] + [
        f'"{n}{sign}""good {n}{sign} so""{sign}5"' for n in range(9)
    ]
    summary, made = judged(tmp_path, classifier, "".join(line + "\r\n" for line in lines).encode())
    assert (summary.rows, summary.bad) == (9, 0)
    assert f"good 8{sign} so" in made.decode()


def test_lines_of_empty_cells_above_the_header(tmp_path, classifier):
    summary, made = judged(tmp_path, classifier, b";;\r\n;;\r\nid;text;stars\r\n" + b"1;a good one;5\r\n" * 4)
    assert (summary.rows, summary.bad) == (4, 0)
    assert made.startswith(b";;\r\n;;\r\nid;text;stars;label;")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_row_of_two_lines_among_rows_in_quotes_is_refused(end, tmp_path, classifier):
    rows = ['"id;text"', '"1;""good"""', f'"2;""ba{end}d"""', '"3;""good"""']
    with pytest.raises(DataError, match="no single sign"):
        judged(tmp_path, classifier, "".join(row + end for row in rows).encode())


def test_nul_bytes_and_huge_cells(tmp_path, classifier):
    huge = "x" * 300_000  # beyond what csv reads by default
    summary, made = judged(
        tmp_path, classifier, csv_bytes([["text", "b"], ["go\0od good", huge], ["bad", "\0"]])
    )
    assert summary.bad == 0
    assert [(row["label"], row["b"]) for row in cells(made)] == [("positive", huge), ("negative", "\0")]


@pytest.mark.parametrize("compression", ["gz", "zst"])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_broken_compression_is_named_with_the_row(compression, damage, tmp_path, classifier):
    whole = packed(csv_bytes([["text"], *([os.urandom(40).hex()] for _ in range(9000))]), compression)
    middle = len(whole) // 2
    data = whole[:middle] + (b"" if damage == "cut" else b"\0" * 64 + whole[middle + 64 :])
    (tmp_path / "in.csv").write_bytes(data)
    with pytest.raises(DataError, match=r"damaged.* after row [1-9][\d,]*: "):
        score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv.zst", "in.parquet"])
def test_a_name_that_promises_what_the_file_is_not(name, tmp_path, classifier):
    (tmp_path / name).write_bytes(b"text\ngood\n")
    with pytest.raises(DataError, match="damaged|no Parquet"):
        score_table(tmp_path / name, tmp_path / "out", classifier=classifier)


def test_damaged_parquet(tmp_path, classifier):
    pq.write_table(pa.table({"text": ["good", "bad"] * 5000, "n": range(10_000)}), tmp_path / "in.parquet")
    data = bytearray((tmp_path / "in.parquet").read_bytes())
    data[20:60] = b"\xff" * 40
    (tmp_path / "in.parquet").write_bytes(data)
    with pytest.raises(DataError, match=r"in\.parquet is damaged"):
        score_table(tmp_path / "in.parquet", tmp_path / "out.parquet", classifier=classifier)
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "numbers.parquet")
    with pytest.raises(DataError, match="'text' of .* holds no texts but int64"):
        score_table(tmp_path / "numbers.parquet", tmp_path / "out.parquet", classifier=classifier)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_that_becomes_shorter(kind, tmp_path, classifier, monkeypatch):
    monkeypatch.setattr(windows, "ROWS", 50)
    path = tmp_path / f"in.{kind}"
    lines = [b"text\n"] * (kind == "csv") + [
        {"csv": b"%s\n", "jsonl": b'{"text": "%s"}\n'}[kind] % (b"x" * 500)
    ] * 9000
    path.write_bytes(b"".join(lines))

    def cut(progress):
        os.truncate(path, 2_000_000)

    with pytest.raises(DataError, match="became shorter while it was read|no JSON"):
        score_table(
            path, tmp_path / "out", classifier=classifier, on_progress=cut, options=ScoreOptions(strict=True)
        )
    assert not (tmp_path / "out").exists()
