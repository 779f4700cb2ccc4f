"""Write privileges are taken away during a clone and always come back. behaviours M: 173 to 181."""
import signal
import time

import pytest

from conftest import Clxs

GRANTS = [["CATALOG", "USE CATALOG"], ["SCHEMA", "MODIFY"], ["SCHEMA", "SELECT"], ["SCHEMA", "USE SCHEMA"], ["TABLE", "MODIFY"]]


@pytest.fixture
def src(tmp_path):
    clxs = Clxs(tmp_path / "home")
    for sql in ("CREATE CATALOG src", "CREATE SCHEMA src.s", "CREATE TABLE src.s.t AS SELECT 1 AS x",
                "CREATE TABLE src.s.u AS SELECT 1 AS x", "GRANT USE CATALOG ON CATALOG src TO `account users`",
                "GRANT USE SCHEMA, SELECT, MODIFY ON SCHEMA src.s TO `account users`",
                "GRANT MODIFY ON TABLE src.s.t TO `account users`"):
        clxs("run-sql", "--sql", sql)
    return clxs


def grants(clxs):
    info = "src.information_schema"
    return clxs.rows(f"""SELECT 'CATALOG' AS k, privilege_type FROM {info}.catalog_privileges UNION ALL
        SELECT 'SCHEMA', privilege_type FROM {info}.schema_privileges UNION ALL
        SELECT 'TABLE', privilege_type FROM {info}.table_privileges ORDER BY 1, 2""")


def test_176_177_the_log_and_the_grants_afterwards(src):
    assert grants(src) == GRANTS
    done = src.run("clone", "--source", "src", "--dest", "dst", "--quiesce-source", "--verbose")
    assert done.returncode == 0, done.stderr
    assert "Quiesce: revoked MODIFY from account users on `src`.`s`" in done.stderr
    assert "Quiesce restore complete: 2 principal/schema grant(s) re-applied" in done.stderr
    assert "Restore: could not re-grant" not in done.stderr
    assert grants(src) == GRANTS
    copied = src.rows("SELECT privilege_type FROM dst.information_schema.schema_privileges ORDER BY 1")
    assert copied == [["MODIFY"], ["SELECT"], ["USE SCHEMA"]]


def test_179_a_failing_clone_gives_them_back(src):
    src("run-sql", "--sql", "CREATE CATALOG dst")
    src("run-sql", "--sql", "CREATE SCHEMA dst.s")
    src("run-sql", "--sql", "CREATE VIEW dst.s.t AS SELECT 1 AS a")
    src("clone", "--source", "src", "--dest", "dst", "--quiesce-source", status=1)
    assert grants(src) == GRANTS


def test_a_dry_run_takes_nothing(src):
    done = src.run("clone", "--source", "src", "--dest", "dst", "--quiesce-source", "--dry-run", "--verbose")
    assert done.returncode == 0 and "REVOKE" not in done.stderr and grants(src) == GRANTS


def test_who_has_all_privileges_reads_on_and_gets_them_back(src):
    src("run-sql", "--sql", "GRANT ALL PRIVILEGES ON SCHEMA src.s TO `admins`")
    before = grants(src)
    src("clone", "--source", "src", "--dest", "dst", "--quiesce-source")
    assert grants(src) == before


@pytest.mark.parametrize("wait", [0.05, 0.15, 0.25, 0.4, 0.6])
def test_killed_in_the_middle_the_next_command_gives_them_back(src, wait):
    for i in range(12):
        src("run-sql", "--sql", f"CREATE TABLE src.s.t{i} AS SELECT 1 AS x")
    process = src.start("clone", "--source", "src", "--dest", "dst", "--quiesce-source", "--max-workers", "1")
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.wait()
    src("search", "--source", "src", "--pattern", "t")
    assert grants(src) == GRANTS
