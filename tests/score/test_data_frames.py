"""The added columns in data frames and in SQL: the digits of the local engine, null and bad rows included."""

import pickle
import subprocess
import sys

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from opinia.score.arrow import ArrowJudge
from scoring import texts

DETAILS = ScoreOptions(details=True)


@pytest.fixture(scope="module")
def model():
    return load("seed", threads=1)


@pytest.fixture(scope="module")
def table():
    odd = [None if number % 40 == 9 else text for number, text in enumerate(texts(150))]
    return pa.table({"id": list(range(150)), "text": pa.array(odd, pa.string())})


@pytest.fixture(scope="module")
def expected(model, table, tmp_path_factory):
    """What the local engine makes of the table."""
    folder = tmp_path_factory.mktemp("local")
    pq.write_table(table, folder / "in.parquet")
    score_table(folder / "in.parquet", folder / "out.parquet", classifier=model, options=DETAILS)
    return pq.read_table(folder / "out.parquet").to_pylist()


@pytest.fixture(scope="module")
def judge(model):
    return ArrowJudge(model, options=DETAILS)


def test_arrow_in_any_pieces(judge, table, expected):
    assert judge.add(table).to_pylist() == expected
    pieces = [judge.add(batch) for batch in table.to_batches(max_chunksize=7)]
    assert pa.Table.from_batches(pieces).to_pylist() == expected
    assert pieces[0].schema == judge.schema(table.schema)
    assert judge.add(table.slice(0, 0)).to_pylist() == []


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_texts_of_any_type(judge, table, expected, kind):
    other = table.set_column(1, "text", table["text"].cast(kind))
    assert judge.add(other).to_pylist() == expected


def test_numbers_are_no_texts(judge):
    with pytest.raises(DataError, match="holds no texts but int64"):
        judge.add(pa.table({"text": [1, 2]}))


def test_another_process_opens_it_from_its_bytes(judge, table, expected, tmp_path):
    (tmp_path / "judge").write_bytes(pickle.dumps((judge, table)))
    code = "import pickle, sys; judge, table = pickle.load(open('judge', 'rb'));"
    code += "sys.stdout.buffer.write(pickle.dumps(judge(table).to_pylist()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert pickle.loads(done.stdout) == expected


def test_pandas(judge, table, expected):
    frame = table.to_pandas()
    found = judge.add(pa.Table.from_pandas(frame, preserve_index=False)).to_pandas()
    assert found["label"].tolist()[:9] == [row["label"] for row in expected[:9]]
    told = [row["probability"] for row in expected]
    assert [None if pandas.isna(p) else p for p in found["probability"]] == told


def test_duckdb(judge, table, expected):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    base = duckdb.connect()
    kind = duckdb.struct_type(
        {
            "label": "VARCHAR",
            "probability": "FLOAT",
            "tokens": "INTEGER",
            "unknown": "FLOAT",
            "doubt": "VARCHAR",
            "error": "VARCHAR",
        }
    )
    base.create_function("judge", judge.structs, ["VARCHAR"], kind, type="arrow", null_handling="special")
    base.register("reviews", table)
    rows = base.execute("SELECT * EXCLUDE j, j.* FROM (SELECT *, judge(text) AS j FROM reviews) ORDER BY id")
    found = [dict(zip([name for name, *_ in base.description], row, strict=True)) for row in rows.fetchall()]
    assert found == expected


def test_polars(judge, table, expected):
    polars = pytest.importorskip("polars", reason="Polars is not installed")
    frame = polars.from_arrow(table)
    found = polars.from_arrow(judge.add(frame.to_arrow()))
    assert found.to_dicts() == expected
    lazy = frame.lazy().map_batches(
        lambda each: polars.from_arrow(judge.add(each.to_arrow())), schema=found.schema
    )
    assert lazy.collect().to_dicts() == expected
