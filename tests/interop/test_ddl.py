"""delta-rs reads schema, properties, protocol, history and rows of the tables that CREATE and ALTER make."""
import json
import pathlib

import pytest
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError

from lake import Lake, Refused

PLAIN = ["appendOnly", "invariants"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    opened = Lake(tmp_path_factory.mktemp("ddl"))
    yield opened
    opened.close()


@pytest.fixture
def table(lake, request):
    """A schema of its own; `table.name` is a table in it that the test makes."""
    schema = "s%d" % abs(hash(request.node.name))
    lake.sql(f"CREATE SCHEMA {schema}")
    return Table(lake, f"main.{schema}.t")


class Table:
    def __init__(self, lake, name):
        self.lake, self.name = lake, name

    def sql(self, *statements):
        for one in statements:
            self.lake.sql(one.replace("{t}", self.name))

    def refused(self, statement):
        with pytest.raises(Refused) as refusal:
            self.lake.sql(statement.replace("{t}", self.name))
        return str(refusal.value)

    @property
    def folder(self):
        return self.lake.location(self.name)

    def delta(self):
        return DeltaTable(self.folder)

    def fields(self):
        return {f["name"]: f for f in json.loads(self.delta().schema().to_json())["fields"]}

    def protocol(self):
        p = self.delta().protocol()
        return (p.min_reader_version, p.min_writer_version, sorted(p.reader_features or []), sorted(p.writer_features or []))

    def rows(self, what="*", order=""):
        try:
            builder = QueryBuilder().register("t", self.delta())
        except DeltaError as e:
            pytest.skip(f"this reader stops here: {e}") if "features required" in str(e) else None
            raise
        found = builder.execute(f"SELECT {what} FROM t {order}").read_all()
        columns = [c.to_pylist() for c in found.columns]
        return [tuple(row) for row in zip(*columns)]

    def log(self):
        """The actions of each version."""
        return [[json.loads(line) for line in path.read_text().splitlines()]
                for path in sorted((pathlib.Path(self.folder) / "_delta_log").glob("*.json"))]

    def newest(self, kind):
        return [action[kind] for action in self.log()[-1] if kind in action]


def test_columns_of_every_kind_have_their_metadata(table):
    table.sql("""CREATE TABLE {t} (id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), x INT NOT NULL COMMENT 'the x',
                 y BIGINT GENERATED ALWAYS AS (CAST(x AS BIGINT) * 2), d STRING DEFAULT 'none', v VARCHAR(4), s STRUCT<a: INT NOT NULL COMMENT 'in', b: ARRAY<STRING>>,
                 CONSTRAINT Positive CHECK (x > 0)) COMMENT 'about'
                 TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported', 'mine' = '1')""",
              "INSERT INTO {t} (x, v, s) VALUES (1, 'ab', named_struct('a', 1, 'b', array('p'))), (2, NULL, named_struct('a', 2, 'b', NULL))")
    f = table.fields()
    assert f["id"]["metadata"]["delta.identity.start"] == 10 and f["id"]["metadata"]["delta.identity.step"] == 5
    assert f["id"]["metadata"]["delta.identity.allowExplicitInsert"] is False
    assert f["x"]["nullable"] is False and f["x"]["metadata"]["comment"] == "the x"
    assert f["y"]["metadata"]["delta.generationExpression"] == "CAST(x AS BIGINT) * 2"
    assert f["d"]["metadata"]["CURRENT_DEFAULT"] == "'none'"
    assert f["v"]["metadata"]["__CHAR_VARCHAR_TYPE_STRING"] == "varchar(4)"
    inner = f["s"]["type"]["fields"][0]
    assert inner["nullable"] is False and inner["metadata"]["comment"] == "in"
    meta = table.delta().metadata()
    assert meta.description == "about"
    assert meta.configuration == {"delta.constraints.positive": "x > 0", "mine": "1"}
    assert table.protocol() == (1, 7, [], sorted(PLAIN + ["allowColumnDefaults", "checkConstraints", "generatedColumns", "identityColumns"]))
    assert sorted(table.rows("x, y, d, v")) == [(1, 2, "none", "ab"), (2, 4, "none", None)]
    assert sorted(i for (i,) in table.rows("id")) == [10, 15]


@pytest.mark.parametrize("properties, expected", [
    ({}, (1, 2, [], [])),
    ({"delta.appendOnly": "true"}, (1, 2, [], [])),
    ({"delta.enableChangeDataFeed": "true"}, (1, 4, [], [])),
    ({"delta.columnMapping.mode": "id"}, (2, 5, [], [])),
    ({"delta.enableDeletionVectors": "true"}, (3, 7, ["deletionVectors"], PLAIN + ["deletionVectors"])),
    ({"delta.enableRowTracking": "true"}, (1, 7, [], PLAIN + ["domainMetadata", "rowTracking"])),
    ({"delta.enableInCommitTimestamps": "true"}, (1, 7, [], PLAIN + ["inCommitTimestamp"])),
    ({"delta.checkpointPolicy": "v2"}, (3, 7, ["v2Checkpoint"], PLAIN + ["v2Checkpoint"])),
    ({"delta.enableTypeWidening": "true"}, (3, 7, ["typeWidening"], PLAIN + ["typeWidening"])),
    ({"delta.feature.vacuumProtocolCheck": "supported"}, (3, 7, ["vacuumProtocolCheck"], PLAIN + ["vacuumProtocolCheck"])),
    ({"delta.minReaderVersion": "2", "delta.minWriterVersion": "6"}, (2, 6, [], [])),
    ({"delta.columnMapping.mode": "name", "delta.enableDeletionVectors": "true"},
     (3, 7, ["columnMapping", "deletionVectors"], PLAIN + ["columnMapping", "deletionVectors"])),
])
@pytest.mark.parametrize("later", [False, True], ids=["created", "altered"])
def test_properties_bring_their_features(table, properties, expected, later):
    given = ", ".join(f"'{k}' = '{v}'" for k, v in properties.items())
    if later and properties.get("delta.columnMapping.mode") == "id":
        pytest.skip("the mode id is for new tables")
    clause = f"TBLPROPERTIES ({given})" if given and not later else ""
    table.sql("CREATE TABLE {t} (a INT, s STRUCT<x: INT>) " + clause, "INSERT INTO {t} VALUES (1, named_struct('x', 2))")
    if later and given:
        table.sql(f"ALTER TABLE {{t}} SET TBLPROPERTIES ({given})")
    table.sql("INSERT INTO {t} VALUES (3, named_struct('x', 4))")
    reader, writer, readers, writers = expected
    assert table.protocol() == (reader, writer, sorted(readers), sorted(writers))
    kept = {k: v for k, v in properties.items() if not k.startswith(("delta.feature.", "delta.min"))}
    assert kept.items() <= table.delta().metadata().configuration.items()
    assert sorted(table.rows("a, s['x']")) == [(1, 2), (3, 4)]


def test_a_legacy_protocol_is_spelled_out(table):
    table.sql("CREATE TABLE {t} (a INT) TBLPROPERTIES ('delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '6')",
              "ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    legacy = PLAIN + ["checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns"]
    assert table.protocol() == (3, 7, ["columnMapping", "typeWidening"], sorted(legacy + ["typeWidening"]))


def test_row_tracking_numbers_what_was_there(table):
    table.sql("CREATE TABLE {t} (a INT)", "INSERT INTO {t} VALUES (1), (2)", "INSERT INTO {t} VALUES (3)",
              "ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    adds = table.newest("add")
    assert len(adds) == 2 and all(a["dataChange"] is False and a["defaultRowCommitVersion"] == 3 for a in adds)
    taken = sorted((a["baseRowId"], json.loads(a["stats"])["numRecords"]) for a in adds)
    assert taken[0][0] == 0 and taken[1][0] == taken[0][1]
    marks = [json.loads(d["configuration"])["rowIdHighWaterMark"] for d in table.newest("domainMetadata")]
    assert marks == [2]
    assert sorted(table.rows()) == [(1,), (2,), (3,)]


def test_row_tracking_counts_the_files_of_writers_that_did_not(table, tmp_path):
    table.sql("CREATE TABLE {t} (a INT) TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '0')", "INSERT INTO {t} VALUES (1), (2)",
              "INSERT INTO {t} VALUES (3)")
    for path in (pathlib.Path(table.folder) / "_delta_log").glob("*"):
        if path.suffix == ".json":
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            for action in lines:
                action.get("add", {}).pop("stats", None)
            path.write_text("".join(json.dumps(action) + "\n" for action in lines))
        else:
            path.unlink()
    table.sql("ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    adds = table.newest("add")
    assert sorted(json.loads(a["stats"])["numRecords"] for a in adds) == [1, 2]
    assert len(adds) == 2 and all(a["dataChange"] is False and "baseRowId" in a for a in adds)
    assert sorted(table.rows()) == [(1,), (2,), (3,)]


def test_widened_columns_read_old_and_new_files(table):
    table.sql("CREATE TABLE {t} (a TINYINT, d DECIMAL(4,1), f FLOAT, l ARRAY<INT>) TBLPROPERTIES ('delta.enableTypeWidening' = 'true')",
              "INSERT INTO {t} VALUES (1, 2.5, 0.5, array(4))", "ALTER TABLE {t} ALTER COLUMN a TYPE BIGINT",
              "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(12,3)", "ALTER TABLE {t} ALTER COLUMN f TYPE DOUBLE",
              "ALTER TABLE {t} ALTER COLUMN l.element TYPE BIGINT", "INSERT INTO {t} VALUES (5000000000, 3.125, 1e300, array(5000000000))")
    f = table.fields()
    assert f["a"]["type"] == "long" and f["d"]["type"] == "decimal(12,3)"
    raw = {x["name"]: x for x in json.loads(table.log()[-2][-1]["metaData"]["schemaString"])["fields"]}
    assert raw["a"]["metadata"]["delta.typeChanges"] == [{"fromType": "byte", "toType": "long"}]
    assert raw["l"]["metadata"]["delta.typeChanges"] == [{"fromType": "integer", "toType": "long", "fieldPath": "element"}]
    got = sorted(table.rows("a, d, f, l"))
    assert [(a, str(d), f) for a, d, f, _ in got] == [(1, "2.500", 0.5), (5000000000, "3.125", 1e300)]
    assert [list(l) for *_, l in got] == [[4], [5000000000]]


def test_mapping_that_is_switched_on_keeps_the_files(table):
    table.sql("CREATE TABLE {t} (a INT, s STRUCT<x: INT, y: STRING>, p STRING) PARTITIONED BY (p)",
              "INSERT INTO {t} VALUES (1, named_struct('x', 2, 'y', 'z'), 'one')",
              "ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
              "ALTER TABLE {t} RENAME COLUMN a TO `an a`", "ALTER TABLE {t} RENAME COLUMN s.x TO ex", "ALTER TABLE {t} RENAME COLUMN p TO part",
              "ALTER TABLE {t} DROP COLUMN s.y", "ALTER TABLE {t} ADD COLUMN n INT AFTER `an a`",
              "INSERT INTO {t} VALUES (5, 6, named_struct('ex', 7), 'two')")
    f = table.fields()
    assert list(f) == ["an a", "n", "s", "part"]
    names = {n: f[n]["metadata"]["delta.columnMapping.physicalName"] for n in f}
    assert names["an a"] == "a" and names["part"] == "p" and names["n"].startswith("col-")
    ids = [f[n]["metadata"]["delta.columnMapping.id"] for n in f]
    assert len(set(ids)) == 4 and table.delta().metadata().configuration["delta.columnMapping.maxColumnId"] == str(max(ids))
    assert table.delta().metadata().partition_columns == ["part"]
    assert sorted(table.rows('"an a", n, s[\'ex\'], part')) == [(1, None, 2, "one"), (5, 6, 7, "two")]


def test_comments_are_the_tables_description(table):
    described = lambda: DeltaTable(table.folder).metadata().description
    table.sql("CREATE TABLE {t} (a INT) COMMENT 'one'")
    assert described() == "one"
    table.sql("COMMENT ON TABLE {t} IS 'two'", "INSERT INTO {t} VALUES (1)")
    assert described() == "two"
    table.sql("ALTER TABLE {t} SET TBLPROPERTIES ('comment' = 'three')")
    assert described() == "three"
    table.sql("COMMENT ON TABLE {t} IS NULL")
    assert described() is None


def test_constraints_come_and_go(table):
    table.sql("CREATE TABLE {t} (a INT)", "INSERT INTO {t} VALUES (1), (2)")
    assert "violate the new CHECK constraint" in table.refused("ALTER TABLE {t} ADD CONSTRAINT big CHECK (a > 1)")
    assert "violate the new NOT NULL" not in table.refused("ALTER TABLE {t} ALTER COLUMN b SET NOT NULL")
    table.sql("ALTER TABLE {t} ADD CONSTRAINT Small CHECK (a < 10)", "ALTER TABLE {t} ALTER COLUMN a SET NOT NULL")
    assert table.delta().metadata().configuration == {"delta.constraints.small": "a < 10"}
    assert table.fields()["a"]["nullable"] is False
    assert table.protocol()[:2] == (1, 3)
    table.sql("ALTER TABLE {t} DROP CONSTRAINT small")
    assert table.delta().metadata().configuration == {}
    history = [(h["version"], h["operation"]) for h in table.delta().history()]
    assert history == [(4, "DROP CONSTRAINT"), (3, "CHANGE COLUMN"), (2, "ADD CONSTRAINT"), (1, "WRITE"), (0, "CREATE TABLE")]


def test_clustering_is_a_domain_of_physical_paths(table):
    table.sql("CREATE TABLE {t} (a INT, s STRUCT<x: STRING>) CLUSTER BY (a, s.x) TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
              "INSERT INTO {t} VALUES (1, named_struct('x', 'y'))")
    f = table.fields()
    name = lambda field: field["metadata"]["delta.columnMapping.physicalName"]
    domain = [a["domainMetadata"] for a in table.log()[0] if "domainMetadata" in a][0]
    assert json.loads(domain["configuration"])["clusteringColumns"] == [[name(f["a"])], [name(f["s"]), name(f["s"]["type"]["fields"][0])]]
    table.sql("ALTER TABLE {t} RENAME COLUMN a TO b", "ALTER TABLE {t} CLUSTER BY (b)")
    assert table.lake.dicts(f"DESCRIBE DETAIL {table.name}")[0]["clusteringColumns"] == '["b"]'
    assert table.rows("b, s['x']") == [(1, "y")]


def test_replacing_keeps_the_log_and_like_does_not(table):
    table.sql("CREATE TABLE {t} (a INT) CLUSTER BY (a) TBLPROPERTIES ('delta.columnMapping.mode' = 'name', mine = 1)", "INSERT INTO {t} VALUES (1)",
              "CREATE TABLE {t}_like LIKE {t}", "CREATE OR REPLACE TABLE {t} AS SELECT 'x' AS b, 2 AS c")
    assert table.rows() == [("x", 2)]
    before = DeltaTable(table.folder, version=1)
    assert [f.name for f in before.schema().fields] == ["a"]
    removed = [d for d in table.newest("domainMetadata") if d["domain"] == "delta.clustering"]
    assert removed and removed[0]["removed"] is True
    like = Table(table.lake, table.name + "_like")
    assert [f for f in like.fields()] == ["a"] and like.delta().metadata().configuration["mine"] == "1"
    assert like.delta().metadata().id != table.delta().metadata().id and like.rows() == []


SHOWN = [
    "(a INT NOT NULL COMMENT 'it''s', s STRUCT<x: INT NOT NULL COMMENT 'in', `y z`: MAP<STRING, ARRAY<DECIMAL(10,2)>>>, p DATE) PARTITIONED BY (p) "
    "COMMENT 'about' TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'a' = 'b')",
    "(a INT DEFAULT 1 + 1, b INT GENERATED ALWAYS AS (a + 1), i BIGINT GENERATED BY DEFAULT AS IDENTITY, CONSTRAINT c CHECK (a > 0)) "
    "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')",
    "(a INT, s STRUCT<x: STRING>) CLUSTER BY (s.x, a) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.enableRowTracking' = 'true')",
]


@pytest.mark.parametrize("text", SHOWN)
def test_show_create_table_makes_an_equal_table(table, text):
    table.sql("CREATE TABLE {t} " + text)
    shown = table.lake.rows(f"SHOW CREATE TABLE {table.name}")[0][0]
    quoted = ".".join(f"`{part}`" for part in table.name.split("."))
    assert quoted in shown
    table.lake.sql(shown.replace(quoted, quoted[:-1] + "_again`", 1))
    again = Table(table.lake, table.name + "_again")

    def essence(t):
        def plain(field):
            if isinstance(field, dict):
                return {k: plain(v) for k, v in field.items() if not k.startswith("delta.columnMapping.physicalName")}
            return [plain(v) for v in field] if isinstance(field, list) else field
        meta = t.delta().metadata()
        own = ("delta.rowTracking.",)
        return (plain(t.fields()), t.protocol(), meta.description, meta.partition_columns,
                {k: v for k, v in meta.configuration.items() if not k.startswith(own)},
                t.lake.dicts(f"DESCRIBE DETAIL {t.name}")[0]["clusteringColumns"])
    assert essence(table) == essence(again)


def test_a_table_that_others_changed_is_listed_as_it_is(table):
    table.sql("CREATE TABLE {t} (a INT)")
    from deltalake.schema import Field, PrimitiveType
    table.delta().alter.add_columns([Field("b", PrimitiveType("string"))])
    assert [r[0] for r in table.lake.rows(f"DESCRIBE {table.name}")] == ["a", "b"]
    schema = table.name.split(".")[1]
    assert table.lake.rows(f"SELECT column_name FROM information_schema.columns WHERE table_schema = '{schema}' ORDER BY ordinal_position") == [["a"], ["b"]]


def test_changes_at_once_are_all_there_or_refused(table):
    """Columns are added by four writers while a fifth inserts: who was told yes has its column, the others were told of a conflict."""
    import threading
    table.sql("CREATE TABLE {t} (a INT)")
    told = {}

    def add(name):
        try:
            table.lake.sql(f"ALTER TABLE {table.name} ADD COLUMN {name} INT")
            told[name] = "yes"
        except Refused as e:
            told[name] = str(e)

    def insert():
        for i in range(6):
            try:
                table.lake.sql(f"INSERT INTO {table.name} (a) VALUES ({i})")
                told[i] = "yes"
            except Refused as e:
                told[i] = str(e)
    threads = [threading.Thread(target=add, args=(f"c{i}",)) for i in range(4)] + [threading.Thread(target=insert)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    added = {name for name, answer in told.items() if isinstance(name, str) and answer == "yes"}
    assert added and set(table.fields()) == {"a"} | added
    assert sorted(a for (a,) in table.rows("a")) == sorted(i for i, answer in told.items() if isinstance(i, int) and answer == "yes")
    assert all(answer == "yes" or "DELTA_" in answer for answer in told.values()), told
    assert len(table.log()) == 1 + sum(answer == "yes" for answer in told.values())


def test_a_killed_change_is_there_or_not_and_listings_agree(clxs, tmp_path):
    import random
    import time
    clxs("run-sql", "--sql", "CREATE TABLE t (a INT)")
    folder = clxs.rows("DESCRIBE DETAIL t")[0][4].removeprefix("file:")
    for i in range(8):
        process = clxs.start("run-sql", "--sql", f"ALTER TABLE t ADD COLUMN c{i} INT")
        time.sleep(random.Random(i).uniform(0.05, 0.6))
        process.kill()
        process.wait()
        log = [f.name for f in DeltaTable(folder).schema().fields]
        listed = clxs.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position")
        assert [name for (name,) in listed] == log
    clxs("run-sql", "--sql", "ALTER TABLE t ADD COLUMN last INT")


CHANGES = ["SET TBLPROPERTIES (mine = 'x')", "ADD COLUMN zz_new INT", "ALTER COLUMN zz_new COMMENT 'c'", "RENAME COLUMN zz_new TO zz_again",
           "DROP COLUMN zz_again", "SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')"]


@pytest.mark.parametrize("folder", ["basic-with-inserts-merge", "data-reader-array-primitives", "data-reader-date-types-utc", "data-reader-map",
                                    "parquet-all-types", "dv-partitioned-with-checkpoint", "table-with-columnmapping-mode-name", "v2-checkpoint-json", "data-reader-partition-values", "data-reader-primitives", "data-reader-timestamp_ntz",
                                    "multi-part-checkpoint", "snapshot-data2-deleted", "time-travel-schema-changes-a"])
def test_tables_of_others_are_changed_without_touching_their_rows(lake, golden, tmp_path, folder):
    """Mapping is switched on, a column comes and goes, rows get ids; the rows are what they were."""
    name = "others_" + folder.replace("-", "_")
    lake.adopt(name, golden / "tables" / folder / "delta", tmp_path / "t")
    before = sorted(map(str, lake.rows(f"SELECT * FROM {name}")))
    files = {f.name: f.stat().st_size for f in (tmp_path / "t").rglob("*.parquet") if "_delta_log" not in f.parts}
    lake.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
    for change in CHANGES:
        lake.sql(f"ALTER TABLE {name} {change}")
    assert sorted(map(str, lake.rows(f"SELECT * FROM {name}"))) == before
    assert files == {f.name: f.stat().st_size for f in (tmp_path / "t").rglob("*.parquet") if "_delta_log" not in f.parts}
    opened = DeltaTable(str(tmp_path / "t"))
    found = QueryBuilder().register("t", opened).execute("SELECT count(*) AS n FROM t").read_all()
    assert found.columns[0].to_pylist() == [len(before)]
    assert "zz_again" not in [f.name for f in opened.schema().fields]


def test_two_tables_made_at_one_location_leave_the_winner_whole(lake, tmp_path):
    """The loser of the race for version 0 takes its own files away and nothing else."""
    import threading
    for i in range(6):
        place, told = tmp_path / f"at{i}", {}

        def make(name):
            try:
                lake.sql(f"CREATE TABLE {name} LOCATION '{place}' AS SELECT id, '{name}' AS who FROM range(300000)")
                told[name] = "yes"
            except Refused as e:
                told[name] = str(e)
        threads = [threading.Thread(target=make, args=(f"race{i}_{k}",)) for k in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        winners = [name for name, answer in told.items() if answer == "yes"]
        assert len(winners) == 1, told
        assert lake.rows(f"SELECT count(*), min(who), max(who) FROM {winners[0]}") == [["300000", winners[0], winners[0]]]
        live = DeltaTable(str(place)).file_uris()
        assert sorted(f.name for f in place.glob("*.parquet")) == sorted(u.rsplit("/", 1)[1] for u in live)
