"""The main job, as a user does it: the promises of a clone."""
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import Api, Clxs, Server


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    clxs = Clxs(tmp_path_factory.mktemp("demo"))
    clxs("demo-data", "--catalog", "demo_retail", "--industry", "retail", "--scale", "0.05")
    return clxs


def world(clxs):
    """Every file of every table, and every row of the metastore but query history."""
    lake = clxs.home / "lake"
    files = {str(p.relative_to(lake)): hashlib.sha256(p.read_bytes()).hexdigest()
             for p in sorted(lake.rglob("*")) if p.is_file() and not p.name.startswith("metastore.db")}
    db = sqlite3.connect(lake / "metastore.db")
    tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {t: sorted(map(str, db.execute(f'SELECT * FROM "{t}"'))) for t in tables if "history" not in t}
    db.close()
    return files, rows


def test_a_clone_validates_and_then_nothing_differs(demo):
    summary = demo.json("clone", "--source", "demo_retail", "--dest", "demo_copy", "--validate")
    assert summary["tables"]["failed"] == 0 and summary["tables"]["success"] > 0
    assert summary["errors"] == []
    assert summary["validation"]["mismatched"] == 0
    assert summary["validation"]["matched"] == summary["tables"]["success"]
    assert summary["bytes_copied"] > 0 and summary["files_copied"] > 0
    assert summary["formats"] == {"DELTA": summary["tables"]["success"]}
    difference = demo.json("diff", "--source", "demo_retail", "--dest", "demo_copy")
    for kind in ("schemas", "tables", "views", "functions", "volumes"):
        assert difference[kind]["only_in_source"] == [] and difference[kind]["only_in_dest"] == []
    for kind in ("tables", "views", "functions"):
        assert difference[kind]["in_both"], kind


def test_a_dry_run_changes_nothing(demo):
    before = world(demo)
    plan = demo.json("clone", "--source", "demo_retail", "--dest", "dry", "--dry-run")
    assert world(demo) == before
    assert plan["hash"] and plan["steps"]
    assert ["dry"] not in demo.rows("SHOW CATALOGS")


def test_views_and_functions_of_the_clone_read_the_clone(demo):
    demo("clone", "--source", "demo_retail", "--dest", "rewritten")
    views = demo.rows("SELECT table_schema, table_name, view_definition FROM rewritten.information_schema.views")
    assert views
    for schema, name, definition in views:
        assert "demo_retail" not in definition
        demo.rows(f"SELECT * FROM rewritten.{schema}.{name} LIMIT 1")


@pytest.mark.parametrize("args,status,word", [
    (("--source", "nothing_here", "--dest", "x"), 4, "nothing_here"),
    (("--source", "demo_retail", "--dest", "demo_retail"), 2, "demo_retail"),
    (("--source", "demo_retail", "--dest", "DEMO_RETAIL"), 2, "DEMO_RETAIL"),
    (("--source", "demo_retail"), 2, "dest"),
    (("--source", "demo_retail", "--dest", "x", "--clone-type", "SIDEWAYS"), 2, "SIDEWAYS"),
    (("--source", "demo_retail", "--dest", "x", "--max-workers", "0"), 2, "max-workers"),
    (("--source", "demo_retail", "--dest", "x", "--no-such-flag"), 2, "no-such-flag"),
    (("--source", "demo_retail", "--dest", "x", "--include-schemas", "no_such_schema"), 4, "no_such_schema"),
])
def test_a_mistake_is_named_and_changes_nothing(demo, args, status, word):
    before = world(demo)
    done = demo.run("clone", *args)
    assert done.returncode == status, done.stderr
    assert word in done.stderr
    assert world(demo) == before


@pytest.mark.parametrize("name", ["a.b", "a`b", "it's", 'say "hi"', "größe_日本", "a b", "--x", "a;b", "%s%n"])
def test_odd_names_work_or_are_refused_clearly(demo, name):
    done = demo.run("clone", "--source", "demo_retail", f"--dest={name}", "--include-schemas", "gold")
    assert "PARSE_SYNTAX_ERROR" not in done.stderr, done.stderr
    if done.returncode == 0:
        quoted = "`" + name.replace("`", "``") + "`"
        assert demo.rows(f"SELECT count(*) FROM {quoted}.information_schema.tables WHERE table_schema = 'gold'") != [["0"]]
        difference = demo.json("diff", "--source", "demo_retail", f"--dest={name}")
        assert difference["tables"]["only_in_dest"] == []
        demo("run-sql", "--sql", f"DROP CATALOG {quoted} CASCADE")
    else:
        assert name in done.stderr or "name" in done.stderr


def test_grants_are_copied(demo):
    demo("run-sql", "--sql", "GRANT SELECT ON SCHEMA demo_retail.gold TO `account users`")
    demo("clone", "--source", "demo_retail", "--dest", "granted")
    assert any("account users" in row and "SELECT" in row for row in demo.rows("SHOW GRANTS ON SCHEMA granted.gold"))
    demo("clone", "--source", "demo_retail", "--dest", "not_granted", "--no-permissions")
    assert not any("account users" in row for row in demo.rows("SHOW GRANTS ON SCHEMA not_granted.gold"))
    demo("run-sql", "--sql", "REVOKE SELECT ON SCHEMA demo_retail.gold FROM `account users`")


def test_one_failing_object_does_not_stop_the_others(demo):
    demo("run-sql", "--sql", "CREATE TABLE demo_retail.bronze.doomed AS SELECT 1 AS a")
    location = demo.rows("DESCRIBE DETAIL demo_retail.bronze.doomed")[0][4].removeprefix("file:")
    for file in os.listdir(location):
        if file.endswith(".parquet"):
            os.unlink(os.path.join(location, file))
    done = demo.run("clone", "--source", "demo_retail", "--dest", "partial", "--json")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert summary["tables"]["failed"] == 1 and len(summary["errors"]) == 1
    assert "doomed" in json.dumps(summary["errors"])
    assert ["0"] == demo.rows("SELECT count(*) FROM partial.information_schema.tables WHERE table_name = 'doomed'")[0]
    demo("run-sql", "--sql", "DROP TABLE demo_retail.bronze.doomed")


def test_over_http_the_report_is_the_same(demo, tmp_path):
    server = Server(demo, "workspace", "serve", "--root", demo.home / "lake", "--port", "0", "--token", "t0ken")
    try:
        remote = Clxs(tmp_path / "remote", DATABRICKS_HOST=server.url, DATABRICKS_TOKEN="t0ken")
        over = remote.json("clone", "--source", "demo_retail", "--dest", "over_http", "--validate")
        inside = demo.json("clone", "--source", "demo_retail", "--dest", "in_process", "--validate")

        def stable(summary):
            drop = {"duration_seconds", "timestamp", "schema_durations", "destination_catalog", "plan_hash", "versions",
                    "requests", "statements", "t0", "workspace", "run_id", "job_id"}
            return {k: v for k, v in summary.items() if k not in drop}

        assert stable(over) == stable(inside)
        assert over["requests"] == inside["requests"]
        wrong = Clxs(tmp_path / "wrong", DATABRICKS_HOST=server.url, DATABRICKS_TOKEN="nonsense")
        done = wrong.run("clone", "--source", "demo_retail", "--dest", "x")
        assert done.returncode == 3 and "token" in done.stderr.lower()
        done = remote.run("clone", "--source", "demo_retail", "--dest", "x", "--warehouse-id", "0000000000000000")
        assert done.returncode == 4 and "0000000000000000" in done.stderr
    finally:
        assert server.stop() == 0


def test_the_statement_budget_holds(demo):
    t, v, f, o, s = (int(demo.rows(q)[0][0]) for q in (
        "SELECT count(*) FROM demo_retail.information_schema.tables WHERE table_type <> 'VIEW' AND table_schema <> 'information_schema'",
        "SELECT count(*) FROM demo_retail.information_schema.views WHERE table_schema <> 'information_schema'",
        "SELECT count(*) FROM demo_retail.information_schema.routines",
        "SELECT count(*) FROM demo_retail.information_schema.volumes",
        "SELECT count(*) FROM demo_retail.information_schema.schemata"))
    summary = demo.json("clone", "--source", "demo_retail", "--dest", "budget")
    assert summary["requests"] <= t + -(-t // 50) + s + v + f + o + 30


def many_tables(clxs, count):
    script = [f"CREATE TABLE many.s.t{i:03} AS SELECT id, id * {i} AS v FROM range(50)" for i in range(count)]
    clxs("run-sql", "--sql", "CREATE CATALOG many")
    clxs("run-sql", "--sql", "CREATE SCHEMA many.s")
    server = Server(clxs, "workspace", "serve", "--root", clxs.home / "lake", "--port", "0", "--token", "t")
    api = Api(server.url, {"Authorization": "Bearer t"})
    warehouse = api("GET", "/api/2.0/sql/warehouses")["warehouses"][0]["id"]
    for sql in script:
        answer = api("POST", "/api/2.0/sql/statements", {"statement": sql, "warehouse_id": warehouse, "wait_timeout": "30s"})
        assert answer["status"]["state"] == "SUCCEEDED", answer
    server.stop()


def contents(clxs, catalog):
    names = [r[0] for r in clxs.rows(f"SELECT table_name FROM {catalog}.information_schema.tables WHERE table_schema = 's' ORDER BY 1")]
    union = " UNION ALL ".join(f"SELECT '{n}', count(*), sum(v), sum(id) FROM {catalog}.s.{n}" for n in names)
    return sorted(clxs.rows(union))


def test_killed_in_the_middle_and_resumed_it_equals_an_uninterrupted_run(clxs):
    many_tables(clxs, 200)
    clxs("clone", "--source", "many", "--dest", "whole")
    want = contents(clxs, "whole")
    assert len(want) == 200
    for part, wait in enumerate((0.15, 0.4, 0.8)):
        dest = f"cut{part}"
        process = clxs.start("clone", "--source", "many", "--dest", dest, "--max-workers", "4")
        time.sleep(wait)  # the instant is meant to be arbitrary
        process.send_signal(signal.SIGKILL)
        process.wait()
        clxs("resume")
        assert contents(clxs, dest) == want
        # Nothing on disk that no table knows, nothing half written.
        known = {r[0].removeprefix("file:") for r in clxs.rows(
            "SELECT storage_path FROM system.information_schema.tables WHERE storage_path IS NOT NULL")}
        folders = {str(p.parent) for p in (clxs.home / "lake").rglob("_delta_log")}
        assert folders <= known, folders - known
        for folder in folders:
            log = "".join(open(os.path.join(folder, "_delta_log", n)).read()
                          for n in os.listdir(os.path.join(folder, "_delta_log")) if n.endswith(".json"))
            for name in os.listdir(folder):
                assert name.startswith("_") or name in log, f"{folder}/{name} is unaccounted for"
        assert clxs.json("resume")["resumed"] == []
