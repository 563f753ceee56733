"""What the headers of Parquet's pages say, for every way that Arrow writes them."""

import datetime
import decimal
import io
import itertools
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prepared
from opinia.tables.parquet_footer import read_footer
from opinia.tables.parquet_pages import BATCH_BYTES, batch_rows

ROWS = 3000
USUAL = 2048
CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]


def rows_at_once(file):
    schema = pq.ParquetFile(file).schema
    return batch_rows(file, dict(enumerate(read_footer(file, name="x"))), schema, name="x", most=USUAL)


def many_kinds():
    random = np.random.default_rng(1)
    return pa.table(
        {
            "text": ["x" * int(length) for length in random.integers(0, 2000, ROWS)],
            "category": pa.array(["a", "bb", None, "cccc"] * (ROWS // 4)),
            "bytes": pa.array([b"\0" * 5] * ROWS),
            "eight": pa.array([b"12345678"] * ROWS, pa.binary(8)),
            "truth": [True, False] * (ROWS // 2),
            "number": random.random(ROWS),
            "nothing": pa.nulls(ROWS),
            "price": pa.array([decimal.Decimal("1.23")] * ROWS),
            "time": pa.array([datetime.datetime(2020, 1, 1)] * ROWS),
            "vector": [[1.0] * 8] * ROWS,
            "words": [["a", "b" * 50]] * ROWS,
            "map": pa.array([[("k", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
            "struct": [{"a": {"b": "q"}}] * ROWS,
        }
    )


@pytest.mark.parametrize(
    ("version", "dictionary", "codec"), [*itertools.product(["1.0", "2.0"], [True, False], CODECS)]
)
def test_ordinary_files_are_read_as_before(version, dictionary, codec):
    for extras in (True, False):
        file = io.BytesIO()
        pq.write_table(
            many_kinds(),
            file,
            data_page_version=version,
            use_dictionary=dictionary,
            compression=codec,
            write_statistics=extras,
            write_page_index=extras,
            write_page_checksum=extras,
            row_group_size=1000,
        )
        assert rows_at_once(file) == USUAL


@pytest.mark.parametrize("codec", CODECS)
def test_one_long_text_of_a_dictionary_makes_small_batches(codec):
    """The longest text counts, not the size of the dictionary, and not the mean."""
    file = io.BytesIO()
    texts = ["y" * 1_000_000, *(f"{number:0100d}" for number in range(5000))]
    pq.write_table(pa.table({"text": texts}), file, compression=codec, dictionary_pagesize_limit=1 << 24)
    rows = rows_at_once(file)
    assert rows == BATCH_BYTES // 1_000_000


FLIPS = """
import sys
from pathlib import Path
from opinia.errors import DataError
from opinia.tables import open_reader, open_source

path, refused = Path(sys.argv[1]), 0
data = path.read_bytes()
for place in range(int(sys.argv[2]), int(sys.argv[3])):
    for value in (0, 0xFF, data[place] ^ 1):
        path.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        print("byte", place, "as", value, file=sys.stderr, flush=True)
        try:
            with open_source(str(path)) as source:
                reader = open_reader(source, kind="parquet", out="parquet")
                list(reader.rows(reader.columns[0], []) if reader.columns else [])
                reader.writer([])
        except DataError as error:
            refused += 1
print(refused)
"""


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_any_damaged_byte_is_an_answer_or_one_clear_error(codec, tmp_path):
    """In a process of its own: Arrow ends it on some footers that contradict themselves."""
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": ["good", "bad"] * 50}), path, compression=codec)
    size = path.stat().st_size
    command = [sys.executable, "-c", FLIPS, str(path), "0", str(size)]
    done = prepared.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert int(done.stdout) > size / 2


@pytest.mark.parametrize("span", [(0, 500), (400, 500), (0, 0)])
def test_of_a_span_only_its_row_groups_are_looked_at(span, tmp_path):
    """Else each of the parts of a large file would look at all of it."""
    from opinia.errors import DataError
    from opinia.tables import Source
    from opinia.tables.parquet import ParquetReader

    path = tmp_path / "in.parquet"
    texts = [f"text {number}" for number in range(1500)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=500, use_dictionary=False)
    data = bytearray(path.read_bytes())
    first = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data[first.data_page_offset : first.data_page_offset + 20] = b"\xff" * 20
    path.write_bytes(data)

    def read(span):
        with path.open("rb") as file:
            reader = ParquetReader(Source(str(path), file, path=path), span=span)
            return [row.text for row in reader.rows(("text",), [])]

    assert read(span) == texts[slice(*span)]
    for other in ((0, 501), (999, 1000), None):
        with pytest.raises(DataError, match="is damaged"):
            read(other)
