"""What the commit path writes beside the rows: checksums, row ids, in-commit times, checkpoints. Read without us."""
import json
import pathlib

import pyarrow
import pyarrow.parquet as parquet
import pytest
from deltalake import DeltaTable, QueryBuilder

from lake import Lake, Refused


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = Lake(tmp_path_factory.mktemp("log"))
    made.sql("CREATE CATALOG c")
    yield made
    made.close()


def log_of(lake, table):
    return pathlib.Path(lake.location(table)) / "_delta_log"


def actions(log, kind):
    """(version, action) in the order of the log."""
    found = []
    for commit in sorted(log.glob("*.json")):
        if commit.name.count(".") == 1:
            for line in commit.read_text().splitlines():
                found += [(int(commit.stem), body) for k, body in json.loads(line).items() if k == kind]
    return found


def state(log, upto):
    """Live files by path, and their size, replayed by hand."""
    live = {}
    for commit in sorted(log.glob("*.json")):
        if commit.name.count(".") == 1 and int(commit.stem) <= upto:
            lines = [json.loads(line) for line in commit.read_text().splitlines()]
            for line in lines:
                if "remove" in line:
                    live.pop(line["remove"]["path"], None)
            for line in lines:
                if "add" in line:
                    live[line["add"]["path"]] = line["add"]["size"]
    return live


def delta_rs_rows(folder, columns="*"):
    found = QueryBuilder().register("t", DeltaTable(str(folder))).execute(f"SELECT {columns} FROM t").read_all()
    return pyarrow.table(found).to_pylist()


# spec: delta "Version Checksum File"
def test_each_version_has_a_checksum_that_is_true(lake):
    lake.sql("CREATE TABLE c.default.sums (a BIGINT, b STRING) PARTITIONED BY (b)")
    for i in range(3):
        lake.sql(f"INSERT INTO c.default.sums VALUES ({i}, 'x'), ({i}, 'y')")
    lake.sql("DELETE FROM c.default.sums WHERE a = 1")
    lake.sql("UPDATE c.default.sums SET a = 9 WHERE b = 'x'")
    lake.sql("ALTER TABLE c.default.sums SET TBLPROPERTIES ('k' = 'v')")
    lake.sql("OPTIMIZE c.default.sums")
    lake.sql("INSERT OVERWRITE c.default.sums VALUES (1, 'z')")
    lake.sql("RESTORE TABLE c.default.sums TO VERSION AS OF 2")
    lake.sql("MERGE INTO c.default.sums t USING (SELECT 2 a, 'x' b UNION ALL SELECT 50, 'n') s ON t.a = s.a "
             "WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT *")
    lake.sql("CREATE TABLE c.default.copied DEEP CLONE c.default.sums")
    lake.sql("INSERT INTO c.default.sums VALUES (60, 'n')")
    lake.sql("CREATE OR REPLACE TABLE c.default.copied DEEP CLONE c.default.sums")
    lake.sql("TRUNCATE TABLE c.default.sums")
    lake.sql("CREATE OR REPLACE TABLE c.default.sums AS SELECT 1 AS z")
    check_sums(log_of(lake, "c.default.copied"))
    sums = check_sums(log_of(lake, "c.default.sums"))
    assert json.loads(sums[-1].read_text())["metadata"]["id"] == DeltaTable(lake.location("c.default.sums")).metadata().id


def check_sums(log):
    sums = sorted(log.glob("*.crc"))
    commits = [p for p in log.glob("*.json") if p.name.count(".") == 1]
    assert len(sums) == len(commits)
    for path in sums:
        told, live = json.loads(path.read_text()), state(log, int(path.stem))
        assert (told["numFiles"], told["tableSizeBytes"]) == (len(live), sum(live.values())), path
        assert told["numMetadata"] == told["numProtocol"] == 1
    return sums


# spec: delta "Row Tracking"
def test_row_ids_are_never_given_twice(lake):
    lake.sql("CREATE TABLE c.default.tracked (a BIGINT) TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    for i in range(3):
        lake.sql(f"INSERT INTO c.default.tracked VALUES ({i}), ({i + 10})")
    lake.sql("DELETE FROM c.default.tracked WHERE a = 1")
    lake.sql("INSERT INTO c.default.tracked VALUES (77)")
    log = log_of(lake, "c.default.tracked")
    taken, fresh = set(), {}
    for version, add in actions(log, "add"):
        rows = range(add["baseRowId"], add["baseRowId"] + json.loads(add["stats"])["numRecords"])
        if add["path"] in fresh:  # the same file with another vector keeps its ids
            assert fresh[add["path"]] == (rows, add["defaultRowCommitVersion"])
            continue
        assert not taken & set(rows)
        assert add["defaultRowCommitVersion"] == version
        taken |= set(rows)
        fresh[add["path"]] = (rows, version)
    marks = [json.loads(d["configuration"])["rowIdHighWaterMark"] for _, d in actions(log, "domainMetadata")
             if d["domain"] == "delta.rowTracking"]
    assert marks == sorted(marks) and marks[-1] >= max(taken)
    assert sorted(r["a"] for r in delta_rs_rows(log.parent)) == [0, 2, 10, 11, 12, 77]


def test_row_tracking_can_be_turned_on_later(lake):
    lake.sql("CREATE TABLE c.default.later (a BIGINT)")
    lake.sql("INSERT INTO c.default.later VALUES (1), (2)")
    lake.sql("INSERT INTO c.default.later VALUES (3)")
    lake.sql("ALTER TABLE c.default.later SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    log = log_of(lake, "c.default.later")
    last = max(v for v, _ in actions(log, "commitInfo"))
    given = [add for v, add in actions(log, "add") if v == last]
    assert sorted(add["baseRowId"] for add in given) in ([0, 1], [0, 2])
    assert len({add["path"] for add in given}) == len(given) == 2
    assert sorted(r["a"] for r in delta_rs_rows(log.parent)) == [1, 2, 3]
    lake.sql("INSERT INTO c.default.later VALUES (4)")
    assert json.loads((log / f"{last + 1:020}.crc").read_text())["numFiles"] == 3


# spec: delta "In-Commit Timestamps"
def test_in_commit_times_begin_where_the_metadata_says(lake):
    lake.sql("CREATE TABLE c.default.timed (a BIGINT)")
    lake.sql("INSERT INTO c.default.timed VALUES (1)")
    lake.sql("ALTER TABLE c.default.timed SET TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')")
    lake.sql("INSERT INTO c.default.timed VALUES (2)")
    log = log_of(lake, "c.default.timed")
    configuration = actions(log, "metaData")[-1][1]["configuration"]
    infos = dict(actions(log, "commitInfo"))
    assert configuration["delta.inCommitTimestampEnablementVersion"] == "2"
    assert configuration["delta.inCommitTimestampEnablementTimestamp"] == str(infos[2]["inCommitTimestamp"])
    assert "inCommitTimestamp" not in infos[1]
    assert infos[3]["inCommitTimestamp"] > infos[2]["inCommitTimestamp"]
    assert sorted(r["a"] for r in delta_rs_rows(log.parent)) == [1, 2]
    assert json.loads((log / f"{3:020}.crc").read_text())["inCommitTimestampOpt"] == infos[3]["inCommitTimestamp"]


# spec: delta "V2 Spec"
@pytest.mark.parametrize("files, kind", [(5, "json"), (1200, "parquet")])
def test_v2_checkpoints_are_read_alone(lake, files, kind):
    name = f"c.default.v2_{kind}"
    lake.sql(f"CREATE TABLE {name} (a BIGINT, p BIGINT) PARTITIONED BY (p) TBLPROPERTIES "
             "('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2')")
    lake.sql(f"INSERT INTO {name} SELECT id, id FROM range({files})")
    lake.sql(f"INSERT INTO {name} VALUES (-1, 0)")
    log = log_of(lake, name)
    made = list(log.glob(f"{2:020}.checkpoint.*-*.{kind}"))
    assert len(made) == 1, sorted(p.name for p in log.iterdir())
    sidecars = list((log / "_sidecars").glob("*.parquet")) if (log / "_sidecars").exists() else []
    assert bool(sidecars) == (kind == "parquet")
    pointer = json.loads((log / "_last_checkpoint").read_text())
    assert pointer["v2Checkpoint"]["path"] == made[0].name
    assert pointer["numOfAddFiles"] == len(state(log, 2))
    if sidecars:
        assert set(parquet.read_schema(sidecars[0]).names) == {"add", "remove"}
        rows = parquet.read_table(made[0])
        assert sum(r is not None for r in rows["sidecar"].to_pylist()) == len(sidecars)
        assert all(r is None for r in rows["add"].to_pylist())
    for version in (0, 1):
        (log / f"{version:020}.json").unlink()
    wanted = sorted([*range(files), -1])
    assert sorted(r["a"] for r in delta_rs_rows(log.parent)) == wanted
    assert sorted(int(r[0]) for r in lake.rows(f"SELECT a FROM {name}")) == wanted


# spec: delta "Checkpoint Schema"
def test_statistics_are_structs_where_the_table_says_so(lake):
    lake.sql("CREATE TABLE c.default.structs (a BIGINT, d DATE, t TIMESTAMP, x DECIMAL(10, 2), s STRUCT<i: INT>, p DATE) "
             "PARTITIONED BY (p) TBLPROPERTIES ('delta.checkpoint.writeStatsAsStruct' = 'true', "
             "'delta.checkpoint.writeStatsAsJson' = 'false', 'delta.checkpointInterval' = '2')")
    lake.sql("INSERT INTO c.default.structs VALUES (1, DATE'2020-01-02', TIMESTAMP'2020-01-02 03:04:05.678Z', 12.34, "
             "named_struct('i', 7), DATE'2021-02-03'), (2, NULL, NULL, NULL, NULL, DATE'2021-02-03')")
    lake.sql("INSERT INTO c.default.structs VALUES (3, NULL, NULL, NULL, NULL, NULL)")
    log = log_of(lake, "c.default.structs")
    adds = [r for r in parquet.read_table(log / f"{2:020}.checkpoint.parquet")["add"].to_pylist() if r]
    full = next(r for r in adds if r["partitionValues_parsed"]["p"])
    empty = next(r for r in adds if not r["partitionValues_parsed"]["p"])
    assert full["stats"] is None and full["stats_parsed"]["numRecords"] == 2
    lowest = full["stats_parsed"]["minValues"]
    assert (lowest["a"], str(lowest["d"]), str(lowest["x"]), lowest["s"]["i"]) == (1, "2020-01-02", "12.34", 7)
    assert lowest["t"].isoformat() == "2020-01-02T03:04:05.678000+00:00"
    assert full["stats_parsed"]["nullCount"]["d"] == 1 and str(full["partitionValues_parsed"]["p"]) == "2021-02-03"
    assert empty["stats_parsed"]["minValues"]["d"] is None
    for version in (0, 1):
        (log / f"{version:020}.json").unlink()
    assert sorted(r["a"] for r in delta_rs_rows(log.parent)) == [1, 2, 3]
    assert sorted(lake.rows("SELECT a FROM c.default.structs WHERE a > 1")) == [["2"], ["3"]]


def test_bounds_of_many_digits_stay_exact(lake):
    lake.sql("CREATE TABLE c.default.digits (a BIGINT, x DECIMAL(38, 10), f DOUBLE) TBLPROPERTIES "
             "('delta.checkpoint.writeStatsAsStruct' = 'true', 'delta.checkpointInterval' = '1')")
    digits = "1234567890123456789012345678.0123456789"
    lake.sql(f"INSERT INTO c.default.digits VALUES (9223372036854775807, CAST('{digits}' AS DECIMAL(38, 10)), 0.1234567890123456)")
    path = log_of(lake, "c.default.digits") / f"{1:020}.checkpoint.parquet"
    found = next(r for r in parquet.read_table(path)["add"].to_pylist() if r)["stats_parsed"]
    for bound in ("minValues", "maxValues"):
        assert (found[bound]["a"], str(found[bound]["x"]), found[bound]["f"]) == (2**63 - 1, digits, 0.1234567890123456)


# spec: delta "Version Checksum File"
def test_a_checkpoint_that_was_cut_is_found(lake):
    lake.sql("CREATE TABLE c.default.cut (a BIGINT) TBLPROPERTIES ('delta.checkpointInterval' = '2')")
    lake.sql("INSERT INTO c.default.cut VALUES (1)")
    lake.sql("INSERT INTO c.default.cut VALUES (2)")
    path = log_of(lake, "c.default.cut") / f"{2:020}.checkpoint.parquet"
    rows = parquet.read_table(path)
    first = next(i for i, r in enumerate(rows["add"].to_pylist()) if r)
    parquet.write_table(rows.take([i for i in range(rows.num_rows) if i != first]), path)
    with pytest.raises(Refused, match="numFiles is 2 there, and 1 in the log"):
        lake.rows("SELECT * FROM c.default.cut")
