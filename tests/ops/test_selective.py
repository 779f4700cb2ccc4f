"""Clones of what is not there yet (INCREMENTAL) and of what differs (SELECTIVE). behaviours L: 165 to 172."""
import pytest

from conftest import Clxs


@pytest.fixture
def pair(tmp_path):
    clxs = Clxs(tmp_path / "home")
    for sql in ("CREATE CATALOG src", "CREATE SCHEMA src.bronze", "CREATE SCHEMA src.silver",
                "CREATE TABLE src.bronze.a AS SELECT 1 AS x", "CREATE TABLE src.bronze.b AS SELECT 2 AS x",
                "CREATE TABLE src.silver.c AS SELECT 3 AS x", "CREATE VIEW src.silver.v AS SELECT * FROM src.silver.c"):
        clxs("run-sql", "--sql", sql)
    clxs("clone", "--source", "src", "--dest", "dst")
    return clxs


def selective(clxs, *more):
    done = clxs.run("clone", "--source", "src", "--dest", "dst", "--load-type", "SELECTIVE", "--json", "--verbose", *more)
    assert done.returncode == 0, done.stderr
    import json
    sql = [line.split("SQL: ", 1)[1] for line in done.stderr.splitlines() if "SQL: " in line]
    return json.loads(done.stdout), done.stderr, [s for s in sql if not s.startswith(("SELECT", "DESCRIBE", "SHOW"))]


def test_166_170_nothing_drifted_nothing_done(pair):
    summary, log, writes = selective(pair)
    assert summary["mode"] == "selective" and summary["total_drifted_tables"] == 0 and summary["tables_in_sync"] == 3
    assert "Schema bronze in sync \u2014 0 drifted tables" in log and "Schema silver in sync \u2014 0 drifted tables" in log
    assert writes == []


def test_167_168_one_drifted_table_one_clone(pair):
    pair("run-sql", "--sql", "INSERT INTO src.bronze.a VALUES (9)")
    summary, log, writes = selective(pair)
    assert summary["total_drifted_tables"] == 1 and summary["drifted_tables"] == {"bronze.a": "version_drift"}
    assert "Schema bronze: 1 drifted (1 version_drift)" in log and "Schema silver in sync \u2014 0 drifted tables" in log
    assert len(writes) == 1 and "DEEP CLONE" in writes[0] and writes[0].startswith("CREATE OR REPLACE TABLE")
    assert pair.rows("SELECT count(*) FROM dst.bronze.a") == [["2"]]
    assert selective(pair)[0]["total_drifted_tables"] == 0


def test_upkeep_of_the_copy_is_no_drift_and_writing_to_it_is(pair):
    pair("run-sql", "--sql", "ALTER TABLE dst.bronze.a SET TBLPROPERTIES ('k' = 'v')")
    assert selective(pair)[0]["total_drifted_tables"] == 0
    pair("run-sql", "--sql", "INSERT INTO dst.bronze.a VALUES (7)")
    summary, _, writes = selective(pair)
    assert summary["drifted_tables"] == {"bronze.a": "target_changed"} and len(writes) == 1
    assert pair.rows("SELECT x FROM dst.bronze.a") == [["1"]]


def test_new_tables_new_views_and_changed_views(pair):
    pair("run-sql", "--sql", "CREATE TABLE src.silver.d AS SELECT 4 AS x")
    pair("run-sql", "--sql", "CREATE OR REPLACE VIEW src.silver.v AS SELECT x + 1 AS x FROM src.silver.c")
    summary, log, writes = selective(pair)
    assert summary["drifted_tables"] == {"silver.d": "never_cloned"}
    assert "Schema silver: 1 drifted (1 never_cloned)" in log
    assert len(writes) == 2 and any("VIEW" in w for w in writes)
    assert pair.rows("SELECT x FROM dst.silver.v") == [["4"]]


def test_a_copy_from_elsewhere_cannot_be_compared(pair):
    pair("run-sql", "--sql", "DROP TABLE dst.bronze.b")
    pair("run-sql", "--sql", "CREATE TABLE dst.bronze.b AS SELECT 5 AS x")
    assert selective(pair)[0]["drifted_tables"] == {"bronze.b": "unable_to_compare"}


def test_grants_and_tags_alone(pair):
    pair("run-sql", "--sql", "GRANT SELECT ON TABLE src.bronze.a TO `account users`")
    pair("run-sql", "--sql", "ALTER TABLE src.bronze.b SET TAGS ('k' = 'v')")
    summary, log, writes = selective(pair)
    assert summary["drifted_tables"] == {"bronze.a": "grant_drift", "bronze.b": "tag_drift"}
    assert "Schema bronze: 2 drifted (1 grant_drift, 1 tag_drift)" in log
    assert sorted(w.split()[0] for w in writes) == ["ALTER", "GRANT"]
    assert selective(pair)[0]["total_drifted_tables"] == 0


def test_172_properties_go_along(pair):
    pair("run-sql", "--sql", "INSERT INTO src.bronze.a VALUES (9)")
    selective(pair, "--tbl-properties", "delta.logRetentionDuration=interval 40 days")
    assert ["delta.logRetentionDuration", "interval 40 days"] in pair.rows("SHOW TBLPROPERTIES dst.bronze.a")


def test_incremental_takes_what_is_not_there(pair):
    pair("run-sql", "--sql", "INSERT INTO src.bronze.a VALUES (9)")
    pair("run-sql", "--sql", "CREATE TABLE src.silver.d AS SELECT 4 AS x")
    summary = pair.json("clone", "--source", "src", "--dest", "dst", "--load-type", "INCREMENTAL")
    assert summary["mode"] == "incremental" and summary["tables"]["success"] == 1
    assert pair.rows("SELECT count(*) FROM dst.bronze.a") == [["1"]] and pair.rows("SELECT x FROM dst.silver.d") == [["4"]]


def test_a_time_does_not_go_with_selective(pair):
    done = pair.run("clone", "--source", "src", "--dest", "dst", "--load-type", "SELECTIVE", "--as-of-timestamp", "2020-01-01")
    assert done.returncode == 2 and "as_of_version" in done.stderr
