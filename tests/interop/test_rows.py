"""delta-rs and pyarrow, readers that we did not write, read the rows that INSERT writes: values of every
type, partitions, statistics, names and ids of mapped columns, change files, many files of one statement."""
import datetime as dt
import decimal
import json
import math
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake


@pytest.fixture
def lake(clxs):
    clxs("run-sql", "--sql", "CREATE CATALOG c")
    return Lake(clxs)


class Lake:
    def __init__(self, clxs):
        self.clxs = clxs

    def sql(self, *statements):
        for one in statements:
            self.clxs("run-sql", "--sql", one)

    def where(self, name):
        detail = self.clxs.json("run-sql", "--sql", f"DESCRIBE DETAIL c.default.{name}")
        row = dict(zip((column["name"] for column in detail["columns"]), detail["rows"][0]))
        return pathlib.Path(row["location"].removeprefix("file:"))

    def table(self, name):
        return DeltaTable(str(self.where(name)))

    def rows(self, name):
        return self.table(name).to_pyarrow_table().to_pylist()

    def log(self, name):
        """The actions of the newest version."""
        newest = sorted((self.where(name) / "_delta_log").glob("*.json"))[-1]
        return [json.loads(line) for line in newest.read_text().splitlines()]

    def adds(self, name):
        return [action["add"] for action in self.log(name) if "add" in action]

    def files(self, name):
        return sorted(path for path in self.where(name).rglob("*.parquet") if "_delta_log" not in path.parts)


TYPES = [
    ("b", "BOOLEAN", "true", True, "BOOLEAN", None),
    ("i8", "TINYINT", "-128", -128, "INT32", "Int(bitWidth=8, isSigned=true)"),
    ("i16", "SMALLINT", "-32768", -32768, "INT32", "Int(bitWidth=16, isSigned=true)"),
    ("i32", "INT", "7", 7, "INT32", None),
    ("i64", "BIGINT", "9223372036854775807", 2**63 - 1, "INT64", None),
    ("f", "FLOAT", "1.5", 1.5, "FLOAT", None),
    ("d", "DOUBLE", "-0.25", -0.25, "DOUBLE", None),
    ("d9", "DECIMAL(9,2)", "1234567.89", decimal.Decimal("1234567.89"), "INT32", "Decimal"),
    ("d18", "DECIMAL(18,3)", "123456789012345.678", decimal.Decimal("123456789012345.678"), "INT64", "Decimal"),
    ("d38", "DECIMAL(38,10)", "CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38,10))",
     decimal.Decimal("1234567890123456789012345678.0123456789"), "FIXED_LEN_BYTE_ARRAY", "Decimal"),
    ("s", "STRING", "'ü\\'x'", "ü'x", "BYTE_ARRAY", "String"),
    ("y", "BINARY", "X'00FF41'", b"\x00\xffA", "BYTE_ARRAY", None),
    ("t", "DATE", "DATE'1500-02-03'", dt.date(1500, 2, 3), "INT32", "Date"),
    ("ts", "TIMESTAMP", "TIMESTAMP'2020-01-02T03:04:05.123456Z'",
     dt.datetime(2020, 1, 2, 3, 4, 5, 123456, dt.timezone.utc), "INT64", "Timestamp(isAdjustedToUTC=true, timeUnit=microseconds"),
    ("tn", "TIMESTAMP_NTZ", "TIMESTAMP_NTZ'1500-01-02 03:04:05.000001'",
     dt.datetime(1500, 1, 2, 3, 4, 5, 1), "INT64", "Timestamp(isAdjustedToUTC=false, timeUnit=microseconds"),
]


def test_values_of_every_type_are_read(lake):
    columns = ", ".join(f"{name} {sql}" for name, sql, *_ in TYPES)
    values = ", ".join(literal for _, _, literal, *_ in TYPES)
    lake.sql(f"CREATE TABLE c.default.t ({columns})", f"INSERT INTO c.default.t VALUES ({values})",
             f"INSERT INTO c.default.t VALUES ({', '.join('NULL' for _ in TYPES)})")
    got = lake.rows("t")
    assert [row for row in got if row["i32"] == 7] == [{name: value for name, _, _, value, *_ in TYPES}]
    assert [row for row in got if row["i32"] is None] == [{name: None for name, *_ in TYPES}]


def test_types_in_the_file_are_those_that_readers_expect(lake):
    columns = ", ".join(f"{name} {sql}" for name, sql, *_ in TYPES)
    lake.sql(f"CREATE TABLE c.default.t ({columns})",
             f"INSERT INTO c.default.t VALUES ({', '.join(literal for _, _, literal, *_ in TYPES)})")
    schema = pq.ParquetFile(lake.files("t")[0]).schema
    for i, (name, _, _, _, physical, logical) in enumerate(TYPES):
        column = schema.column(i)
        assert (column.name, column.physical_type) == (name, physical)
        if logical:
            assert str(column.logical_type).startswith(logical), (name, str(column.logical_type))


def test_nested_values_are_read(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, s STRUCT<x: INT, y: STRUCT<z: STRING>>, l ARRAY<STRUCT<k: INT>>, "
             "m MAP<STRING, ARRAY<INT>>)",
             "INSERT INTO c.default.t SELECT 1, named_struct('x', 1, 'y', named_struct('z', 'q')), "
             "array(named_struct('k', 5), NULL), map('a', array(1, 2))",
             "INSERT INTO c.default.t VALUES (2, NULL, NULL, NULL)")
    got = sorted(lake.rows("t"), key=lambda row: row["id"])
    assert got == [{"id": 1, "s": {"x": 1, "y": {"z": "q"}}, "l": [{"k": 5}, None], "m": [("a", [1, 2])]},
                   {"id": 2, "s": None, "l": None, "m": None}]


def test_statistics_are_those_of_the_rows(lake):
    lake.sql("CREATE TABLE c.default.t (a INT, s STRUCT<x: STRING, y: DECIMAL(10,2)>, f DOUBLE, b BOOLEAN, y BINARY, "
             "ts TIMESTAMP, d DATE, n DOUBLE)",
             "INSERT INTO c.default.t SELECT 1, named_struct('x', repeat('ü', 40), 'y', 1.25), 0.5, true, X'01', "
             "TIMESTAMP'2020-01-01T00:00:00.123456Z', DATE'1500-01-01', double('NaN') UNION ALL "
             "SELECT NULL, named_struct('x', 'a', 'y', -3), 2e10, NULL, NULL, TIMESTAMP'2020-01-01T00:00:00.123456Z', "
             "DATE'2020-02-02', 1")
    stats = json.loads(lake.adds("t")[0]["stats"])
    assert stats["numRecords"] == 2 and stats["tightBounds"] is True
    assert stats["minValues"] == {"a": 1, "s": {"x": "a", "y": -3.0}, "f": 0.5, "ts": "2020-01-01T00:00:00.123Z",
                                  "d": "1500-01-01"}
    assert stats["maxValues"] == {"a": 1, "s": {"x": "ü" * 32 + "\U0010ffff", "y": 1.25}, "f": 2e10,
                                  "ts": "2020-01-01T00:00:00.124Z", "d": "2020-02-02"}
    assert stats["nullCount"] == {"a": 1, "s": {"x": 0, "y": 0}, "f": 0, "b": 1, "y": 1, "ts": 0, "d": 0, "n": 0}
    flat = pa.table(lake.table("t").get_add_actions(flatten=True)).to_pylist()[0]
    assert (flat["num_records"], flat["min.a"], flat["null_count.a"]) == (2, 1, 1)
    assert flat["max.s.y"] == decimal.Decimal("1.25") and flat["min.d"] == dt.date(1500, 1, 1)


def test_bounds_that_a_log_cannot_hold_are_left_out(lake):
    lake.sql("CREATE TABLE c.default.t (z STRING, ts TIMESTAMP, g STRING, i DOUBLE)",
             "INSERT INTO c.default.t SELECT concat('a', chr(0), 'b'), TIMESTAMP'9999-12-31T23:59:59.999999Z', "
             "concat(repeat('a', 32), unhex('F48FBFBF') :: STRING, 'b'), double('Infinity')")
    stats = json.loads(lake.adds("t")[0]["stats"])
    assert stats["maxValues"] == {}
    assert stats["minValues"] == {"ts": "9999-12-31T23:59:59.999Z", "g": "a" * 32}
    assert stats["nullCount"] == {"z": 0, "ts": 0, "g": 0, "i": 0}
    assert len(lake.rows("t")[0]["z"]) == 3


@pytest.mark.parametrize("property,kept", [("'delta.dataSkippingNumIndexedCols' = '2'", {"a", "s.x"}),
                                           ("'delta.dataSkippingNumIndexedCols' = '0'", set()),
                                           ("'delta.dataSkippingNumIndexedCols' = '-1'", {"a", "s.x", "s.y", "z"}),
                                           ("'delta.dataSkippingStatsColumns' = 's.y, `z`'", {"s.y", "z"}),
                                           ("'delta.dataSkippingStatsColumns' = 'S'", {"s.x", "s.y"})])
def test_statistics_are_of_the_columns_that_the_table_names(lake, property, kept):
    lake.sql(f"CREATE TABLE c.default.t (a INT, s STRUCT<x: INT, y: INT>, z INT) TBLPROPERTIES ({property})",
             "INSERT INTO c.default.t SELECT 1, named_struct('x', 1, 'y', 2), 3")
    stats = json.loads(lake.adds("t")[0]["stats"])

    def leaves(tree, before=""):
        for key, value in tree.items():
            yield from leaves(value, f"{before}{key}.") if isinstance(value, dict) else [before + key]
    for member in ("minValues", "maxValues", "nullCount"):
        assert set(leaves(stats[member])) == kept
    assert stats["numRecords"] == 1


PARTITIONS = [("STRING", "'a/b c=%ü\\'\"{}[]?'", "a/b c=%ü'\"{}[]?"), ("STRING", "NULL", None), ("STRING", "''", None),
              ("INT", "-5", -5), ("BIGINT", "9223372036854775807", 2**63 - 1), ("BOOLEAN", "false", False),
              ("DATE", "DATE'1500-02-03'", dt.date(1500, 2, 3)), ("DECIMAL(10,2)", "1.50", decimal.Decimal("1.50")),
              ("DOUBLE", "0.1", 0.1), ("FLOAT", "1.5", 1.5), ("DOUBLE", "double('-Infinity')", -math.inf),
              ("DOUBLE", "1e300", 1e300), ("DATE", "DATE'0001-01-01'", dt.date(1, 1, 1)),
              ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ'0900-01-02 03:04:05'", dt.datetime(900, 1, 2, 3, 4, 5)),
              ("TIMESTAMP", "TIMESTAMP'2020-01-02T03:04:05.5Z'",
               dt.datetime(2020, 1, 2, 3, 4, 5, 500000, dt.timezone.utc)),
              ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ'2020-01-02 03:04:05.5'", dt.datetime(2020, 1, 2, 3, 4, 5, 500000))]


@pytest.mark.parametrize("sql,literal,value", PARTITIONS, ids=lambda v: str(v)[:12])
def test_partition_values_of_every_type_are_read(lake, sql, literal, value):
    lake.sql(f"CREATE TABLE c.default.t (id INT, p {sql}) PARTITIONED BY (p)",
             f"INSERT INTO c.default.t VALUES (1, {literal})")
    assert lake.rows("t") == [{"id": 1, "p": value}]
    ours = lake.clxs.rows(f"SELECT id, p <=> {'NULL' if value is None else literal} FROM c.default.t")
    assert ours == [["1", "true"]]
    assert pq.ParquetFile(lake.files("t")[0]).schema.names == ["id"]


def test_numbers_that_are_none_are_written_as_java_writes_them(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, p DOUBLE, q FLOAT) PARTITIONED BY (p, q)",
             "INSERT INTO c.default.t VALUES (1, double('NaN'), float('Infinity'))")
    assert lake.adds("t")[0]["partitionValues"] == {"p": "NaN", "q": "Infinity"}
    assert lake.clxs.rows("SELECT isnan(p), q FROM c.default.t") == [["true", "Infinity"]]


def test_a_binary_partition_is_written_as_characters(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, p BINARY) PARTITIONED BY (p)",
             "INSERT INTO c.default.t VALUES (1, X'01FF41'), (2, NULL)")
    values = sorted((add["partitionValues"]["p"] for add in lake.adds("t")), key=str)
    assert values == ["\x01\u00ffA", None]
    assert lake.clxs.rows("SELECT id, hex(p) FROM c.default.t ORDER BY id") == [["1", "01FF41"], ["2", None]]


def test_mapped_columns_have_physical_names_and_ids(lake):
    lake.sql("CREATE TABLE c.default.t (`a b` INT, s STRUCT<`x,y`: INT>, p STRING) PARTITIONED BY (p) "
             "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
             "INSERT INTO c.default.t SELECT 1, named_struct('x,y', 2), 'q'")
    snapshot = {action_kind: action for action in [json.loads(line) for line in sorted(
        (lake.where("t") / "_delta_log").glob("*.json"))[0].read_text().splitlines()] for action_kind in action}
    fields = json.loads(snapshot["metaData"]["metaData"]["schemaString"])["fields"]
    physical = [field["metadata"]["delta.columnMapping.physicalName"] for field in fields]
    ids = [field["metadata"]["delta.columnMapping.id"] for field in fields]
    add = lake.adds("t")[0]
    assert add["partitionValues"] == {physical[2]: "q"}
    inner = fields[1]["type"]["fields"][0]["metadata"]["delta.columnMapping.physicalName"]
    assert json.loads(add["stats"])["minValues"] == {physical[0]: 1, physical[1]: {inner: 2}}
    arrow = pq.read_schema(lake.files("t")[0])
    assert arrow.names == physical[:2]
    assert [int(arrow.field(i).metadata[b"PARQUET:field_id"]) for i in range(2)] == ids[:2]
    assert int(arrow.field(1).type.field(0).metadata[b"PARQUET:field_id"]) == \
        fields[1]["type"]["fields"][0]["metadata"]["delta.columnMapping.id"]
    assert lake.clxs.rows("SELECT `a b`, s.`x,y`, p FROM c.default.t") == [["1", "2", "q"]]


def test_a_large_insert_gives_several_files(lake):
    lake.sql("CREATE TABLE c.default.t (id BIGINT, s STRING) TBLPROPERTIES ('delta.targetFileSize' = '4mb')",
             "INSERT INTO c.default.t SELECT id, repeat(CAST(uuid() AS STRING), 2) FROM range(600000)")
    adds = lake.adds("t")
    assert len(adds) > 2 and sum(json.loads(add["stats"])["numRecords"] for add in adds) == 600000
    for add in adds:
        file = pq.ParquetFile(lake.where("t") / add["path"])
        stats = json.loads(add["stats"])
        ids = file.read(["id"]).column("id").to_pylist()
        assert file.metadata.num_rows == stats["numRecords"]
        assert (min(ids), max(ids)) == (stats["minValues"]["id"], stats["maxValues"]["id"])
    assert lake.table("t").to_pyarrow_table(columns=["id"]).num_rows == 600000


def test_a_large_partition_gives_several_files(lake):
    lake.sql("CREATE TABLE c.default.t (id BIGINT, m MAP<STRING, INT>, s STRING, p STRING, y TINYINT) PARTITIONED BY (p) "
             "TBLPROPERTIES ('delta.targetFileSize' = '2mb', 'delta.columnMapping.mode' = 'name')",
             "INSERT INTO c.default.t SELECT id, map('a', 1), CAST(uuid() AS STRING), "
             "CASE WHEN id < 10 THEN 'few' ELSE 'x y' END, 7 FROM range(300000)")
    adds = lake.adds("t")
    sizes = {}
    for add in adds:
        sizes.setdefault(next(iter(add["partitionValues"].values())), []).append(json.loads(add["stats"])["numRecords"])
    assert sizes["few"] == [10] and len(sizes["x y"]) > 1 and sum(sizes["x y"]) == 299990
    assert len(lake.files("t")) == len(adds)
    ids = {int(pq.read_schema(path).field(0).metadata[b"PARQUET:field_id"]) for path in lake.files("t")}
    assert ids == {1}
    assert lake.clxs.rows("SELECT count(DISTINCT id), min(m['a']), max(y) FROM c.default.t") == [["300000", "1", "7"]]


def test_many_partitions_of_one_insert_are_read(lake):
    lake.sql("CREATE TABLE c.default.t (id BIGINT, p BIGINT) PARTITIONED BY (p)",
             "INSERT INTO c.default.t SELECT id, id % 300 FROM range(3000)")
    got = lake.rows("t")
    assert len(got) == 3000 and all(row["p"] == row["id"] % 300 for row in got)


@pytest.mark.parametrize("codec,found,suffix", [("zstd", "ZSTD", ".zstd"), ("GZIP", "GZIP", ".gz"),
                                                ("none", "UNCOMPRESSED", ""), ("snappy", "SNAPPY", ".snappy")])
def test_the_tables_codec_is_used(lake, codec, found, suffix):
    lake.sql(f"CREATE TABLE c.default.t (id INT) TBLPROPERTIES ('delta.parquet.compression.codec' = '{codec}')",
             "INSERT INTO c.default.t SELECT id FROM range(1000)")
    file = lake.files("t")[0]
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == found
    assert file.name.endswith(f".c000{suffix}.parquet")


def test_replaced_rows_are_in_the_change_feed(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, p STRING) PARTITIONED BY (p) "
             "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
             "INSERT INTO c.default.t VALUES (1, 'x'), (2, 'x'), (3, 'y')",
             "INSERT INTO c.default.t REPLACE WHERE id >= 2 VALUES (4, 'z')")
    feed = pa.table(lake.table("t").load_cdf(starting_version=2).read_all())
    got = sorted((row["_change_type"], row["id"], row["p"]) for row in feed.to_pylist())
    assert got == [("delete", 2, "x"), ("delete", 3, "y"), ("insert", 4, "z")]
    assert sorted((row["id"], row["p"]) for row in lake.rows("t")) == [(1, "x"), (4, "z")]


def test_overwritten_partitions_are_gone_for_others(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, p STRING) PARTITIONED BY (p)",
             "INSERT INTO c.default.t VALUES (1, 'x'), (2, 'y')",
             "INSERT OVERWRITE c.default.t PARTITION (p = 'x') VALUES (3)")
    assert sorted((row["id"], row["p"]) for row in lake.rows("t")) == [(2, "y"), (3, "x")]
    info = next(action["commitInfo"] for action in lake.log("t") if "commitInfo" in action)
    assert info["operation"] == "WRITE" and info["operationParameters"]["mode"] == "Overwrite"
    assert info["operationParameters"]["partitionBy"] == '["p"]'
    assert info["operationMetrics"]["numRemovedFiles"] == "1" and info["operationMetrics"]["numOutputRows"] == "1"


def test_rules_that_others_made_are_kept(lake, tmp_path):
    folder = tmp_path / "theirs"
    write_deltalake(str(folder), pa.table({"id": pa.array([1], pa.int64()), "s": ["x"]}))
    DeltaTable(str(folder)).alter.add_constraint({"small": "id < 10 AND s <> 'no'"})
    lake.sql(f"CREATE TABLE c.default.t USING DELTA LOCATION '{folder}'", "INSERT INTO c.default.t VALUES (2, 'y')")
    done = lake.clxs.run("run-sql", "--sql", "INSERT INTO c.default.t VALUES (10, 'z')")
    assert done.returncode != 0 and "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES" in done.stderr
    assert " - id : 10" in done.stderr
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 2]


def test_they_append_to_what_we_made(lake):
    lake.sql("CREATE TABLE c.default.t (id BIGINT NOT NULL, s STRING, p STRING) PARTITIONED BY (p)",
             "INSERT INTO c.default.t VALUES (1, 'x', 'a')")
    schema = pa.schema([pa.field("id", pa.int64(), False), ("s", pa.string()), ("p", pa.string())])
    write_deltalake(str(lake.where("t")), pa.table({"id": [2], "s": ["y"], "p": ["b c"]}, schema), mode="append")
    lake.sql("INSERT INTO c.default.t VALUES (3, 'z', 'b c')")
    assert lake.clxs.rows("SELECT * FROM c.default.t ORDER BY id") == [["1", "x", "a"], ["2", "y", "b c"],
                                                                       ["3", "z", "b c"]]
    assert sorted(row["id"] for row in lake.rows("t")) == [1, 2, 3]
    done = lake.clxs.run("run-sql", "--sql", "INSERT INTO c.default.t VALUES (NULL, 'z', 'q')")
    assert "DELTA_NOT_NULL_CONSTRAINT_VIOLATED" in done.stderr


def test_identity_and_generated_columns_are_read_and_the_mark_moves(lake):
    lake.sql("CREATE TABLE c.default.t (id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2), a INT, "
             "g INT GENERATED ALWAYS AS (a * 2))",
             "INSERT INTO c.default.t (a) VALUES (1), (2)", "INSERT INTO c.default.t (a) VALUES (3)")
    got = sorted(lake.rows("t"), key=lambda row: row["id"])
    assert got == [{"id": 5, "a": 1, "g": 2}, {"id": 7, "a": 2, "g": 4}, {"id": 9, "a": 3, "g": 6}]
    metadata = next(action["metaData"] for action in lake.log("t") if "metaData" in action)
    assert json.loads(metadata["schemaString"])["fields"][0]["metadata"]["delta.identity.highWaterMark"] == 9


def test_files_of_a_clustered_table_say_so(lake):
    lake.sql("CREATE TABLE c.default.t (id INT, s STRING) CLUSTER BY (id)", "INSERT INTO c.default.t VALUES (1, 'x')")
    assert [add["clusteringProvider"] for add in lake.adds("t")] == ["liquid"]
    assert lake.rows("t") == [{"id": 1, "s": "x"}]
