"""Parquet in any compression: written as it was read, and refused before any work where it cannot be."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prepared
from opinia.errors import DataError
from opinia.score import score_table

CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]


def nested(rows=300):
    """A table with columns of several leaves, one of whose names holds a dot."""
    return pa.table(
        {
            "id": range(rows),
            "text": ["a good film", "a bad one", "so so"] * (rows // 3),
            "marks": [[1.5, 2.5], [], None] * (rows // 3),
            "about": [{"name": "x", "x.y": number} for number in range(rows)],
        }
    )


def codecs(path):
    about = pq.ParquetFile(path).metadata
    group = about.row_group(0)
    return {(leaf := group.column(i)).path_in_schema: leaf.compression for i in range(group.num_columns)}


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_stays(codec, classifier, tmp_path):
    pq.write_table(nested(), tmp_path / "in.parquet", compression=codec)
    assert score_table(tmp_path / "in.parquet", tmp_path / "out.parquet", classifier=classifier).bad == 0
    before, after = codecs(tmp_path / "in.parquet"), codecs(tmp_path / "out.parquet")
    assert {leaf: after[leaf] for leaf in before} == before
    assert set(after.values()) == set(before.values())
    made = pq.read_table(tmp_path / "out.parquet")
    assert made.select(nested().column_names) == nested()
    assert made["label"].to_pylist()[:2] == ["positive", "negative"]


@pytest.mark.parametrize("first", CODECS)
def test_mixed_codecs_stay(first, classifier, tmp_path):
    leaves = ["id", "text", "marks.list.element", "about.name", "about.x.y"]
    turn = CODECS.index(first)
    chosen = dict(zip(leaves, CODECS[turn:] + CODECS[:turn], strict=False))
    pq.write_table(nested(), tmp_path / "in.parquet", compression=chosen)
    before = codecs(tmp_path / "in.parquet")
    assert len(set(before.values())) == len(leaves)
    score_table(tmp_path / "in.parquet", tmp_path / "out.parquet", classifier=classifier)
    assert {leaf: codecs(tmp_path / "out.parquet")[leaf] for leaf in leaves} == before


def test_an_uncompressed_file_on_the_command_line(score, tmp_path):
    pq.write_table(nested(), tmp_path / "in.parquet", compression="none")
    result = score("in.parquet", "-o", "out.parquet")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]
    piped = score("-", "-o", "-", "--format", "parquet", data=(tmp_path / "in.parquet").read_bytes())
    assert pq.read_table(pa.BufferReader(piped.stdout)) == pq.read_table(tmp_path / "out.parquet")


def test_a_file_without_rows(classifier, tmp_path):
    pq.write_table(nested().schema.empty_table(), tmp_path / "in.parquet", compression="none")
    assert score_table(tmp_path / "in.parquet", tmp_path / "out.parquet", classifier=classifier).rows == 0
    assert pq.read_table(tmp_path / "out.parquet").column_names[-3:] == ["label", "probability", "error"]


def test_a_codec_that_cannot_be_read_is_named_before_any_work(classifier, tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": ["good"]}), path, compression="none")
    uncompressed, lzo = (b"\x19\x18\x04text\x15" + code for code in (b"\x00", b"\x06"))
    data = path.read_bytes()
    assert data.count(uncompressed) == 1
    path.write_bytes(data.replace(uncompressed, lzo))
    with pytest.raises(DataError, match="column 1 of .* is compressed as LZO, which cannot be read"):
        score_table(path, tmp_path / "out.parquet", classifier=classifier)
    assert [each.name for each in tmp_path.iterdir()] == ["in.parquet"]


def test_what_cannot_be_written_is_refused_before_the_first_row(model_path, tmp_path):
    """Parquet's own writer refuses, in a process of its own, and no row was judged."""
    pq.write_table(nested(), tmp_path / "in.parquet")
    script = """
import sys, pyarrow.parquet as pq
from opinia.model.classifier import Classifier, load
from opinia.errors import DataError
from opinia.score import score_table
from opinia.tables import parquet_writer
parquet_writer._WRITTEN["SNAPPY"] = "LZO"
Classifier.probabilities = lambda *_: sys.exit("a row was judged")
try:
    score_table("in.parquet", "out.parquet", classifier=load(sys.argv[1]))
except DataError as error:
    print(error)
"""
    command = [sys.executable, "-c", script, str(model_path)]
    done = prepared.run(command, capture_output=True, cwd=tmp_path, check=True)
    assert b"in.parquet cannot be written again as Parquet: " in done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["in.parquet"]
