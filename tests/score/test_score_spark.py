"""The added columns in Spark, on two threads of a real one: the digits of the local engine."""

import os
import shutil
import signal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from scoring import texts

pytest.importorskip("pyspark", reason="pyspark is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]
DETAILS = ScoreOptions(details=True)


@pytest.fixture(scope="module")
def spark():
    """A local Spark. Its handler of Ctrl-C, which outlives it, does not: later tests share the process."""
    from opinia.score.spark import import_pyspark

    import_pyspark()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    heard = signal.getsignal(signal.SIGINT)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    # Java ends before what its second compiler makes is of use.
    builder = builder.config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    session = builder.config("spark.log.level", "ERROR").getOrCreate()
    yield session
    session.stop()
    signal.signal(signal.SIGINT, heard)


def test_both_functions_give_the_digits_of_the_local_engine(spark, tmp_path):
    from opinia.score.spark import add_columns, judge_udf

    model = load("seed", threads=1)
    odd = [None if number % 40 == 9 else text for number, text in enumerate(texts(300))]
    pq.write_table(
        pa.table({"id": list(range(300)), "text": pa.array(odd, pa.string())}), tmp_path / "in.parquet"
    )
    score_table(tmp_path / "in.parquet", tmp_path / "one.parquet", classifier=model, options=DETAILS)
    expected = pq.read_table(tmp_path / "one.parquet").to_pylist()
    frame = spark.read.parquet(str(tmp_path / "in.parquet")).repartition(3)
    added = add_columns(frame, model=model, options=DETAILS)
    assert in_order(added) == expected
    judged = frame.select("id", "text", judge_udf(spark, model=model, options=DETAILS)("text").alias("j"))
    assert in_order(judged.select("id", "text", "j.*")) == expected


def in_order(frame):
    """The rows of a frame by their ids. Spark would do all twice for that: first to know their range."""
    return sorted((row.asDict() for row in frame.collect()), key=lambda row: row["id"])


def test_parts_made_by_tasks_are_the_table_of_the_local_engine(spark, tmp_path):
    from opinia.score.part_work import score_parts
    from opinia.score.spark import SparkEngine

    model = load("seed", threads=1)
    pq.write_table(pa.table({"text": texts(5000)}), tmp_path / "in.parquet")
    names, out = [str(tmp_path / "in.parquet")], str(tmp_path / "out")
    summary = score_parts(names, out, model=model, options=DETAILS, engine=SparkEngine())
    score_table(names[0], tmp_path / "one.parquet", classifier=model, options=DETAILS)
    assert summary.rows == 5000
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 2
    assert pq.read_table(out) == pq.read_table(tmp_path / "one.parquet")
