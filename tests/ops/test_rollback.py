"""A clone is taken back: what it made goes, what was there is as it was. behaviours P: 209, 210; peer-analysis 2.5."""
import pytest

from conftest import Clxs


@pytest.fixture
def src(tmp_path):
    clxs = Clxs(tmp_path / "home")
    for sql in ("CREATE CATALOG src", "CREATE SCHEMA src.s", "CREATE TABLE src.s.a AS SELECT 1 AS x", "CREATE TABLE src.s.b AS SELECT 2 AS x",
                "CREATE VIEW src.s.v AS SELECT x FROM src.s.a", "CREATE FUNCTION src.s.f(i INT) RETURNS INT RETURN i + 1",
                "CREATE VOLUME src.s.vol", "ALTER TABLE src.s.a SET TAGS ('k' = 'new', 'fresh' = '1')",
                "GRANT SELECT ON TABLE src.s.a TO `account users`", "GRANT MODIFY ON TABLE src.s.a TO `account users`"):
        clxs("run-sql", "--sql", sql)
    return clxs


def clone(clxs, status=0):
    return clxs.json("clone", "--source", "src", "--dest", "dst", status=status)


def catalogs(clxs):
    return [r[0] for r in clxs.rows("SHOW CATALOGS")]


def test_what_the_clone_made_goes(src):
    clone(src)
    plan = src.json("rollback", "--dry-run")
    assert {s["action"] for s in plan["steps"] if "problem" not in s} == {"drop"}
    assert "dst" in catalogs(src)
    result = src.json("rollback", "--yes")
    assert result["failed"] == 0 and result["dropped"] == 7 and result["restored"] == 0  # s, default, a, b, v, f, vol
    assert src.rows("SELECT count(*) FROM dst.information_schema.tables WHERE table_schema = 's'") == [["0"]]
    assert "the catalog stays unless" in [e["reason"] for e in result["left"]][0]
    assert src.json("rollback", "--list")["runs"] == []


def test_the_catalog_too_when_asked(src):
    clone(src)
    src("rollback", "--drop-catalog", "--yes")
    assert "dst" not in catalogs(src)


def existing(src):
    for sql in ("CREATE CATALOG dst", "CREATE SCHEMA dst.s", "CREATE TABLE dst.s.a AS SELECT 100 AS x", "INSERT INTO dst.s.a VALUES (101)",
                "CREATE VIEW dst.s.v AS SELECT 'old' AS x", "CREATE FUNCTION dst.s.f(i INT) RETURNS INT RETURN i - 1",
                "ALTER TABLE dst.s.a SET TAGS ('k' = 'old')", "GRANT SELECT ON TABLE dst.s.a TO `account users`"):
        src("run-sql", "--sql", sql)


def state(src):
    info = "dst.information_schema"
    return (src.rows("SELECT x FROM dst.s.a ORDER BY 1"), src.rows("SELECT x FROM dst.s.v"), src.rows("SELECT dst.s.f(1)"),
            src.rows(f"SELECT tag_name, tag_value FROM {info}.table_tags ORDER BY 1"),
            src.rows(f"SELECT grantee, privilege_type FROM {info}.table_privileges ORDER BY 2"),
            src.rows(f"SELECT table_name FROM {info}.tables WHERE table_schema = 's' ORDER BY 1"))


def test_what_was_there_is_as_it_was(src):
    existing(src)
    before = state(src)
    clone(src)
    assert state(src) != before
    result = src.json("rollback", "--yes")
    assert result["failed"] == 0 and result["errors"] == []
    assert state(src) == before


def test_what_others_wrote_since_is_kept(src):
    clone(src)
    src("run-sql", "--sql", "INSERT INTO dst.s.a VALUES (7)")
    result = src.json("rollback", "--yes", status=1)  # its schema cannot go while the table stays
    assert [e for e in result["left"] if e["object"] == "dst.s.a" and "changed since, by WRITE" in e["reason"]]
    assert src.rows("SELECT count(*) FROM dst.s.a") == [["2"]]
    assert src.json("rollback", "--list")["runs"]
    assert src.json("rollback", "--force", "--yes")["failed"] == 0
    assert src.rows("SELECT count(*) FROM dst.information_schema.tables WHERE table_schema = 's'") == [["0"]]


def test_a_table_that_stood_there_by_the_time_of_the_clone_is_not_dropped(src):
    """Made between the plan and the clone's statement: the history says so, the plan cannot."""
    existing(src)
    clone(src)
    plan = {s["object"]: s["action"] for s in src.json("rollback", "--dry-run")["steps"] if s["kind"] == "TABLE" and s["action"] in ("drop", "restore")}
    assert plan == {"dst.s.a": "restore", "dst.s.b": "drop"}


def test_a_table_made_anew_since_is_left_alone(src):
    clone(src)
    src("run-sql", "--sql", "DROP TABLE dst.s.b")
    src("run-sql", "--sql", "CREATE TABLE dst.s.b AS SELECT 9 AS x")
    result = src.json("rollback", "--yes", status=1)
    assert [e for e in result["left"] if e["object"] == "dst.s.b" and "made anew" in e["reason"]]
    assert src.rows("SELECT x FROM dst.s.b") == [["9"]]


def test_an_unknown_run_is_told(src):
    done = src.run("rollback", "--rollback-log", "nope", "--yes")
    assert done.returncode != 0 and "no run nope" in done.stderr
