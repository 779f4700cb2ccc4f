"""What would stop a clone, found before it. Nothing is changed; peer-analysis 36 and 38 are not here."""
import pytest

from conftest import Api, Clxs, Server

NAMES = {"connectivity", "current_identity", "warehouse", "env_vars", "source_access (src)", "destination_access (dst)",
         "source_use_catalog", "source_select", "create_catalog_permission", "dest_manage_permission", "dest_create_table",
         "write_permissions", "platform_limits", "table_kinds", "view_definitions", "names"}
WRITE = {"create_catalog_permission", "dest_manage_permission", "dest_create_table", "write_permissions"}
BUILD = """
CREATE CATALOG src
CREATE SCHEMA src.s
CREATE TABLE src.s.t AS SELECT 1 AS x
CREATE TABLE src.s.u AS SELECT 1 AS x
CREATE VIEW src.s.v AS SELECT * FROM src.s.t
CREATE FUNCTION src.s.f(i INT) RETURNS INT RETURN i + 1
CREATE VOLUME src.s.files
"""
DEST = ["CREATE CATALOG dst", "CREATE SCHEMA dst.s", "CREATE TABLE dst.s.t AS SELECT 1 AS x"]


def sql(clxs, *statements):
    for statement in statements:
        clxs("run-sql", "--sql", statement)


def look(clxs, *more, status=0):
    answer = clxs.json("preflight", "--source", "src", "--dest", "dst", *more, status=status)
    checks = {c["check"]: c for c in answer["checks"]}
    assert len(checks) == len(answer["checks"]) == answer["passed"] + answer["warnings"] + answer["failed"]
    assert answer["ready"] == (answer["failed"] == 0)
    for c in checks.values():
        assert c["status"] in ("OK", "WARN", "FAIL") and c["detail"] and (c["fix"] is None) == (c["status"] == "OK"), c
    return answer, checks


@pytest.fixture(scope="module")
def owner(tmp_path_factory):
    clxs = Clxs(tmp_path_factory.mktemp("preflight"))
    sql(clxs, *BUILD.strip().splitlines())
    return clxs


@pytest.fixture
def home(tmp_path):
    clxs = Clxs(tmp_path / "home")
    sql(clxs, *BUILD.strip().splitlines())
    return clxs


def test_an_owner_is_ready_and_every_check_has_its_name(owner):
    answer, checks = look(owner)
    assert set(checks) == NAMES and answer["ready"] and answer["warnings"] == 0
    assert "makes it" in checks["destination_access (dst)"]["detail"]


def test_without_the_write_check_nothing_is_said_of_writing(owner):
    assert set(look(owner, "--no-write-check")[1]) == NAMES - WRITE


def test_nothing_is_changed_and_few_questions_are_asked(owner):
    before = owner.rows("SHOW CATALOGS")
    done = owner.run("preflight", "--source", "src", "--dest", "dst", "--json", "--verbose")
    asked = [line.split("SQL: ", 1)[1] for line in done.stderr.splitlines() if "SQL: " in line]
    assert 0 < len(asked) <= 2 * 13 and all(s.startswith(("SELECT", "SHOW", "DESCRIBE")) for s in asked)
    assert owner.rows("SHOW CATALOGS") == before


def test_a_missing_source_is_not_ready(owner):
    answer = owner.json("preflight", "--source", "nope", "--dest", "dst", status=1)
    bad = [c for c in answer["checks"] if c["status"] == "FAIL"]
    assert [c["check"] for c in bad] == ["source_access (nope)"] and bad[0]["fix"] and not answer["ready"]


def test_no_workspace_is_one_failed_check(owner):
    answer = owner.json("preflight", "--source", "src", "--dest", "dst", "--host", "http://127.0.0.1:1", "--token", "secret-token", status=1)
    assert answer["checks"][0]["check"] == "connectivity" and answer["checks"][0]["status"] == "FAIL" and answer["checks"][0]["fix"]
    assert "secret-token" not in str(answer)


def test_an_unknown_warehouse_is_named(owner):
    answer = owner.json("preflight", "--source", "src", "--dest", "dst", "--warehouse-id", "0123456789abcdef", status=1)
    bad = [c for c in answer["checks"] if c["status"] == "FAIL"]
    assert [c["check"] for c in bad] == ["warehouse"] and "0123456789abcdef" in bad[0]["detail"]


@pytest.mark.parametrize("name", ["a.b", "a b", "a/b", "x" * 256])
def test_a_name_that_no_catalog_may_have(owner, name):
    answer = owner.json("preflight", "--source", "src", "--dest", name, status=1)
    assert [c["check"] for c in answer["checks"] if c["status"] == "FAIL"] == ["names"]


def test_the_same_catalog_twice_is_refused(owner):
    assert owner.run("preflight", "--source", "src", "--dest", "Src").returncode == 2


def test_a_token_without_a_host_is_told_and_not_shown(tmp_path):
    clxs = Clxs(tmp_path / "home", DATABRICKS_TOKEN="very-secret")
    sql(clxs, "CREATE CATALOG src")
    answer, checks = look(clxs)
    assert checks["env_vars"]["status"] == "WARN" and answer["ready"] and "very-secret" not in str(answer)


def test_names_that_another_kind_has_in_the_destination(home):
    sql(home, "CREATE CATALOG dst", "CREATE SCHEMA dst.s", "CREATE VIEW dst.s.t AS SELECT 1 AS x")
    answer, checks = look(home)
    assert checks["names"]["status"] == "WARN" and "s.t" in checks["names"]["detail"] and answer["ready"]


def test_the_text_fits_and_says_whether_it_is_ready(owner):
    text = owner("preflight", "--source", "src", "--dest", "dst")
    assert text.splitlines()[-1] == "Ready: 16 passed, 0 warnings, 0 failed" and max(map(len, text.splitlines())) <= 100


# ---- somebody with few rights, over the wire -------------------------------------------------


class Guest:
    """A user with a token of their own, who asks through a server."""

    def __init__(self, home, tmp_path):
        self.home = home
        self.server = Server(home, "workspace", "serve", "--root", home.home / "lake", "--port", "0", "--token", "the-owner")
        api = Api(self.server.url, {"Authorization": "Bearer the-owner"})
        user = api("POST", "/api/2.0/preview/scim/v2/Users", {"userName": "guest@x.org"}, status=201)
        api("POST", "/api/2.0/preview/scim/v2/Groups", {"displayName": "readers", "members": [{"value": user["id"]}]}, status=201)
        token = api("POST", "/api/2.0/token-management/on-behalf-of/tokens", {"application_id": "guest@x.org"})["token_value"]
        self.clxs = Clxs(tmp_path / "guest", DATABRICKS_HOST=self.server.url, DATABRICKS_TOKEN=token)

    def grant(self, *privileges):
        for text in privileges:
            self.home("run-sql", "--host", self.server.url, "--token", "the-owner", "--sql", f"GRANT {text}")


@pytest.fixture
def guest(home, tmp_path):
    sql(home, *DEST)
    g = Guest(home, tmp_path)
    yield g
    g.server.stop()


def test_missing_rights_come_with_the_statement_that_gives_them(guest):
    guest.grant("USE CATALOG ON CATALOG src TO `readers`", "USE SCHEMA, SELECT ON SCHEMA src.s TO `readers`",
                "USE CATALOG ON CATALOG dst TO `guest@x.org`")
    answer, checks = look(guest.clxs, status=1)
    assert checks["source_use_catalog"]["status"] == "OK"  # through the group
    assert checks["source_select"]["status"] == "WARN"
    assert checks["dest_manage_permission"]["status"] == "WARN"
    assert checks["dest_manage_permission"]["fix"] == "GRANT MANAGE ON CATALOG `dst` TO `guest@x.org`"
    assert checks["dest_create_table"]["status"] == "FAIL"
    assert checks["dest_create_table"]["fix"].startswith("GRANT USE CATALOG, USE SCHEMA, CREATE SCHEMA, CREATE TABLE ON CATALOG `dst`")
    guest.grant("USE SCHEMA, CREATE SCHEMA, CREATE TABLE, CREATE FUNCTION, CREATE VOLUME ON CATALOG dst TO `readers`")
    answer, checks = look(guest.clxs)
    assert checks["dest_create_table"]["status"] == "OK" and answer["ready"]


def test_the_fixes_are_statements_that_work(guest):
    guest.grant("USE CATALOG ON CATALOG src TO `guest@x.org`", "BROWSE ON CATALOG src TO `guest@x.org`",
                "USE CATALOG ON CATALOG dst TO `guest@x.org`")
    look(guest.clxs, status=1)
    for _ in range(4):
        answer, checks = look(guest.clxs, status=guest_status(guest))
        fixes = [c["fix"] for c in answer["checks"] if (c["fix"] or "").startswith("GRANT ")]
        for fix in fixes:
            guest.grant(fix.removeprefix("GRANT "))
        if not fixes:
            break
    assert answer["ready"] and answer["warnings"] == 0, answer["checks"]
    done = guest.clxs.run("clone", "--source", "src", "--dest", "dst", "--no-ownership", "--json")
    assert done.returncode == 0, done.stdout


def guest_status(guest):
    return guest.clxs.run("preflight", "--source", "src", "--dest", "dst").returncode


def test_others_rights_are_not_ours(guest):
    """MANAGE that somebody else holds does not make us ready."""
    guest.grant("USE CATALOG ON CATALOG src TO `guest@x.org`", "USE CATALOG ON CATALOG dst TO `guest@x.org`",
                "MANAGE ON CATALOG dst TO `admins`")
    _, checks = look(guest.clxs, status=1)
    assert checks["dest_manage_permission"]["status"] == "WARN"


def test_a_new_catalog_takes_a_right_on_the_metastore(guest):
    guest.grant("USE CATALOG, USE SCHEMA, SELECT, EXECUTE, READ VOLUME ON CATALOG src TO `guest@x.org`")
    ask = ("preflight", "--source", "src", "--dest", "fresh")
    answer = guest.clxs.json(*ask, status=1)
    bad = [c for c in answer["checks"] if c["status"] == "FAIL"]
    assert [c["check"] for c in bad] == ["create_catalog_permission"]
    assert bad[0]["fix"] == "GRANT CREATE CATALOG ON METASTORE TO `guest@x.org`"
    guest.grant("CREATE CATALOG ON METASTORE TO `guest@x.org`")
    assert guest.clxs.json(*ask)["ready"]
    assert guest.clxs.json("clone", "--source", "src", "--dest", "fresh", "--no-ownership")["errors"] == []


def test_a_wrong_token_is_told(guest):
    clxs = Clxs(guest.clxs.home, DATABRICKS_HOST=guest.server.url, DATABRICKS_TOKEN="wrong")
    answer = clxs.json("preflight", "--source", "src", "--dest", "dst", status=1)
    assert answer["checks"][0]["status"] == "FAIL" and answer["checks"][0]["fix"]
