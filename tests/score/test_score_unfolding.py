"""Small files that unfold: each ends in an answer or one clear error, in bounded memory."""

import json
import re
import struct
import sys
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prepared
from scoring import TIMEOUT

PEAK = """
import sys, resource
# A net under the test: what takes more than this dies here, and not the machine.
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
import onnxruntime, opinia.cli.score, pyarrow.parquet
from opinia.cli.main import main
def kb(what):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status[what].split()[0])
before = kb("VmRSS")
try:
    main()
finally:
    print("peak", kb("VmHWM") - before, file=sys.stderr)
"""
MOST_KB = 350_000
"""More than the process has when it has imported what it needs."""
LESS_KB = 250_000
"""Of hundreds of rows of a megabyte each, which take 290 MB and more where they are held together."""
LABELLED_KB = {"jsonl": 150_000, "csv": 150_000, "parquet": LESS_KB}
"""Of those with labels; held together, the lines of text alone are 200 MB."""
REFUSED_KB = 170_000
"""Of what is refused before it is unfolded: the least of these would take 175 MB."""
HALF_KB = 260_000
"""Of one row of half as many names or objects as a row may have, which takes half of the memory."""
ROWS = 200
MB = 1_000_000
LONG = "x" + "." * (MB - 1)
"""A megabyte with one short word, which is soon looked up."""
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"


def text_file(*pieces):
    """Write pieces one behind the other, gzipped, without holding them.

    Each is compressed once: after a full flush the same bytes may stand again.
    """

    def write(path):
        packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
        digest = length = 0
        with path.open("wb") as file:
            file.write(GZIP_HEADER)
            for piece, times in pieces:
                packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
                for _ in range(times):
                    file.write(packed)
                    digest, length = zlib.crc32(piece, digest), length + len(piece)
            file.write(packer.flush() + struct.pack("<II", digest, length & 0xFFFFFFFF))

    return write


def parquet(table, **options):
    def write(path):
        made = table()
        options.setdefault("compression", "zstd")
        pq.write_table(made, path, row_group_size=1 << 20, **options)

    return write


def repeated(length, rows):
    """One text in many rows, as a dictionary, so that the writer needs no memory either."""
    return lambda: pa.table(
        {
            "text": pa.DictionaryArray.from_arrays(
                pa.array([0] * rows, pa.int32()), pa.array([LONG * (length // MB)])
            )
        }
    )


def plain(length, rows):
    return lambda: repeated(length, rows)().cast(pa.schema([("text", pa.string())]))


def as_strings(length, rows):
    """A dictionary in the file, which Arrow's schema knows nothing of."""

    def write(path):
        sink = pa.BufferOutputStream()
        table = repeated(length, rows)()
        with pq.ParquetWriter(
            sink, table.schema, compression="zstd", store_schema=False, dictionary_pagesize_limit=1 << 30
        ) as file:
            file.write_table(table)
        path.write_bytes(sink.getvalue())

    return write


def zeros(count):
    return pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), pa.array(np.zeros(count, np.int32)))


def line(*, size, kind="x"):
    return json.dumps({"text": kind * size}, ensure_ascii=False).encode() + b"\n"


SAME = {"dictionary_pagesize_limit": 1 << 30}
WIDE = b"a," * (8 * MB)
REFUSED = "takes more than 8,388,608 bytes, unpacked"
FILES = {
    "dictionary of one large text": ("in.parquet", as_strings(10 * MB, 400), REFUSED),
    "dictionary that Arrow keeps": ("in.parquet", parquet(repeated(10 * MB, 400), **SAME), REFUSED),
    "hundreds of rows of one text": ("in.parquet", as_strings(MB, ROWS), None),
    "hundreds of rows that Arrow keeps": ("in.parquet", parquet(repeated(MB, ROWS), **SAME), None),
    "one huge page": (
        "in.parquet",
        parquet(plain(MB, 150), use_dictionary=False, data_page_size=1 << 30),
        "has pages of 150,",
    ),
    "shared beginnings": (
        "in.parquet",
        parquet(plain(MB, ROWS), use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"}),
        None,
    ),
    "a list of thirty million": (
        "in.parquet",
        parquet(lambda: pa.table({"text": ["good"], "n": zeros(30 * MB)})),
        REFUSED,
    ),
    "many wide columns": (
        "in.parquet",
        parquet(lambda: pa.table({"text": ["good"], **{f"c{i}": ["x" * MB] for i in range(200)}})),
        "has pages of ",
    ),
    "a quote that never closes": (
        "in.csv.gz",
        text_file((b'text\n"', 1), ((b"x" * 99 + b"\n") * 1000, 3000)),
        REFUSED,
    ),
    "a line that never ends": ("in.csv.gz", text_file((b"text\n", 1), (b"x" * MB, 300)), REFUSED),
    "a quoted line that never ends": ("in.csv.gz", text_file((b'text\n"', 1), (b"x" * MB, 300)), REFUSED),
    "long lines of JSON": ("in.jsonl.gz", text_file((line(size=37 * MB), 16)), REFUSED),
    "lines of JSON of just the length": ("in.jsonl.gz", text_file((line(size=8 * MB), 8)), None),
    "lines of wide letters": ("in.jsonl.gz", text_file((line(size=2 * MB, kind="\U0001f600"), 8)), None),
    "rows of wide letters": (
        "in.csv.gz",
        text_file((b"text\n", 1), ((line(size=2 * MB, kind="\U0001f600")[11:-3] + b"\n"), 8)),
        None,
    ),
    "one wide row": ("in.csv.gz", text_file((b"text,n\n", 1), (WIDE, 40)), REFUSED),
    "a row of many cells": (
        "in.csv.gz",
        text_file((b"text,n\n", 1), (b"ab," * (2 * MB), 1)),
        "more than 1,572,864 cells",
    ),
    "a row of fewer cells": ("in.csv.gz", text_file((b"text,n\n", 1), (b"abcd," * (3 << 19), 1)), None),
    "a wide header": (
        "in.csv.gz",
        text_file((b"ab," * (2 * MB), 1)),
        "its first line is longer than",
    ),
    "many values": (
        "in.jsonl.gz",
        text_file((b'{"text": "good"}\n', 1), (b'{"a":[' + b"[]," * (2 * MB) + b"0]}\n", 3)),
        None,
    ),
    "many objects": (
        "in.jsonl.gz",
        text_file(
            (b'{"text": "good"}\n', 1), (b'{"text": "a", "a":[' + b'{"":0},' * (MB // 2) + b"0]}\n", 3)
        ),
        None,
    ),
    "many names": (
        "in.jsonl.gz",
        text_file((b'{"text": "good", ' + b", ".join(b'"%d":1' % i for i in range(400_000)) + b"}\n", 2)),
        None,
    ),
    "escapes": ("in.jsonl.gz", text_file((b'{"text": "good"}\n', 1), (b"\1" * (8 * MB) + b"\n", 3)), None),
    "plain text": ("in.txt.gz", text_file((b"x" * (8 * MB) + b"\n", 8)), None),
    "plain text without an end": ("in.txt.gz", text_file((b"x" * MB, 300)), REFUSED),
}

MANY_ROWS = {"hundreds of rows of one text", "hundreds of rows that Arrow keeps", "shared beginnings"}
HALF = {"many objects", "many names"}
TOLD = {"a quote that never closes": ("--quoting", "double")}
"""How a table is written, where it would otherwise be read in a way that needs no such bound."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", FILES)
def test_memory_is_bounded(name, model_path, tmp_path):
    path, write, said = FILES[name]
    write(tmp_path / path)
    assert (tmp_path / path).stat().st_size < 11 * MB
    result = prepared.run(
        [sys.executable, "-c", PEAK, "score", path, "-o", "out" + path.removeprefix("in")]
        + ["--text-column", "text", "--model", str(model_path), *TOLD.get(name, ())],
        capture_output=True,
        cwd=tmp_path,
        timeout=3 * TIMEOUT,
        check=False,
    )
    *before, last = result.stderr.decode().splitlines()
    word, peak = last.split()
    assert word == "peak", last
    assert not any("Traceback" in line for line in before), "\n".join(before)
    is_spoilt = any(re.match("error: .* could (not )?be judged.* is whole", line) for line in before)
    assert result.returncode == (said is not None or is_spoilt), before
    assert (said or " written to") in " ".join(before)
    assert int(peak) <= most_kb(name)


def most_kb(name):
    if name in MANY_ROWS:
        return LESS_KB
    if name in HALF:
        return HALF_KB
    return MOST_KB if FILES[name][2] is None else REFUSED_KB


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv"])
def test_memory_is_bounded_for_labelled_tables(kind, model_path, tmp_path):
    """A thousand rows are looked at together before the first is judged, unless they are long."""
    rows = ROWS
    if kind == "parquet":
        text = pa.array([LONG])
        table = pa.table(
            {
                "text": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), text),
                "label": ["pos", "neg"] * (rows // 2),
            }
        )
        pq.write_table(table, tmp_path / "in.parquet", store_schema=False, compression="zstd", **SAME)
        name = "in.parquet"
    else:
        row = b'{"text": "%s", "label": "pos"}\n' if kind == "jsonl" else b"%s,pos\n"
        head = b"" if kind == "jsonl" else b"text,label\n"
        name = f"in.{kind}.gz"
        text_file((head, 1), (row % LONG.encode(), rows))(tmp_path / name)
    result = prepared.run(
        [sys.executable, "-c", PEAK, "evaluate", str(model_path), name],
        capture_output=True,
        cwd=tmp_path,
        timeout=3 * TIMEOUT,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()[-2000:]
    assert int(result.stderr.decode().split()[-1]) <= LABELLED_KB[kind]
