"""Tables that Spark writes: every feature of the format that its SQL can turn on, each with a little history.

A maker is a list of statements with {t} for the table (or functions of session and folder), and settings (without `spark.databricks.delta.`) that hold while
they run. Every table has id BIGINT, n INT (or wider), v STRING and at least ids 1, 2, 3.
"""
import dataclasses


@dataclasses.dataclass
class Maker:
    statements: list
    settings: dict = dataclasses.field(default_factory=dict)
    written: bool = True  # False: not a table that others may write (the reason is its own)


def rows(first, last, more=""):
    """INSERT of ids first to last; `more` are further expressions over id."""
    return (f"INSERT INTO {{t}} SELECT id, CAST(id * 10 AS INT), IF(id % 4 = 0, NULL, concat('v', id)){more} "
            f"FROM range({first}, {last + 1}, 1, 1)")


def made(columns="", layout="", more="", **properties):
    """CREATE and two inserts."""
    listed = ", ".join(f"'delta.{k}' = '{v}'" for k, v in properties.items())
    create = f"CREATE TABLE {{t}} (id BIGINT, n INT, v STRING{columns}) USING delta {layout}"
    return [create + (f" TBLPROPERTIES ({listed})" if listed else ""), rows(1, 5, more), rows(6, 10, more)]


def with_column(name, how):
    """CREATE with a column that SQL on a folder does not make."""
    def create(spark, folder):
        import delta.tables as delta
        table = delta.DeltaTable.create(spark).location(folder)
        for plain, kind in (("id", "BIGINT"), ("n", "INT"), ("v", "STRING")):
            table = table.addColumn(plain, kind)
        table.addColumn(name, "BIGINT", **how(delta)).execute()
    return create


CHANGES = ["DELETE FROM {t} WHERE id = 4", "UPDATE {t} SET v = 'upd', n = n + 1 WHERE id IN (5, 6)",
           """MERGE INTO {t} t USING (SELECT 7L AS id UNION ALL SELECT 70L) s ON t.id = s.id
              WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, n, v) VALUES (s.id, 700, 'merged')"""]
MAPPING = {"columnMapping.mode": "name"}
TINY = {"checkpoint.partSize": "2"}


def partitioned(kind, expression):
    return Maker(made(f", p {kind}", "PARTITIONED BY (p)", f", CAST({expression} AS {kind})") + CHANGES[:2])


SPARK_TABLES = {
    "plain": Maker(made() + CHANGES),
    "every type": Maker(made(
        ", b BOOLEAN, i8 TINYINT, i16 SMALLINT, f FLOAT, d DOUBLE, x BINARY, dt DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ, "
        "dec DECIMAL(38,10), dec2 DECIMAL(9,2)", "",
        ", id % 2 = 0, -id, -300 * id, CAST(id / 4 AS FLOAT), id / 3, X'00FF', DATE'1500-02-03', "
        "TIMESTAMP'1969-12-31 23:59:59.999999', TIMESTAMP_NTZ'2026-03-29 02:30:00', "
        "CAST('-1234567890123456789012345678.0123456789' AS DECIMAL(38,10)), CAST('1.20' AS DECIMAL(9,2))")),
    "int96 timestamps": Maker(["SET spark.sql.parquet.outputTimestampType=INT96", *made(
        ", ts TIMESTAMP", "", ", TIMESTAMP'1500-02-03 04:05:06.789' + make_interval(id)"),
        "SET spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS"]),
    "nested types": Maker(made(", a ARRAY<INT>, m MAP<STRING, STRUCT<x: INT>>, s STRUCT<x: INT, y: STRUCT<z: STRING>>", "",
                               ", array(CAST(id AS INT), NULL), map('k', named_struct('x', 1)), "
                               "IF(id = 2, NULL, named_struct('x', 1, 'y', named_struct('z', v)))".replace("'z', v", "'z', 'zz'"))),
    "variant": Maker(made(", j VARIANT", "", ", parse_json(concat('{{\"a\":', id, '}}'))")),
    "partitioned by STRING": partitioned("STRING", "element_at(array('a/b', 'x y', NULL, '50%', 'k=v', 'ü:é'), CAST(1 + id % 6 AS INT))"),
    "partitioned by INT": partitioned("INT", "IF(id = 3, NULL, id % 2)"),
    "partitioned by BOOLEAN": partitioned("BOOLEAN", "id % 2 = 0"),
    "partitioned by DECIMAL": partitioned("DECIMAL(10,2)", "-1.5 * (id % 2)"),
    "partitioned by DOUBLE": partitioned("DOUBLE", "id % 2 / 4"),
    "partitioned by DATE": partitioned("DATE", "date_add(DATE'1500-02-03', CAST(id % 2 AS INT))"),
    "partitioned by TIMESTAMP": partitioned("TIMESTAMP", "timestamp_micros(id % 2 + 1234567890123456)"),
    "partitioned by TIMESTAMP_NTZ": partitioned("TIMESTAMP_NTZ", "timestamp_micros(id % 2 + 1234567890123456)"),
    "partitioned by BINARY": partitioned("BINARY", "CAST(concat('z/', id % 2) AS STRING)"),
    "column mapping: name": Maker(made(**MAPPING) + CHANGES + [
        "ALTER TABLE {t} RENAME COLUMN v TO w", "ALTER TABLE {t} ADD COLUMN v STRING", "ALTER TABLE {t} DROP COLUMN w",
        "INSERT INTO {t} VALUES (20, 200, 'new v')"]),
    "column mapping: id": Maker(made(**{"columnMapping.mode": "id"}) + [
        "ALTER TABLE {t} RENAME COLUMN n TO number", "ALTER TABLE {t} ADD COLUMN n INT",
        "INSERT INTO {t} (id, n, v) VALUES (20, 200, 'new n')"]),
    "column mapping: nested": Maker(made(", s STRUCT<x: INT, y: STRING>, a ARRAY<STRUCT<q: INT>>", "",
                                         ", named_struct('x', 1, 'y', 'y'), array(named_struct('q', 5))", **MAPPING) + [
        "ALTER TABLE {t} RENAME COLUMN s.x TO renamed", "ALTER TABLE {t} ADD COLUMN s.x STRING",
        "ALTER TABLE {t} DROP COLUMN s.y"]),
    "column mapping: turned on later": Maker(made() + [
        "ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')", "ALTER TABLE {t} RENAME COLUMN n TO `n, ü`",
        "ALTER TABLE {t} ADD COLUMN n INT", rows(11, 12).replace("{t}", "{t} (id, n, v)")]),
    "deletion vectors": Maker(made(enableDeletionVectors="true") + CHANGES),
    "deletion vectors, partitions": Maker(made(", p INT", "PARTITIONED BY (p)", ", id % 2", enableDeletionVectors="true") + CHANGES),
    "change feed": Maker(made(enableChangeDataFeed="true") + CHANGES),
    "change feed, deletion vectors": Maker(made(enableChangeDataFeed="true", enableDeletionVectors="true") + CHANGES),
    "change feed, column mapping": Maker(made(enableChangeDataFeed="true", **MAPPING) + CHANGES),
    "type widening": Maker(made(", b TINYINT, d DECIMAL(5,2), f FLOAT, dt DATE, s STRUCT<x: SMALLINT>", "",
                                ", id, id / 4, id / 4, DATE'2026-01-01', named_struct('x', CAST(7 AS SMALLINT))",
                                **{"enableTypeWidening": "true", "feature.timestampNtz": "supported"}) + [
        "ALTER TABLE {t} ALTER COLUMN n TYPE BIGINT", "ALTER TABLE {t} ALTER COLUMN b TYPE INT",
        "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(12,4)", "ALTER TABLE {t} ALTER COLUMN f TYPE DOUBLE",
        "ALTER TABLE {t} ALTER COLUMN dt TYPE TIMESTAMP_NTZ", "ALTER TABLE {t} ALTER COLUMN s.x TYPE BIGINT",
        "INSERT INTO {t} VALUES (30, 1099511627776, 'wide', 100000, 12345678.1234, 0.1, TIMESTAMP_NTZ'2026-01-01 01:02:03', "
        "named_struct('x', 5000000000))"]),
    "type widening: int to double": Maker(made(enableTypeWidening="true") + [
        "ALTER TABLE {t} ALTER COLUMN n TYPE DOUBLE", "INSERT INTO {t} VALUES (30, 0.5, 'wide')"]),
    "row tracking": Maker(made(enableRowTracking="true") + CHANGES),
    "row tracking: turned on later": Maker(made() + [
        "ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')", *CHANGES]),
    "in-commit timestamps": Maker(made(enableInCommitTimestamps="true") + CHANGES),
    "in-commit timestamps: later": Maker(made() + [
        "ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')", *CHANGES]),
    "checkpoint": Maker(made(checkpointInterval="2") + CHANGES),
    "checkpoint in parts": Maker(made(checkpointInterval="3") + CHANGES, TINY),
    "checkpoint with structs": Maker(made(checkpointInterval="2", **{
        "checkpoint.writeStatsAsJson": "false", "checkpoint.writeStatsAsStruct": "true"}) + CHANGES),
    "v2 checkpoint: JSON, sidecars": Maker(made(checkpointPolicy="v2", checkpointInterval="2", enableDeletionVectors="true") +
                                           CHANGES, {**TINY, "checkpointV2.topLevelFileFormat": "json"}),
    "v2 checkpoint: Parquet, sidecars": Maker(made(checkpointPolicy="v2", checkpointInterval="2") + CHANGES,
                                              {**TINY, "checkpointV2.topLevelFileFormat": "parquet"}),
    "clustering": Maker(made(layout="CLUSTER BY (id, v)") + ["OPTIMIZE {t}", *CHANGES, "ALTER TABLE {t} CLUSTER BY (n)"]),
    "identity column": Maker([
        with_column("k", lambda delta: {"generatedByDefaultAs": delta.IdentityGenerator(start=100, step=5)}),
        *[rows(a, b).replace("{t}", "{t} (id, n, v)") for a, b in ((1, 5), (6, 10))]]),
    "generated column": Maker([
        with_column("g", lambda delta: {"generatedAlwaysAs": "id * 2"}),
        *[rows(a, b).replace("{t}", "{t} (id, n, v)") for a, b in ((1, 5), (6, 10))]]),
    "default column": Maker([
        "CREATE TABLE {t} (id BIGINT, n INT DEFAULT 7, v STRING, d STRING DEFAULT 'dd') USING delta "
        "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')",
        *[rows(a, b).replace("{t}", "{t} (id, n, v)") for a, b in ((1, 5), (6, 10))]]),
    "constraints": Maker(made(", c INT NOT NULL", "", ", 1") + [
        "ALTER TABLE {t} ADD CONSTRAINT small CHECK (id < 10000)", "ALTER TABLE {t} ALTER COLUMN c DROP NOT NULL"]),
    "append-only": Maker(made(appendOnly="true"), written=False),
    "overwritten": Maker(made() + ["INSERT OVERWRITE {t} SELECT id, 1, 'o' FROM range(1, 4)",
                                   "INSERT INTO {t} REPLACE WHERE id = 3 SELECT 3L, 3, 'r'"]),
    "restored": Maker(made(enableDeletionVectors="true") + [*CHANGES, "RESTORE TABLE {t} TO VERSION AS OF 2"]),
    "optimized, purged, vacuumed": Maker(made(enableDeletionVectors="true") + [
        *CHANGES[:2], "OPTIMIZE {t} ZORDER BY (n)", "REORG TABLE {t} APPLY (PURGE)", "VACUUM {t} RETAIN 0 HOURS"],
        {"retentionDurationCheck.enabled": "false", "vacuum.logging.enabled": "true"}),
    "Iceberg compatible": Maker(made(enableIcebergCompatV2="true", **MAPPING) + CHANGES),
    "a feature dropped": Maker(made(enableDeletionVectors="true", enableTypeWidening="true") + [
        "ALTER TABLE {t} DROP FEATURE typeWidening"]),
    "upgraded protocol": Maker(made(minReaderVersion="2", minWriterVersion="5") + CHANGES),
}
