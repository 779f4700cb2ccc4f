"""One Spark session with Delta for all tests: two threads, little memory, no web page, everything in one folder.

The interpreter is that of build/venv-spark; the JARs were put into build/deps/spark-jars by `tools/setup spark`.
"""
import logging
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/interop")]

from readers import Unsupported  # noqa: E402
from values import canonical  # noqa: E402


def session(work):
    from pyspark.sql import SparkSession
    jars = sorted((ROOT / "build/deps/spark-jars").glob("*.jar"))
    assert jars, "run tools/setup spark"
    settings = {
        "spark.jars": ",".join(map(str, jars)),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": f"{work}/warehouse",
        "spark.local.dir": f"{work}/local",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={work}/derby -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",   # tables of ten rows: compiling a plan costs more than running it
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.databricks.delta.stalenessLimit": "0",
        # Of the golden table with compacted logs, Spark reads rows that later commits removed, unless it reads each commit.
        "spark.databricks.delta.deltaLog.minorCompaction.useForReads": "false",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.legacy.createHiveTableByDefault": "false",
        "spark.log.level": "OFF",
    }
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.master("local[2]").appName("clxs")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def why(error):
    """The innermost message of a Java exception, on one line."""
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    return (str(cause.toString()) if cause is not None else f"{type(error).__name__}: {error}").split("\n")[0][:300]


class Spark:
    """Spark as a reader of a folder."""
    name = "Spark"

    def __init__(self, spark):
        self.spark = spark

    def of(self, frame):
        return frame.columns, [[canonical(v) for v in row] for row in frame.collect()]

    def rows(self, case, location):
        try:
            return self.of(self.spark.read.format("delta").load(location))
        except Exception as e:
            raise RuntimeError(why(e)) from None

    def history(self, case, location):
        found = self.spark.sql(f"DESCRIBE HISTORY delta.`{location}`").select("version", "operation").collect()
        return [(h.version, h.operation) for h in found]

    def changes(self, case, location, start):
        mapped = case and "delta.columnMapping.mode" in case.feature.properties
        if mapped and "CREATE OR REPLACE TABLE" in case.history:  # it gives rows of NULLs
            raise Unsupported("Spark does not read the change feed of a table with column mapping across its replacement")
        return self.of(self.spark.read.format("delta").option("readChangeFeed", "true")
                       .option("startingVersion", start).load(location))
