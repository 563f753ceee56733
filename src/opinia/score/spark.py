"""Scoring on Spark: functions for its data frames, and parts made by its tasks.

The model goes to each executor once, as a broadcast of its bytes, and each Python worker opens it once.

Example:
    >>> from opinia.score.spark import add_columns
    >>> add_columns(spark.read.parquet("reviews"), text_column="text").write.parquet("judged")
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from opinia import extras
from opinia.errors import DataError, OpiniaError
from opinia.model.classifier import Classifier, load
from opinia.score.judging import added_columns, judge_rows
from opinia.score.options import ScoreOptions
from opinia.score.part_work import Account, Run, checked, failed, make_part
from opinia.score.parts import Part
from opinia.score.shipping import Shipped, opened, ship
from opinia.tables import Row
from opinia.tables.cells import kind_of

_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def import_pyspark() -> Any:
    """Import pyspark, whose workers then run on the Python of this process.

    Raises:
        MissingExtraError: it is not installed.
    """
    extras.require("scoring on Spark", *extras.SPARK)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    import pyspark

    return pyspark


def add_columns(
    frame: Any,
    *,
    model: Classifier | None = None,
    text_column: str | None = None,
    options: ScoreOptions = ScoreOptions(),  # noqa: B008
) -> Any:
    """Return a data frame of Spark with the columns that ``opinia score`` adds.

    Args:
        frame: a ``pyspark.sql.DataFrame``.
        model: that judges; None takes the one that comes with opinia.
        text_column: of the texts; None takes the obvious one by its name.
        options: how to go about it.

    Raises:
        DataError: there is no obvious column of texts, or a name is taken.
        InputError: an option does not fit the model.
        MissingExtraError: pyspark is not installed.
    """
    import_pyspark()
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    from opinia.score.arrow import ArrowJudge

    shipped = ship(model or load())
    judge = ArrowJudge(shipped, text_column=text_column, options=options)
    schema = judge.schema(to_arrow_schema(frame.schema))
    get = _broadcast(frame.sparkSession, shipped)

    def judged(batches: Iterator[Any]) -> Iterator[Any]:
        found = ArrowJudge(get(), text_column=text_column, options=options)
        for batch in batches:
            yield found.add(batch)

    return frame.mapInArrow(judged, from_arrow_schema(schema))


def judge_udf(
    spark: Any,
    *,
    model: Classifier | None = None,
    options: ScoreOptions = ScoreOptions(),  # noqa: B008
) -> Any:
    """Return a ``pandas_udf`` that makes of a column of texts a struct of the added columns.

    Args:
        spark: the session.
        model: that judges; None takes the one that comes with opinia.
        options: how to go about it.

    Raises:
        MissingExtraError: pyspark or pandas is not installed.

    Example:
        >>> frame.select("*", judge_udf(spark)("text").alias("judged")).select("text", "judged.label")
    """
    import_pyspark()
    import pandas
    from pyspark.sql import functions
    from pyspark.sql.types import FloatType, IntegerType, StringType, StructField, StructType

    classifier = model or load()
    added = added_columns(classifier, options)
    kinds = {"text": StringType(), "share": FloatType(), "count": IntegerType()}
    schema = StructType([StructField(column.name, kinds[column.kind]) for column in added])
    get = _broadcast(spark, ship(classifier))

    def judged(texts: Any) -> Any:
        rows = (_row(text) for text in texts)
        found: dict[str, list[Any]] = {column.name: [] for column in added}
        for _, values in judge_rows(rows, opened(get()), options, is_alone=True):
            for name, cells in found.items():
                cells += [each.item() if isinstance(each, np.generic) else each for each in values[name]]
        return pandas.DataFrame(
            {
                column.name: pandas.Series(
                    found[column.name],
                    dtype={"text": "object", "share": "float32", "count": "Int32"}[column.kind],
                )
                for column in added
            }
        )

    judged.__annotations__ = {"texts": pandas.Series, "return": pandas.DataFrame}
    return functions.pandas_udf(judged, returnType=schema)  # type: ignore[attr-defined, unused-ignore]


def _row(text: object) -> Row[None]:
    if isinstance(text, str):
        return Row(text, None, None, len(text))
    is_null = text is None or text != text  # NaN stands for null in pandas
    return Row(None, None, f"no text but {'null' if is_null else kind_of(text)}", 0)


def _broadcast(spark: Any, shipped: Shipped) -> Callable[[], Shipped]:
    """Return what gives a model where it is needed: as a broadcast, where the session has such."""
    context = getattr(spark, "_sc", None)
    if context is None:  # Spark Connect: it goes along with the function
        return lambda: shipped
    sent = context.broadcast(shipped)

    def get() -> Shipped:
        found: Shipped = sent.value
        return found

    return get


class SparkEngine:
    """Makes parts in tasks of Spark, on a cluster or on this machine's processors.

    Args:
        address: the master, such as ``"spark://host:7077"``; None takes a session that is there, else this
            machine.
        concurrency: tasks side by side on this machine; None takes all of its processors.

    Raises:
        DataError: there is no Java, or a cluster is asked for so many tasks.
        MissingExtraError: pyspark is not installed.
    """

    def __init__(self, *, address: str | None = None, concurrency: int | None = None) -> None:
        self._pyspark = import_pyspark()
        if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
            raise DataError(
                "Spark needs Java, and there is none", hint="on Debian: apt install default-jre-headless"
            )
        if address is not None and not address.startswith("local") and concurrency is not None:
            raise DataError(
                f"--concurrency is for this machine alone. Received it with {address}",
                hint="spark.cores.max of the cluster's configuration says how much of it is taken",
            )
        self._master = address or f"local[{concurrency or '*'}]"

    def __call__(self, parts: list[Part], *, model: Classifier, run: Run) -> Iterator[Account]:
        """Make parts in any order, and yield the account of each.

        Raises:
            DataError: there is no such cluster, or a part cannot be made.
        """
        with self._context() as context:
            sent = context.broadcast(ship(model))

            def make(texts: Iterator[str]) -> Iterator[str]:
                classifier = opened(sent.value)
                for text in texts:
                    try:
                        account = make_part(Part.from_json(text), run=run, model=classifier)
                    except OpiniaError as error:  # the same again would come of it elsewhere
                        account = failed(error)
                    yield json.dumps(account)

            asked = context.parallelize([part.to_json() for part in parts], len(parts))
            try:
                accounts = asked.mapPartitions(make).collect()
            except Exception as error:  # Py4J's and Spark's errors share no base class
                reason = next((line for line in str(error).splitlines() if "Error" in line), str(error))[:300]
                raise DataError(
                    f"Spark could not go on: {reason.strip()}",
                    hint="run the same again: the parts that are made are kept",
                ) from error
            for account in accounts:
                yield checked(json.loads(account))

    @contextlib.contextmanager
    def _context(self) -> Iterator[Any]:
        """Take the context that is there, or start one that ends with the work."""
        there = self._pyspark.SparkContext._active_spark_context
        if there is not None:
            yield there
            return
        settings = self._pyspark.SparkConf().setAppName("opinia score").setMaster(self._master)
        if self._master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            for name, value in _QUIET.items():
                settings.set(name, value)
        try:
            context = self._pyspark.SparkContext(conf=settings)
        except Exception as error:  # Py4J's and Spark's errors share no base class
            raise DataError(
                f"Spark does not start at {self._master}: {str(error).strip().splitlines()[0][:300]}",
                hint="is its address right, and Java 17 or newer installed?",
            ) from error
        try:
            yield context
        finally:
            context.stop()
