"""RESTORE, VACUUM, OPTIMIZE, REORG, CLONE and table_changes, as deltalake sees what we wrote, and as we see what it wrote."""
import collections
import datetime
import json
import os
import pathlib
import signal
import time
import urllib.parse

import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from lake import Lake, Refused

FEED = "'delta.enableChangeDataFeed' = 'true'"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("upkeep"))
    yield lake
    lake.close()


@pytest.fixture
def table(lake, request):
    name = "main.default." + request.node.originalname.replace("test_", "")[:60]
    lake.sql(f"DROP TABLE IF EXISTS {name}")
    return name


def read(location, version=None):
    found = QueryBuilder().register("t", DeltaTable(location, version=version)).execute("SELECT * FROM t").read_all()
    return sorted(pyarrow.table(found).to_pylist(), key=str)


def feed(location, start):
    """(version, kind, row without the change columns) of each change."""
    changes = pyarrow.table(DeltaTable(location).load_cdf(starting_version=start)).to_pylist()
    return collections.Counter((c["_commit_version"], c["_change_type"],
                                str({k: v for k, v in sorted(c.items()) if not k.startswith("_c")})) for c in changes)


def ours(lake, table, start, names):
    rows = lake.dicts(f"SELECT * FROM table_changes('{table}', {start})")
    return collections.Counter((int(r["_commit_version"]), r["_change_type"],
                                str({k: names[k](r[k]) for k in sorted(names)})) for r in rows)


def files(location):
    return sorted(str(p.relative_to(location)) for p in pathlib.Path(location).rglob("*.parquet") if "_delta_log" not in p.parts)


def operations(location):
    return [h["operation"] for h in DeltaTable(location).history()]


def test_what_optimize_wrote_is_read_and_is_no_change(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT, b STRING, p INT) PARTITIONED BY (p) TBLPROPERTIES ({FEED})")
    for i in range(4):
        lake.sql(f"INSERT INTO {table} SELECT id + {i * 10}, 'v' || id, CAST(id % 2 AS INT) FROM range(10)")
    location = lake.location(table)
    before = read(location)
    lake.sql(f"OPTIMIZE {table}")
    assert len(DeltaTable(location).file_uris()) == 2
    assert read(location) == before
    assert operations(location)[0] == "OPTIMIZE"
    assert not [k for k in feed(location, 5)]
    assert read(location, 4) == before
    lake.sql(f"OPTIMIZE {table} ZORDER BY (a, b)")
    assert read(location) == before


def row_ids(location):
    """{a: (row id, version)} as a reader of row tracking finds them: in the file, else by the file's first id."""
    table, ids = DeltaTable(location), {}
    names = table.metadata().configuration
    log = [json.loads(line) for p in sorted(pathlib.Path(location, "_delta_log").glob("*.json")) for line in p.read_text().splitlines()]
    live = {urllib.parse.unquote(u.removeprefix("file://")).removeprefix(location + "/") for u in table.file_uris()}
    for add in (a["add"] for a in log if "add" in a):
        path = urllib.parse.unquote(add["path"])
        if path not in live:
            continue
        for i, r in enumerate(pyarrow.parquet.read_table(f"{location}/{path}").to_pylist()):
            own = r.get(names["delta.rowTracking.materializedRowIdColumnName"])
            version = r.get(names["delta.rowTracking.materializedRowCommitVersionColumnName"])
            ids[r["a"]] = (add["baseRowId"] + i if own is None else own,
                           add["defaultRowCommitVersion"] if version is None else version)
    return ids


def test_rows_keep_their_ids_through_optimize(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT, b STRING) TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    for i in range(3):
        lake.sql(f"INSERT INTO {table} SELECT 10 * {i} + id, 'x' FROM range(10)")
    location = lake.location(table)
    before = row_ids(location)
    assert len({i for i, _ in before.values()}) == 30
    lake.sql(f"OPTIMIZE {table} ZORDER BY (b, a)")
    assert row_ids(location) == before
    lake.sql(f"INSERT INTO {table} VALUES (100, 'y')")
    lake.sql(f"OPTIMIZE {table}")
    after = row_ids(location)
    assert {a: after[a] for a in before} == before
    assert after[100][0] not in {i for i, _ in before.values()} and after[100][1] == 5


GOLDEN = ["basic-with-inserts-deletes-checkpoint", "basic-with-inserts-merge", "data-reader-array-primitives", "data-reader-map",
          "data-reader-date-types-utc", "data-reader-escaped-chars", "data-reader-partition-values", "data-reader-primitives",
          "data-reader-timestamp_ntz", "data-reader-timestamp_ntz-id-mode", "decimal-various-scale-precision",
          "dv-partitioned-with-checkpoint", "kernel-timestamp-int96", "log-replay-dv-key-cases", "log-replay-special-characters-a",
          "multi-part-checkpoint", "parquet-all-types", "snapshot-data2-deleted", "table-with-columnmapping-mode-name",
          "time-travel-schema-changes-a"]


@pytest.mark.parametrize("folder", GOLDEN)
def test_the_tables_of_others_have_the_same_rows_after_maintenance(lake, golden, tmp_path, folder):
    name = "main.default.g_" + folder.replace("-", "_").lower()
    there = lake.adopt(name, golden / "tables" / folder / "delta", tmp_path / "t")
    rows = sorted(map(str, lake.rows(f"SELECT * FROM {name}")))
    lake.sql(f"CREATE TABLE {name}_clone DEEP CLONE {name}")
    for statement in (f"OPTIMIZE {name}", f"REORG TABLE {name} APPLY (PURGE)", f"VACUUM {name} RETAIN 100000 HOURS"):
        lake.sql(statement)
        assert sorted(map(str, lake.rows(f"SELECT * FROM {name}"))) == rows, statement
    assert sorted(map(str, lake.rows(f"SELECT * FROM {name}_clone"))) == rows
    assert there


def test_they_find_nothing_to_optimize_after_us_nor_we_after_them(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT)")
    location = lake.location(table)
    for i in range(3):
        lake.sql(f"INSERT INTO {table} VALUES ({i})")
    lake.sql(f"OPTIMIZE {table}")
    assert DeltaTable(location).optimize.compact()["numFilesRemoved"] == 0
    for i in range(3):
        lake.sql(f"INSERT INTO {table} VALUES ({i})")
    assert DeltaTable(location).optimize.compact()["numFilesRemoved"] == 4
    metrics = json.loads(lake.dicts(f"OPTIMIZE {table}")[0]["metrics"])
    assert (metrics["numFilesAdded"], metrics["numFilesRemoved"]) == (0, 0)
    assert lake.rows(f"SELECT count(*), sum(a) FROM {table}") == [["6", "6"]]


def test_both_tell_the_same_changes(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT, b STRING, p DATE) PARTITIONED BY (p) TBLPROPERTIES ({FEED})")
    lake.sql(f"INSERT INTO {table} VALUES (1, 'x', DATE'2024-01-01'), (2, 'y', DATE'2024-01-02'), (3, NULL, NULL)")
    lake.sql(f"UPDATE {table} SET b = 'z' WHERE a <= 2")
    lake.sql(f"DELETE FROM {table} WHERE a = 3")
    lake.sql(f"OPTIMIZE {table}")
    lake.sql(f"INSERT OVERWRITE {table} VALUES (9, 'o', DATE'2024-01-01')")
    location = lake.location(table)
    names = {"a": int, "b": lambda v: v, "p": lambda v: v and datetime.date.fromisoformat(v)}
    for start in (0, 1, 3, 4):
        assert ours(lake, table, start, names) == feed(location, start), start


def test_changes_that_they_wrote_are_told(lake, table, tmp_path):
    location = str(tmp_path / "theirs")
    data = pyarrow.table({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    write_deltalake(location, data, configuration={"delta.enableChangeDataFeed": "true"})
    theirs = DeltaTable(location)
    theirs.update(updates={"b": "'new'"}, predicate="a = 1")
    theirs.delete("a = 2")
    theirs.merge(pyarrow.table({"a": [3, 4], "b": ["m", "n"]}), "t.a = s.a", source_alias="s", target_alias="t") \
        .when_matched_update_all().when_not_matched_insert_all().execute()
    lake.sql(f"CREATE TABLE {table} USING DELTA LOCATION '{location}'")
    names = {"a": int, "b": lambda v: v}
    assert ours(lake, table, 0, names) == feed(location, 0)


def test_a_restore_is_read_and_is_a_change(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT) TBLPROPERTIES ({FEED})")
    lake.sql(f"INSERT INTO {table} VALUES (1), (2)")
    lake.sql(f"DELETE FROM {table} WHERE a = 1")
    location = lake.location(table)
    lake.sql(f"RESTORE TABLE {table} TO VERSION AS OF 1")
    assert [r["a"] for r in read(location)] == [1, 2]
    assert operations(location)[0] == "RESTORE"
    assert ours(lake, table, 0, {"a": int}) == feed(location, 0)


def test_they_restore_and_vacuum_what_we_wrote(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT)")
    lake.sql(f"INSERT INTO {table} VALUES (1)")
    lake.sql(f"INSERT OVERWRITE {table} VALUES (2)")
    location = lake.location(table)
    DeltaTable(location).restore(1)
    assert lake.rows(f"SELECT * FROM {table}") == [["1"]]
    gone = DeltaTable(location).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert len(gone) == 1
    assert lake.rows(f"SELECT * FROM {table}") == [["1"]]


def test_a_vacuum_leaves_what_they_need_and_no_more(lake, table):
    lake.sql(f"CREATE TABLE {table} (a BIGINT, p INT) PARTITIONED BY (p) TBLPROPERTIES "
             f"('delta.deletedFileRetentionDuration' = 'interval 0 hours', {FEED})")
    for i in range(3):
        lake.sql(f"INSERT INTO {table} VALUES ({i}, {i % 2})")
    lake.sql(f"UPDATE {table} SET a = a + 10")
    lake.sql(f"OPTIMIZE {table}")
    location = lake.location(table)
    before = read(location)
    time.sleep(0.05)
    listed = {r[0] for r in lake.rows(f"VACUUM {table} RETAIN 0 HOURS DRY RUN")}
    assert {p.removeprefix("file:") for p in listed} == {f"{location}/{p}" for p in files(location)} - \
        {u.removeprefix("file://") for u in DeltaTable(location).file_uris()}
    lake.sql(f"VACUUM {table} RETAIN 0 HOURS")
    assert read(location) == before
    assert len(files(location)) == len(DeltaTable(location).file_uris())
    assert operations(location)[:2] == ["VACUUM END", "VACUUM START"]


@pytest.mark.parametrize("mode", ["DEEP", "SHALLOW"])
def test_a_clone_of_a_version_with_other_properties_is_read(lake, table, mode, tmp_path):
    lake.sql(f"CREATE TABLE {table} (a BIGINT, `b-c` STRING, p INT) PARTITIONED BY (p) TBLPROPERTIES ('k' = 'source')")
    lake.sql(f"INSERT INTO {table} VALUES (1, 'x', 1), (2, 'y', NULL)")
    lake.sql(f"INSERT INTO {table} VALUES (3, 'z', 1)")
    there = str(tmp_path / "clone")
    row = lake.dicts(f"CREATE OR REPLACE TABLE {table}_{mode} {mode} CLONE {table} VERSION AS OF 1 "
                     f"TBLPROPERTIES ('k' = 'clone', 'l' = 'new') LOCATION '{there}'")[0]
    assert row["source_num_of_files"] == "2" and row["num_copied_files"] == ("2" if mode == "DEEP" else "0")
    assert [r["a"] for r in read(there)] == [1, 2]
    assert DeltaTable(there).metadata().configuration == {"k": "clone", "l": "new"}
    row = lake.dicts(f"CREATE OR REPLACE TABLE {table}_{mode} {mode} CLONE {table}")[0]
    assert row["num_copied_files"] == ("1" if mode == "DEEP" else "0") and row["num_removed_files"] == "0"
    assert [r["a"] for r in read(there)] == [1, 2, 3]
    assert lake.dicts(f"SELECT table_type FROM main.information_schema.tables WHERE table_name = "
                      f"lower('{table.split('.')[2]}_{mode}')")[0]["table_type"] == \
        ("EXTERNAL" if mode == "DEEP" else "EXTERNAL_SHALLOW_CLONE")


@pytest.fixture
def parquet(tmp_path):
    """Plain Parquet files, partitioned, as pyarrow writes them; and their rows."""
    data = pyarrow.table({"a": [1, 2, 3, 4], "b": ["x", None, "z", "long " * 20], "f": [1.5, float("nan"), None, -2.0],
                          "t": [datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)] * 4,
                          "d": [datetime.date(1500, 1, 1), None, datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)],
                          "p": ["one", "a/b c", None, "one"]})
    folder = tmp_path / "plain"
    pyarrow.dataset.write_dataset(data, folder, format="parquet",
                                  partitioning=pyarrow.dataset.partitioning(pyarrow.schema([("p", pyarrow.string())]), flavor="hive"))
    return str(folder), sorted((r["a"], r["b"], str(r["f"]), str(r["d"]), r["p"]) for r in data.to_pylist())


def plain_rows(location):
    return sorted((r["a"], r["b"], str(r["f"]), str(r["d"]), r["p"]) for r in read(location))


def test_converted_files_are_read_and_skipped(lake, table, parquet):
    folder, rows = parquet
    lake.sql(f"CONVERT TO DELTA parquet.`{folder}` PARTITIONED BY (p STRING)")
    assert plain_rows(folder) == rows
    assert operations(folder) == ["CONVERT"]
    adds = pyarrow.table(DeltaTable(folder).get_add_actions(flatten=True)).to_pylist()
    assert sum(a["num_records"] for a in adds) == 4
    assert {(a["partition.p"], a["min.a"], a["max.a"], a["null_count.b"]) for a in adds} == \
        {("one", 1, 4, 0), ("a/b c", 2, 2, 1), (None, 3, 3, 0)}
    found = QueryBuilder().register("t", DeltaTable(folder)).execute(
        "SELECT a FROM t WHERE b = 'z' AND t > TIMESTAMP '2024-01-02T03:04:05.6Z'").read_all()
    assert pyarrow.table(found)["a"].to_pylist() == [3]
    lake.sql(f"CREATE TABLE {table} USING DELTA LOCATION '{folder}'")
    assert lake.rows(f"SELECT a FROM {table} WHERE p = 'a/b c'") == [["2"]]
    lake.sql(f"OPTIMIZE {table} ZORDER BY (a)")
    assert plain_rows(folder) == rows


@pytest.mark.parametrize("mode", ["DEEP", "SHALLOW"])
def test_clones_of_parquet_files_are_read(lake, table, parquet, mode):
    folder, rows = parquet
    row = lake.dicts(f"CREATE TABLE {table}_{mode} {mode} CLONE parquet.`{folder}`")[0]
    assert row["source_num_of_files"] == "3" and row["num_copied_files"] == ("3" if mode == "DEEP" else "0")
    location = lake.location(f"{table}_{mode}")
    assert plain_rows(location) == rows
    assert operations(location) == ["CLONE"]
    assert lake.rows(f"SELECT a FROM {table}_{mode} WHERE b = 'z'") == [["3"]]


def test_an_optimize_that_was_killed_leaves_nothing_behind(clxs):
    clxs("run-sql", "--sql", "CREATE TABLE main.default.t AS SELECT id, md5(CAST(id AS STRING)) AS v FROM range(1000000)")
    clxs("run-sql", "--sql", "INSERT INTO main.default.t SELECT id, 'x' FROM range(10)")
    location = dict(zip((c["name"] for c in clxs.json("run-sql", "--sql", "DESCRIBE DETAIL main.default.t")["columns"]),
                        clxs.rows("DESCRIBE DETAIL main.default.t")[0]))["location"].removeprefix("file:")
    named = set(files(location))
    process = clxs.start("run-sql", "--sql", "OPTIMIZE main.default.t ZORDER BY (v, id)")
    deadline = time.time() + 60
    while time.time() < deadline and process.poll() is None and set(files(location)) == named:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert clxs.rows("SELECT count(*), count(DISTINCT id) FROM main.default.t") == [["1000010", "1000000"]]
    uris = {u.removeprefix("file://").removeprefix(location + "/") for u in DeltaTable(location).file_uris()}
    assert set(files(location)) in (named, named | uris)


@pytest.mark.parametrize("statement, status", [("INSERT INTO main.default.t VALUES (-1, 'late')", 0),
                                               ("DELETE FROM main.default.t WHERE id = 5", 6)])
def test_only_who_changes_its_files_disturbs_an_optimize(clxs, statement, status):
    clxs("run-sql", "--sql", "CREATE TABLE main.default.t AS SELECT id, md5(CAST(id AS STRING)) AS v FROM range(1000000)")
    location = clxs.rows("DESCRIBE DETAIL main.default.t")[0][4].removeprefix("file:")
    named = set(files(location))
    process = clxs.start("run-sql", "--sql", "OPTIMIZE main.default.t ZORDER BY (v, id)")
    deadline = time.time() + 60
    while time.time() < deadline and process.poll() is None and set(files(location)) == named:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGSTOP)
    stopped = process.poll() is None
    clxs("run-sql", "--sql", statement)
    os.kill(process.pid, signal.SIGCONT)
    _, problem = process.communicate(timeout=120)
    assert stopped
    assert process.returncode == status, problem
    assert status == 0 or "DELTA_CONCURRENT" in problem
    late = 1 if status == 0 else -1
    assert clxs.rows("SELECT count(*) FROM main.default.t") == [[str(1000000 + late)]]
