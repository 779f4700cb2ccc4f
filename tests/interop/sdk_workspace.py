"""The embedded workspace as the unmodified databricks-sdk sees it.

Run with pytest. CLXS_BIN names the program (else build/release/clxs, else build/dev/clxs).
"""

import os
import pathlib
import subprocess
import threading
import time
import urllib.request
import uuid

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from databricks.sdk.service.catalog import (
    FunctionInfo,
    CreateFunction,
    PermissionsChange,
    Privilege,
    VolumeType,
)
from databricks.sdk.service.sql import (
    Disposition,
    ExecuteStatementRequestOnWaitTimeout,
    Format,
    StatementParameterListItem,
    StatementState,
    State,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "dapi-" + uuid.uuid4().hex


def binary():
    for candidate in (os.environ.get("CLXS_BIN"), ROOT / "build/release/clxs", ROOT / "build/dev/clxs"):
        if candidate and pathlib.Path(candidate).exists():
            return str(candidate)
    pytest.skip("clxs is not built")


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    process = subprocess.Popen(
        [binary(), "workspace", "serve", "--root", str(folder), "--port", "0", "--token", TOKEN],
        stdout=subprocess.PIPE,
        text=True,
    )
    first = process.stdout.readline()
    assert first.startswith("listening on http://127.0.0.1:"), first
    yield first.split(" on ")[1].strip()
    process.terminate()
    assert process.wait(timeout=30) == 0


def client(host, token=TOKEN):
    return WorkspaceClient(config=Config(host=host, token=token, auth_type="pat", retry_timeout_seconds=5))


@pytest.fixture(scope="session")
def w(host):
    return client(host)


@pytest.fixture(scope="session")
def warehouse(w):
    return next(iter(w.warehouses.list())).id


@pytest.fixture
def catalog(w):
    name = "c_" + uuid.uuid4().hex[:8]
    w.catalogs.create(name, comment="made by a test")
    yield name
    w.catalogs.delete(name, force=True)


@pytest.fixture
def sql(w, warehouse):
    def run(text, **more):
        answer = w.statement_execution.execute_statement(statement=text, warehouse_id=warehouse, **more)
        assert answer.status.state == StatementState.SUCCEEDED, answer.status.error
        return answer

    return run


def status_of(host, path, token=None, method="GET"):
    request = urllib.request.Request(host + path, method=method)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode(), e.headers


# ---- who and where


def test_the_current_user_is_an_admin_of_this_workspace(w):
    me = w.current_user.me()
    assert "@" in me.user_name and me.active
    assert "admins" in [g.display for g in me.groups]
    assert w.get_workspace_id() > 0


def test_a_wrong_token_and_none_are_told_apart(host):
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        client(host, "dapi-wrong").current_user.me()
    code, body, _ = status_of(host, "/api/2.1/unity-catalog/catalogs")
    assert code == 401 and "Credential was not sent" in body


def test_an_unknown_path_is_named(host):
    code, body, headers = status_of(host, "/api/2.0/nothing/here", TOKEN)
    assert code == 404 and "ENDPOINT_NOT_FOUND" in body
    assert "No API found for 'GET /api/2.0/nothing/here'" in body
    assert headers["x-request-id"]
    assert status_of(host, "/api/2.1/unity-catalog/catalogs", TOKEN, "PUT")[0] == 405


def test_a_client_secret_gives_an_oauth_token(w, host):
    config = Config(host=host, client_id=w.current_user.me().user_name, client_secret=TOKEN, auth_type="oauth-m2m")
    assert WorkspaceClient(config=config).current_user.me().active


def test_there_is_one_warehouse_that_stops_and_starts(w, warehouse):
    one = w.warehouses.get(warehouse)
    assert one.state == State.RUNNING and len(one.id) == 16
    w.warehouses.stop(warehouse).result()
    assert w.warehouses.get(warehouse).state == State.STOPPED
    w.warehouses.start(warehouse).result()
    assert w.warehouses.get(warehouse).state == State.RUNNING
    with pytest.raises(NotFound):
        w.warehouses.get("0123456789abcdef")


def test_the_metastore_is_assigned(w):
    assigned = w.metastores.current()
    assert w.metastores.summary().metastore_id == assigned.metastore_id
    assert assigned.default_catalog_name == "main"


# ---- catalogs, schemas


def test_catalogs_come_and_go(w, catalog):
    assert catalog in [c.name for c in w.catalogs.list()]
    assert {"main", "system"} <= {c.name for c in w.catalogs.list()}
    changed = w.catalogs.update(catalog, comment="new", properties={"a": "b"})
    assert changed.comment == "new" and changed.properties == {"a": "b"}
    assert [s.name for s in w.schemas.list(catalog)] == ["default", "information_schema"]
    renamed = w.catalogs.update(catalog, new_name=catalog + "x")
    assert renamed.name == catalog + "x"
    w.catalogs.update(catalog + "x", new_name=catalog)
    with pytest.raises(BadRequest, match="already exists"):
        w.catalogs.create(catalog.upper())
    with pytest.raises(NotFound, match="Catalog 'nope' does not exist."):
        w.catalogs.get("nope")


def test_schemas_come_and_go(w, catalog):
    made = w.schemas.create("Sales", catalog, comment="c")
    assert made.full_name == f"{catalog}.sales" and made.owner
    assert w.schemas.get(f"{catalog}.SALES").comment == "c"
    w.volumes.create(catalog, "sales", "v", VolumeType.MANAGED)
    with pytest.raises(BadRequest, match="(?i)contains objects"):
        w.schemas.delete(f"{catalog}.sales")
    w.schemas.delete(f"{catalog}.sales", force=True)
    with pytest.raises(NotFound, match=f"Schema '{catalog}.sales' does not exist."):
        w.schemas.get(f"{catalog}.sales")
    with pytest.raises(NotFound):
        list(w.schemas.list("nope"))


def test_odd_names_work_and_impossible_ones_are_refused(w, catalog):
    for name in ("a.b", "it's", "tick`tick", "größe", "表 格", "100%"):
        w.schemas.create(name, catalog)
        assert w.schemas.get(f"{catalog}.{name}").name == name
    listed = [s.name for s in w.schemas.list(catalog, max_results=2)]
    assert "a.b" in listed and "表 格" in listed and len(listed) == 8
    for name in ("a/b", "a\nb", "x" * 256):
        with pytest.raises(InvalidParameterValue):
            w.schemas.create(name, catalog)


# ---- volumes, functions


def test_volumes_come_and_go(w, catalog, tmp_path):
    v = w.volumes.create(catalog, "default", "Vol", VolumeType.MANAGED, comment="c")
    assert v.full_name == f"{catalog}.default.vol"
    folder = pathlib.Path(v.storage_location.removeprefix("file://"))
    assert folder.is_dir()
    assert [x.name for x in w.volumes.list(catalog, "default")] == ["vol"]
    assert w.volumes.update(v.full_name, new_name="vol2").name == "vol2"
    w.volumes.delete(f"{catalog}.default.vol2")
    assert not folder.exists()
    e = w.volumes.create(catalog, "default", "ext", VolumeType.EXTERNAL, storage_location=str(tmp_path))
    w.volumes.delete(e.full_name)
    assert tmp_path.is_dir()
    with pytest.raises(NotFound):
        w.volumes.read(e.full_name)


def test_functions_made_by_sql_are_read_by_rest(w, catalog, sql):
    sql(f"CREATE FUNCTION {catalog}.default.twice(x INT) RETURNS INT RETURN x * 2")
    f: FunctionInfo = w.functions.get(f"{catalog}.default.twice")
    assert f.input_params.parameters[0].name == "x"
    assert f.full_data_type.upper() == "INT" and "2" in f.routine_definition
    assert [x.name for x in w.functions.list(catalog, "default")] == ["twice"]
    w.functions.delete(f.full_name)
    with pytest.raises(NotFound):
        w.functions.get(f.full_name)


# ---- tables


def test_tables_made_by_sql_are_read_by_rest(w, catalog, sql):
    sql(f"CREATE TABLE {catalog}.default.t (Id BIGINT NOT NULL, price DECIMAL(10,2) COMMENT 'p', tags ARRAY<STRING>)")
    sql(f"CREATE VIEW {catalog}.default.v AS SELECT id FROM {catalog}.default.t")
    t = w.tables.get(f"{catalog}.default.t")
    assert t.table_type.value == "MANAGED" and t.data_source_format.value == "DELTA"
    assert [c.name for c in t.columns] == ["Id", "price", "tags"]
    assert (t.columns[1].type_precision, t.columns[1].type_scale) == (10, 2)
    assert t.columns[0].type_name.value == "LONG" and t.columns[1].comment == "p"
    assert w.tables.exists(t.full_name).table_exists
    assert not w.tables.exists(f"{catalog}.default.nope").table_exists
    assert {x.name: x.table_type.value for x in w.tables.list(catalog, "default")} == {"t": "MANAGED", "v": "VIEW"}
    assert len(list(w.tables.list_summaries(catalog, table_name_pattern="t%"))) == 1
    folder = pathlib.Path(t.storage_location.removeprefix("file://"))
    assert (folder / "_delta_log").is_dir()
    w.tables.delete(t.full_name)
    assert not folder.exists()
    with pytest.raises(NotFound, match="does not exist"):
        w.tables.get(t.full_name)


def test_a_delta_table_of_another_writer_is_registered(w, catalog, sql, tmp_path):
    arro3 = pytest.importorskip("arro3.core")
    deltalake = pytest.importorskip("deltalake")
    rows = arro3.Table.from_pydict({"id": arro3.Array([1, 2, 3], type=arro3.DataType.int64())})
    deltalake.write_deltalake(str(tmp_path / "t"), rows)
    body = {
        "name": "ext", "catalog_name": catalog, "schema_name": "default", "table_type": "EXTERNAL",
        "data_source_format": "DELTA", "storage_location": f"file://{tmp_path}/t/", "columns": [],
    }
    made = w.api_client.do("POST", "/api/2.1/unity-catalog/tables", body=body)
    assert made["storage_location"] == f"file://{tmp_path}/t"
    assert [c["name"] for c in made["columns"]] == ["id"]
    answer = sql(f"SELECT sum(id) FROM {catalog}.default.ext")
    assert answer.result.data_array == [["6"]]
    w.tables.delete(f"{catalog}.default.ext")
    assert (tmp_path / "t" / "_delta_log").is_dir()


# ---- grants


def test_grants_are_given_seen_and_inherited(w, catalog):
    change = PermissionsChange(principal="account users", add=[Privilege.USE_CATALOG, Privilege.SELECT])
    w.grants.update("catalog", catalog, changes=[change])
    given = w.grants.get("CATALOG", catalog).privilege_assignments
    assert [(g.principal, sorted(p.value for p in g.privileges)) for g in given] == [
        ("account users", ["SELECT", "USE_CATALOG"])
    ]
    below = w.grants.get_effective("schema", f"{catalog}.default").privilege_assignments
    assert [(p.privilege.value, p.inherited_from_name) for p in below[0].privileges] == [("SELECT", catalog)]
    change = PermissionsChange(principal="account users", remove=[Privilege.SELECT, Privilege.USE_CATALOG])
    assert not w.grants.update("catalog", catalog, changes=[change]).privilege_assignments
    with pytest.raises(NotFound):
        w.grants.update("catalog", catalog, changes=[PermissionsChange(principal="no@one", add=[Privilege.SELECT])])
    twice = PermissionsChange(principal="account users", add=[Privilege.SELECT], remove=[Privilege.SELECT])
    with pytest.raises(InvalidParameterValue, match="Duplicate"):
        w.grants.update("catalog", catalog, changes=[twice])


# ---- statements


def test_a_statement_gives_typed_columns_and_rows(sql):
    answer = sql("SELECT 1 AS a, 'x''y' AS b, CAST(NULL AS STRING) AS c, CAST(1.5 AS DECIMAL(10,2)) AS d")
    columns = answer.manifest.schema.columns
    assert [c.name for c in columns] == ["a", "b", "c", "d"]
    assert [c.type_name.value for c in columns] == ["INT", "STRING", "STRING", "DECIMAL"]
    assert answer.result.data_array == [["1", "x'y", None, "1.50"]]


def test_parameters_and_defaults_are_used(sql, catalog):
    parameters = [StatementParameterListItem(name="n", value="41", type="INT"), StatementParameterListItem(name="s")]
    answer = sql("SELECT :n + 1, :s IS NULL", parameters=parameters)
    assert answer.result.data_array == [["42", "true"]]
    sql("CREATE TABLE t (a INT)", catalog=catalog, schema="default")
    assert sql("SELECT count(*) FROM t", catalog=catalog, schema="default").result.data_array == [["0"]]


def test_a_failing_statement_says_why(w, warehouse):
    answer = w.statement_execution.execute_statement(statement="SELECT * FROM main.default.nope", warehouse_id=warehouse)
    assert answer.status.state == StatementState.FAILED
    assert answer.status.error.error_code.value == "BAD_REQUEST"
    assert "[TABLE_OR_VIEW_NOT_FOUND]" in answer.status.error.message
    assert "SQLSTATE: 42P01" in answer.status.error.message


def test_large_results_come_in_chunks(w, sql):
    answer = sql("SELECT id, repeat('x', 100) FROM range(100000)")
    assert answer.manifest.total_row_count == 100000
    assert answer.manifest.total_chunk_count > 1
    seen = list(answer.result.data_array)
    part = answer.result
    while part.next_chunk_index is not None:
        part = w.statement_execution.get_statement_result_chunk_n(answer.statement_id, part.next_chunk_index)
        assert part.row_offset == len(seen)
        seen += part.data_array
    assert len(seen) == 100000 and sorted(int(r[0]) for r in seen) == list(range(100000))


def test_links_need_no_credentials_and_cannot_be_forged(sql, host):
    answer = sql("SELECT id FROM range(10)", disposition=Disposition.EXTERNAL_LINKS, format=Format.JSON_ARRAY)
    link = answer.result.external_links[0]
    path = link.external_link.removeprefix(host)
    code, body, _ = status_of(host, path)
    assert code == 200 and body.startswith('[["')
    assert status_of(host, path[:-1] + ("0" if path[-1] != "0" else "1"))[0] == 403


def test_limits_cut_and_say_so(sql, w, warehouse):
    answer = sql("SELECT id FROM range(100)", row_limit=10)
    assert len(answer.result.data_array) == 10 and answer.manifest.truncated
    assert not sql("SELECT id FROM range(10)", row_limit=10).manifest.truncated
    answer = sql("SELECT repeat('x', 1000) FROM range(100)", byte_limit=10000)
    assert 0 < len(answer.result.data_array) < 11 and answer.manifest.truncated
    too_big = w.statement_execution.execute_statement(
        statement="SELECT repeat('x', 1000) FROM range(40000)", warehouse_id=warehouse, wait_timeout="50s"
    )
    assert too_big.status.state == StatementState.FAILED and "EXTERNAL_LINKS" in too_big.status.error.message


LONG = "SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON a.id * 7 % 1000 < b.id % 1000"


def until_ended(w, statement_id):
    for _ in range(300):
        answer = w.statement_execution.get_statement(statement_id)
        if answer.status.state not in (StatementState.PENDING, StatementState.RUNNING):
            return answer
        time.sleep(0.1)
    raise AssertionError("the statement did not end")


def test_an_asynchronous_statement_is_polled(w, warehouse):
    answer = w.statement_execution.execute_statement(statement="SELECT 1", warehouse_id=warehouse, wait_timeout="0s")
    ended = until_ended(w, answer.statement_id)
    assert ended.status.state == StatementState.SUCCEEDED and ended.result.data_array == [["1"]]


def test_a_running_statement_is_cancelled(w, warehouse):
    answer = w.statement_execution.execute_statement(statement=LONG, warehouse_id=warehouse, wait_timeout="0s")
    time.sleep(0.5)
    assert w.statement_execution.get_statement(answer.statement_id).status.state == StatementState.RUNNING
    w.statement_execution.cancel_execution(answer.statement_id)
    assert until_ended(w, answer.statement_id).status.state == StatementState.CANCELED


def test_the_wait_timeout_holds(w, warehouse):
    start = time.time()
    answer = w.statement_execution.execute_statement(
        statement=LONG, warehouse_id=warehouse, wait_timeout="5s",
        on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL,
    )
    assert 4.5 < time.time() - start < 12
    assert answer.status.state == StatementState.CANCELED


def test_bad_requests_are_refused(w, warehouse):
    run = w.statement_execution.execute_statement
    with pytest.raises(NotFound):
        run(statement="SELECT 1", warehouse_id="0123456789abcdef")
    with pytest.raises(InvalidParameterValue):
        run(statement="SELECT 1", warehouse_id=warehouse, wait_timeout="3s")
    with pytest.raises(InvalidParameterValue):
        run(statement="", warehouse_id=warehouse)
    with pytest.raises(NotFound):
        w.statement_execution.get_statement(str(uuid.uuid4()))


def test_history_has_what_was_run(w, sql):
    mark = "history_" + uuid.uuid4().hex
    answer = sql(f"SELECT '{mark}' AS a")
    page = w.query_history.list(max_results=50, include_metrics=True)
    mine = [q for q in page.res if mark in q.query_text]
    assert [q.query_id for q in mine] == [answer.statement_id]
    assert mine[0].status.value == "FINISHED" and mine[0].rows_produced == 1


def test_many_clients_at_once(host, warehouse):
    failures = []

    def work(i):
        try:
            mine = client(host)
            for k in range(10):
                answer = mine.statement_execution.execute_statement(statement=f"SELECT {i * 100 + k}", warehouse_id=warehouse)
                assert answer.result.data_array == [[str(i * 100 + k)]]
        except Exception as e:  # noqa: BLE001
            failures.append(e)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failures


# ---- another principal


def test_another_user_sees_and_does_only_what_was_granted(w, host, catalog, warehouse, sql):
    sql(f"CREATE TABLE {catalog}.default.t (a INT)")
    sql(f"CREATE TABLE {catalog}.default.u (a INT)")
    name = f"ann{uuid.uuid4().hex[:6]}@example.com"
    w.users.create(user_name=name)
    token = make_token(w, name)
    ann = client(host, token)
    assert ann.current_user.me().user_name == name
    assert catalog not in [c.name for c in ann.catalogs.list()]
    with pytest.raises(PermissionDenied):
        ann.catalogs.get(catalog)
    with pytest.raises(PermissionDenied):
        ann.catalogs.create("not_allowed")
    grant = lambda kind, full, *p: w.grants.update(kind, full, changes=[PermissionsChange(principal=name, add=list(p))])
    grant("catalog", catalog, Privilege.USE_CATALOG, Privilege.USE_SCHEMA)
    grant("table", f"{catalog}.default.t", Privilege.SELECT)
    assert [t.name for t in ann.tables.list(catalog, "default")] == ["t"]
    run = lambda text: ann.statement_execution.execute_statement(statement=text, warehouse_id=warehouse).status
    assert run(f"SELECT * FROM {catalog}.default.t").state == StatementState.SUCCEEDED
    refused = run(f"SELECT * FROM {catalog}.default.u")
    assert refused.state == StatementState.FAILED and "42501" in refused.error.message
    with pytest.raises(PermissionDenied):
        ann.tables.delete(f"{catalog}.default.t")


def make_token(w, user):
    """Another user's token: an admin makes it on their behalf."""
    made = w.api_client.do(
        "POST", "/api/2.0/token-management/on-behalf-of/tokens", body={"application_id": user, "comment": "test"}
    )
    return made["token_value"]
