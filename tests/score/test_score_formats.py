"""Every format in and out: what was there stays, and the answers are the same."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinia import shell
from opinia.errors import InputError
from opinia.score import ScoreOptions, score_table
from scoring import cells, csv_bytes, jsonl, packed, table, texts, unpacked

DETAILS = ScoreOptions(details=True)


@pytest.mark.parametrize("compression", ["", "gz", "zst"])
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_delimited_table_keeps_its_bytes(kind, compression, classifier, tmp_path):
    delimiter = {"csv": ",", "tsv": "\t"}[kind]
    data = table(100, delimiter=delimiter)
    ending = f"{kind}.{compression}" if compression else kind
    (tmp_path / f"in.{ending}").write_bytes(packed(data, compression))
    summary = score_table(tmp_path / f"in.{ending}", tmp_path / f"out.{ending}", classifier=classifier)
    assert (summary.rows, summary.bad, summary.column) == (100, 0, "text")
    made = unpacked((tmp_path / f"out.{ending}").read_bytes(), compression)
    before = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    after = list(csv.reader(io.StringIO(made.decode(), newline=""), delimiter=delimiter))
    assert [row[:3] for row in after] == before
    expected = classifier.classify([row[1] for row in before[1:]])
    assert [row[3] for row in after[1:]] == [each.label for each in expected]
    found = [float(row[4]) for row in after[1:]]
    np.testing.assert_allclose(found, [each.probability for each in expected], atol=1e-6)
    # Byte for byte: without the added cells the file is the one that went in.
    stripped = made.decode()
    for row, old in zip(after, before, strict=True):
        stripped = stripped.replace(delimiter + delimiter.join(row[3:]) + "\r\n", "\r\n", 1)
        assert len(row) == len(old) + 3
    assert stripped == data.decode()


def test_quotes_line_ends_and_bytes_of_other_columns_stay(score, tmp_path):
    head = b'\xef\xbb\xbf"id",text , \x80\r\n'
    rows = [b'\'007\', good ,"x""y"\r\n', b'"1","bad",\xe9\n', b" 2 ,film,1e3"]
    (tmp_path / "in.csv").write_bytes(head + b"".join(rows))
    result = score("in.csv", "-o", "out.csv", "--text-column", "text ")
    assert result.returncode == 0, result.stderr
    made = (tmp_path / "out.csv").read_bytes()
    lines = made.split(b"\n")
    assert lines[0] == head.rstrip() + b",label,probability,error\r"
    for line, row in zip(lines[1:], rows, strict=False):
        assert line.startswith(row.rstrip(b"\r\n") + b",")
    assert made.count(b"\r\n") == 3  # the last row had no end, and gets that of the header


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5), kind=st.sampled_from(["csv", "tsv"])
)
def test_any_cells_come_back(rows, kind, classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    delimiter = {"csv": ",", "tsv": "\t"}[kind]
    data = csv_bytes([["a", "text", "b"], *rows], delimiter=delimiter)
    (folder / f"in.{kind}").write_bytes(data)
    options = replace(DETAILS, header=True)  # of cells that may be anything nobody can tell
    score_table(folder / f"in.{kind}", folder / f"out.{kind}", classifier=classifier, options=options)
    made = cells((folder / f"out.{kind}").read_bytes(), delimiter=delimiter)
    assert [(row["a"], row["text"], row["b"]) for row in made] == rows
    labels = classifier.predict([row[1] for row in rows])
    assert [(row["label"], row["error"]) for row in made] == [(label, "") for label in labels]


def test_json_lines_keep_their_fields(score, tmp_path):
    lines = [
        '{"id": 007.0, "text": "bad"}'.replace("007.0", "7.00"),
        ' {"text":"good \\u00e9","a":{"b":[1e5]},"a":2 } ',
        '{"text": "", "n": 12345678901234567890.10}',
    ]
    (tmp_path / "in.jsonl").write_text("\n\n".join(lines) + "\r\n")
    assert score("in.jsonl", "-o", "out.jsonl", "--details").returncode == 0
    made = (tmp_path / "out.jsonl").read_text().splitlines()
    for old, new in zip(lines, made, strict=True):
        assert new.startswith(old.rstrip()[:-1].rstrip() + ', "label": ')
        row = json.loads(new)
        assert list(row)[-6:] == ["label", "probability", "tokens", "unknown", "doubt", "error"]
    assert json.loads(made[1])["text"] == "good é"
    assert json.loads(made[2])["unknown"] == 1.0


def test_plain_text_has_the_answer_before_the_line(score, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"good\tfilm\n\nbad\r\nlast \xff\ngood")
    assert score("in.txt", "-o", "out.txt", "--max-bad", "0.2").returncode == 0
    rows = [line.split(b"\t", 3) for line in (tmp_path / "out.txt").read_bytes().split(b"\n")]
    assert [row[3] for row in rows[:-1]] == [b"good\tfilm", b"", b"bad\r", b"last \xff", b"good"]
    assert [row[0] for row in rows[:-1]] == [b"positive", b"positive", b"negative", b"", b"positive"]
    assert rows[3][2] == b"not utf-8: byte 0xff at character 6; --encoding names another"


def test_all_formats_give_the_same_digits(classifier, tmp_path):
    reviews = texts(300, lines=False)
    (tmp_path / "in.txt").write_text("\n".join(reviews) + "\n")
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in reviews)]))
    (tmp_path / "in.tsv").write_bytes(csv_bytes([["text"], *([text] for text in reviews)], delimiter="\t"))
    (tmp_path / "in.jsonl").write_bytes(jsonl({"text": text} for text in reviews))
    pq.write_table(pa.table({"text": reviews}), tmp_path / "in.parquet", row_group_size=70)
    answers = {}
    for source, output in [
        *((f"in.{kind}", f"out.{kind}") for kind in ("txt", "csv", "tsv", "jsonl", "parquet")),
        *(("in.txt", f"from_txt.{kind}") for kind in ("csv", "tsv", "jsonl", "parquet")),
    ]:
        score_table(tmp_path / source, tmp_path / output, classifier=classifier, options=DETAILS)
        answers[output] = answers_in(tmp_path / output)
    for output, found in answers.items():
        assert found == answers["out.csv"], output
    expected = classifier.predict_proba(reviews).max(axis=1)
    found = [float(row[1]) for row in answers["out.csv"]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def answers_in(path):
    """Label, probability, tokens, unknown and text of each row, as text."""
    names = ["label", "probability", "tokens", "unknown", "text"]
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pydict()
        rows["probability"] = [str(np.float32(each)) for each in rows["probability"]]
        rows["unknown"] = [str(np.float32(each)) for each in rows["unknown"]]
        assert set(rows["error"]) == {None}
        return [tuple(map(str, row)) for row in zip(*(rows[name] for name in names), strict=True)]
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        made = [json.loads(line, parse_float=str) for line in data.splitlines()]
        return [tuple(str(row[name]) for name in names) for row in made]
    if path.suffix == ".txt":
        lines = [line.split("\t", 6) for line in data.decode().split("\n")[:-1]]
        return [(label, share, tokens, unknown, text) for label, share, tokens, unknown, _, _, text in lines]
    return [
        tuple(row[name] for name in names)
        for row in cells(data, delimiter={".csv": ","}.get(path.suffix, "\t"))
    ]


def test_parquet_keeps_types_values_and_metadata(classifier, tmp_path):
    columns = {
        "id": pa.array([f"{i:03d}" for i in range(50)]),
        "review": pa.array(
            [None if i == 3 else "good" if i % 2 else "bad" for i in range(50)], pa.large_string()
        ),
        "kind": pa.array(["a", "b"] * 25).dictionary_encode(),
        "when": pa.array(range(50), pa.timestamp("us", "Europe/Warsaw")),
        "tags": pa.array([["x"] * (i % 3) for i in range(50)]),
        "money": pa.array([None, 1] * 25, pa.decimal128(10, 2)),
    }
    before = pa.table(columns).replace_schema_metadata({"made by": "us"})
    pq.write_table(before, tmp_path / "in.parquet", compression="zstd", row_group_size=20)
    summary = score_table(
        tmp_path / "in.parquet", tmp_path / "out.parquet", classifier=classifier, options=DETAILS
    )
    assert (summary.bad, summary.first_bad) == (1, "row 4: no text but null")
    after = pq.read_table(tmp_path / "out.parquet")
    assert after.select(before.column_names).equals(before)
    assert after.schema.metadata == before.schema.metadata
    assert after.schema.names[6:] == ["label", "probability", "tokens", "unknown", "doubt", "error"]
    assert after["label"].to_pylist()[:5] == ["negative", "positive", "negative", None, "negative"]
    assert after["error"].to_pylist()[2:4] == [None, "no text but null"]
    assert pq.ParquetFile(tmp_path / "out.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_pipes(score, tmp_path):
    data = table(50)
    (tmp_path / "in.csv").write_bytes(data)
    assert score("in.csv", "-o", "out.csv").returncode == 0
    expected = (tmp_path / "out.csv").read_bytes()
    result = score("-", "-o", "-", "--format", "csv", data=data)
    assert result.stdout == expected
    assert b'commas, header, utf-8; judging column "text"' in result.stderr
    assert score("-", "-o", "piped.csv", data=data).returncode == 0  # the output's name tells
    assert (tmp_path / "piped.csv").read_bytes() == expected
    packed_up = score("-", "-o", "packed.csv.zst", "--format", "csv.gz", data=packed(data, "gz"))
    assert packed_up.returncode == 0
    assert unpacked((tmp_path / "packed.csv.zst").read_bytes(), "zst") == expected
    pq.write_table(pa.table({"text": ["good", "bad"]}), tmp_path / "in.parquet")
    result = score("-", "-o", "-", "--format", "parquet", data=(tmp_path / "in.parquet").read_bytes())
    assert pq.read_table(pa.BufferReader(result.stdout))["label"].to_pylist() == ["positive", "negative"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1250", "latin-1"])
def test_other_encodings_stay(encoding, score, tmp_path):
    text = "id,text\r\n1,good ó\r\n2,bad\r\n"
    (tmp_path / "in.csv").write_bytes(text.encode(encoding))
    assert score("in.csv", "-o", "out.csv", "--encoding", encoding).returncode == 0
    made = (tmp_path / "out.csv").read_bytes().decode(encoding)
    assert [line.split(",")[:3] for line in made.splitlines()] == [
        ["id", "text", "label"],
        ["1", "good ó", "positive"],
        ["2", "bad", "negative"],
    ]


def test_without_pyarrow_the_extra_is_named(score, tmp_path):
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    result = score("in.parquet", "-o", "out.parquet", before="sys.modules['pyarrow'] = None", fresh=True)
    assert result.returncode == 1
    assert f"hint: {shell.install('files')}" in result.stderr.decode()
    (tmp_path / "in.csv.zst").write_bytes(packed(b"text\ngood\n", "zst"))
    result = score(
        "in.csv.zst",
        "-o",
        "out.csv",
        before="sys.modules['backports'] = sys.modules['compression.zstd'] = None",
        fresh=True,
    )
    assert f"hint: {shell.install('files')}" in result.stderr.decode()


def test_a_band_around_one_half_is_called_uncertain(score, tmp_path):
    (tmp_path / "in.csv").write_bytes(table(300))

    def scored(band):
        assert score("in.csv", "-o", "out.csv", "--force", "--uncertain", band).returncode == 0
        return cells((tmp_path / "out.csv").read_bytes())

    plain = scored(0)
    band = float(np.median([float(row["probability"]) for row in plain])) - 0.5
    near = [float(row["probability"]) < 0.5 + band for row in plain]
    assert 0 < sum(near) < len(near)
    for row, banded, is_near in zip(plain, scored(band), near, strict=True):
        assert banded == (row | {"label": "uncertain"} if is_near else row)
    with pytest.raises(InputError, match="uncertain must be from 0 to 0.5"):
        ScoreOptions(uncertain=0.6)
