"""Users, groups, service principals and what proves them, by the unmodified databricks-sdk."""
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    BadRequest,
    DatabricksError,
    NotFound,
    PermissionDenied,
    ResourceConflict,
    Unauthenticated,
)
from databricks.sdk.service.iam import ComplexValue, Patch, PatchOp, PatchSchema
from databricks.sdk.service.sql import StatementState

from sdk_workspace import catalog, client, host, make_token, sql, status_of, w, warehouse  # noqa: F401  fixtures

PATCH = [PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


def some(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def user(w):  # noqa: F811
    one = w.users.create(user_name=some("ann") + "@example.com", display_name="Ann")
    yield one
    try:
        w.users.delete(one.id)
    except NotFound:
        pass


@pytest.fixture
def robot(w):  # noqa: F811
    one = w.service_principals.create(display_name=some("robot"))
    yield one
    try:
        w.service_principals.delete(one.id)
    except NotFound:
        pass


@pytest.fixture
def group(w):  # noqa: F811
    one = w.groups.create(display_name=some("group"))
    yield one
    try:
        w.groups.delete(one.id)
    except NotFound:
        pass


def value(text):
    return ComplexValue(value=text)


def members(w, group):  # noqa: F811
    return sorted(m.value for m in w.groups.get(group.id).members or [])


def change(api, id, *operations):
    api.patch(id, schemas=PATCH, operations=[Patch(op=PatchOp(o), path=p, value=v) for o, p, v in operations])


def run(w, warehouse, text):  # noqa: F811
    return w.statement_execution.execute_statement(statement=text, warehouse_id=warehouse)


def allowed(w, warehouse, text):  # noqa: F811
    return run(w, warehouse, text).status.state == StatementState.SUCCEEDED


def signs_in(w):  # noqa: F811
    try:
        return bool(w.current_user.me().id)
    except (PermissionDenied, Unauthenticated):
        return False


# ---- users


def test_a_user_is_made_read_changed_and_deleted(w, user):  # noqa: F811
    assert user.active and user.display_name == "Ann" and user.emails[0].value == user.user_name
    again = w.users.get(user.id)
    assert again.user_name == user.user_name
    w.users.update(user.id, user_name=user.user_name, display_name="Ann B.", external_id="x1",
                   entitlements=[value("workspace-access")])
    again = w.users.get(user.id)
    assert (again.display_name, again.external_id) == ("Ann B.", "x1")
    assert [e.value for e in again.entitlements] == ["workspace-access"]
    with pytest.raises(ResourceConflict):
        w.users.create(user_name=user.user_name.upper())
    w.users.delete(user.id)
    with pytest.raises(NotFound):
        w.users.get(user.id)
    with pytest.raises(NotFound):
        w.users.delete(user.id)


def test_a_deactivated_user_does_not_sign_in(w, host, user):  # noqa: F811
    ann = client(host, make_token(w, user.user_name))
    assert signs_in(ann)
    for no in ("false", [{"value": "false"}]):
        change(w.users, user.id, ("replace", "active", no))
        assert not w.users.get(user.id).active and not signs_in(ann)
        change(w.users, user.id, ("replace", "active", True))
        assert signs_in(ann)
    change(w.users, user.id, ("replace", None, {"active": False}))
    w.users.update(user.id, user_name=user.user_name, display_name="Ann")
    assert not w.users.get(user.id).active and not signs_in(ann)


def test_patch_takes_each_form(w, user):  # noqa: F811
    change(w.users, user.id, ("replace", "displayName", "A"), ("add", "entitlements", [{"value": "workspace-access"}, {"value": "databricks-sql-access"}]))
    change(w.users, user.id, ("remove", 'entitlements[value eq "workspace-access"]', None))
    again = w.users.get(user.id)
    assert again.display_name == "A" and [e.value for e in again.entitlements] == ["databricks-sql-access"]
    change(w.users, user.id, ("add", None, {"displayName": "B", "roles": [{"value": "arn:x"}]}), ("remove", "entitlements", None))
    again = w.users.get(user.id)
    assert again.display_name == "B" and not again.entitlements and again.roles[0].value == "arn:x"
    change(w.users, user.id, ("replace", "userName", "ignored@example.com"))
    assert w.users.get(user.id).user_name == user.user_name
    for bad in (("replace", "password", "x"), ("replace", "active", "maybe"), ("add", None, "x")):
        with pytest.raises(BadRequest):
            change(w.users, user.id, bad)


def test_lists_are_filtered_paged_and_narrowed(w):  # noqa: F811
    tag = some("list")
    made = [w.users.create(user_name=f"{tag}-{i:02}@example.com", display_name=f"D{i} {tag}") for i in range(7)]
    try:
        assert len(list(w.users.list(filter=f'userName sw "{tag}"', count=3))) == 7
        assert [u.id for u in w.users.list(filter=f"userName eq '{made[3].user_name.upper()}'")] == [made[3].id]
        assert {u.id for u in w.users.list(filter=f'displayName co "{tag}" and userName ne "{made[0].user_name}"')} == {u.id for u in made[1:]}
        assert len(list(w.users.list(filter=f'userName eq "{made[0].user_name}" or userName eq "{made[1].user_name}"'))) == 2
        assert not list(w.users.list(filter=f'userName sw "{tag}" and active eq false'))
        narrow = next(iter(w.users.list(filter=f'id eq "{made[2].id}"', attributes="userName")))
        assert narrow.user_name and not narrow.display_name and not narrow.emails
        answer = w.api_client.do("GET", "/api/2.0/preview/scim/v2/Users", query={"filter": f'userName sw "{tag}"', "startIndex": 6, "count": 5})
        assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (7, 6, 2)
        for bad in ("userName", 'userName like "x"', 'userName eq "x" and', 'shoe eq "9"', 'userName eq "x'):
            with pytest.raises(BadRequest):
                list(w.users.list(filter=bad))
    finally:
        for u in made:
            w.users.delete(u.id)


def test_errors_have_the_shape_of_scim(w, host):  # noqa: F811
    with pytest.raises(NotFound):
        w.users.get("12")
    code, body, _ = status_of(host, "/api/2.0/preview/scim/v2/Users?filter=nonsense", w.config.token)
    body = json.loads(body)
    assert code == 400 and body["status"] == "400" and body["scimType"] == "invalidFilter" and body["detail"]
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


# ---- groups


def test_members_come_and_go(w, user, robot, group):  # noqa: F811
    change(w.groups, group.id, ("add", "members", [{"value": user.id}]))
    change(w.groups, group.id, ("add", None, {"members": [{"value": robot.id}, {"value": user.id}]}))
    assert members(w, group) == sorted([user.id, robot.id])
    change(w.groups, group.id, ("remove", f'members[value eq "{user.id}"]', None))
    assert members(w, group) == [robot.id]
    assert [g.display for g in w.service_principals.get(robot.id).groups] == [group.display_name, "users"]
    w.groups.update(group.id, display_name=group.display_name, members=[value(user.id)])
    assert members(w, group) == [user.id]
    with pytest.raises(BadRequest):
        change(w.groups, group.id, ("add", "members", [{"value": "77"}]))
    with pytest.raises(BadRequest):
        change(w.groups, group.id, ("add", "members", [{"value": group.id}]))
    assert members(w, group) == [user.id]


def test_members_added_side_by_side_are_all_there(w, group):  # noqa: F811
    made = [w.service_principals.create(display_name=some("crowd")) for _ in range(12)]
    try:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda p: change(w.groups, group.id, ("add", "members", [{"value": p.id}])), made))
        assert members(w, group) == sorted(p.id for p in made)
        everybody = next(iter(w.groups.list(filter='displayName eq "users"')))
        assert {p.id for p in made} <= {m.value for m in everybody.members}
        with pytest.raises(BadRequest):
            change(w.groups, everybody.id, ("add", "members", [{"value": made[0].id}]))
    finally:
        for p in made:
            w.service_principals.delete(p.id)
    assert not members(w, group)


def test_a_failed_create_leaves_nothing(w):  # noqa: F811
    name = some("never")
    with pytest.raises(BadRequest):
        w.groups.create(display_name=name, members=[value("77")])
    assert not list(w.groups.list(filter=f'displayName eq "{name}"'))


def test_groups_within_groups_give_privileges_even_in_a_circle(w, host, warehouse, catalog, user, group):  # noqa: F811
    outer = w.groups.create(display_name=some("outer"), members=[value(group.id)])
    try:
        change(w.groups, group.id, ("add", "members", [{"value": outer.id}]), ("add", "members", [{"value": user.id}]))
        ann = client(host, make_token(w, user.user_name))
        run(w, warehouse, f"CREATE TABLE {catalog}.default.t AS SELECT 1 AS a")
        assert not allowed(ann, warehouse, f"SELECT * FROM {catalog}.default.t")
        for p in ("USE CATALOG", "USE SCHEMA", "SELECT"):
            assert allowed(w, warehouse, f"GRANT {p} ON CATALOG {catalog} TO `{outer.display_name}`")
        assert allowed(ann, warehouse, f"SELECT * FROM {catalog}.default.t")
        me = ann.current_user.me()
        assert {(g.display, g.type) for g in me.groups} >= {(group.display_name, "direct"), (outer.display_name, "indirect")}
        answer = run(ann, warehouse, f"SELECT is_account_group_member('{outer.display_name}')")
        assert answer.result.data_array == [["true"]]
        found = w.grants.get_effective("TABLE", f"{catalog}.default.t", principal=user.user_name).privilege_assignments
        assert [a.principal for a in found] == [user.user_name]
        assert [(p.privilege.value, p.inherited_from_name) for p in found[0].privileges] == [("SELECT", catalog)]
        change(w.groups, group.id, ("remove", f'members[value eq "{user.id}"]', None))
        assert not allowed(ann, warehouse, f"SELECT * FROM {catalog}.default.t")
    finally:
        w.groups.delete(outer.id)


def test_a_renamed_group_keeps_its_grants(w, host, warehouse, catalog, user, group):  # noqa: F811
    run(w, warehouse, f"CREATE TABLE {catalog}.default.t AS SELECT 1 AS a")
    assert allowed(w, warehouse, f"GRANT ALL PRIVILEGES ON CATALOG {catalog} TO `{group.display_name}`")
    name = some("renamed")
    change(w.groups, group.id, ("add", "members", [{"value": user.id}]), ("replace", "displayName", name))
    assert allowed(client(host, make_token(w, user.user_name)), warehouse, f"SELECT * FROM {catalog}.default.t")
    assert [a.principal for a in w.grants.get("CATALOG", catalog).privilege_assignments] == [name]


def test_an_admin_is_whoever_is_in_admins(w, host, user, group):  # noqa: F811
    admins = next(iter(w.groups.list(filter='displayName eq "admins"')))
    ann = client(host, make_token(w, user.user_name))
    with pytest.raises(PermissionDenied):
        ann.users.create(user_name="x@example.com")
    change(w.groups, group.id, ("add", "members", [{"value": user.id}]))
    change(w.groups, admins.id, ("add", "members", [{"value": group.id}]))
    made = ann.users.create(user_name=some("x") + "@example.com")
    ann.users.delete(made.id)
    change(w.groups, admins.id, ("remove", f'members[value eq "{group.id}"]', None))
    with pytest.raises(PermissionDenied):
        ann.users.create(user_name="x@example.com")
    me = w.current_user.me()
    for wrong in (lambda: change(w.groups, admins.id, ("remove", "members", None)), lambda: w.groups.delete(admins.id),
                  lambda: change(w.users, me.id, ("replace", "active", "false")), lambda: w.users.delete(me.id)):
        with pytest.raises(BadRequest):
            wrong()
    assert signs_in(w)


def test_others_change_nobody(w, host, user, group, robot):  # noqa: F811
    ann = client(host, make_token(w, user.user_name))
    for wrong in (
        lambda: ann.groups.create(display_name="x"),
        lambda: change(ann.groups, group.id, ("add", "members", [{"value": user.id}])),
        lambda: change(ann.users, user.id, ("add", "entitlements", [{"value": "allow-cluster-create"}])),
        lambda: ann.service_principals.delete(robot.id),
        lambda: ann.service_principal_secrets_proxy.create(robot.id),
        lambda: list(ann.service_principal_secrets_proxy.list(robot.id)),
        lambda: list(ann.token_management.list()),
        lambda: ann.token_management.create_obo_token(robot.application_id),
    ):
        with pytest.raises(PermissionDenied):
            wrong()


def test_who_is_deleted_leaves_no_grant_and_no_token(w, host, warehouse, catalog, user):  # noqa: F811
    ann = client(host, make_token(w, user.user_name))
    assert allowed(w, warehouse, f"GRANT USE CATALOG ON CATALOG {catalog} TO `{user.user_name}`")
    assert allowed(w, warehouse, f"CREATE SCHEMA {catalog}.hers")
    w.schemas.update(f"{catalog}.hers", owner=user.user_name)
    w.users.delete(user.id)
    assert not signs_in(ann)
    assert not w.grants.get("CATALOG", catalog).privilege_assignments
    assert w.schemas.get(f"{catalog}.hers").owner == user.user_name
    w.users.create(user_name=user.user_name)
    assert not signs_in(ann)
    w.users.delete(next(iter(w.users.list(filter=f'userName eq "{user.user_name}"'))).id)


# ---- tokens


def test_tokens_are_listed_and_revoked(w, host):  # noqa: F811
    made = w.tokens.create(comment="mine", lifetime_seconds=3600)
    info = made.token_info
    assert info.comment == "mine" and info.expiry_time - info.creation_time == 3600_000
    assert info.token_id in [t.token_id for t in w.tokens.list()]
    again = client(host, made.token_value)
    assert signs_in(again)
    w.tokens.delete(info.token_id)
    assert not signs_in(again) and info.token_id not in [t.token_id for t in w.tokens.list()]
    with pytest.raises(NotFound):
        w.tokens.delete(info.token_id)
    for wrong in (0, -5, 10**9):
        with pytest.raises(BadRequest):
            w.api_client.do("POST", "/api/2.0/token/create", body={"lifetime_seconds": wrong})


def test_a_token_expires(w, host):  # noqa: F811
    made = client(host, w.tokens.create(lifetime_seconds=1).token_value)
    time.sleep(1.1)
    assert not signs_in(made)


def test_admins_manage_the_tokens_of_others(w, host, robot):  # noqa: F811
    made = w.token_management.create_obo_token(robot.application_id, comment="for it", lifetime_seconds=600)
    it = client(host, made.token_value)
    assert it.current_user.me().user_name == robot.application_id
    got = w.token_management.get(made.token_info.token_id).token_info
    assert (got.comment, got.owner_id, got.created_by_username) == ("for it", int(robot.id), w.current_user.me().user_name)
    assert got.token_id in [t.token_id for t in w.token_management.list(created_by_username=got.created_by_username)]
    assert got.token_id not in [t.token_id for t in w.tokens.list()]
    with pytest.raises(NotFound):
        w.tokens.delete(got.token_id)
    w.token_management.delete(got.token_id)
    assert not signs_in(it)


# ---- service principals, OAuth


def with_secret(host, robot, secret):  # noqa: F811
    return WorkspaceClient(config=Config(host=host, client_id=robot.application_id, client_secret=secret, retry_timeout_seconds=5))


def test_a_service_principal_signs_in_with_its_secret(w, host, robot):  # noqa: F811
    made = w.service_principal_secrets_proxy.create(robot.id, lifetime="3600s")
    assert made.secret and made.expire_time > made.create_time
    it = with_secret(host, robot, made.secret)
    assert it.config.auth_type == "oauth-m2m"
    me = it.current_user.me()
    assert (me.user_name, me.display_name) == (robot.application_id, robot.display_name)
    token = it.config.authenticate()["Authorization"].split(" ")[1]
    assert token != made.secret and not signs_in(client(host, made.secret))
    listed = list(w.service_principal_secrets_proxy.list(robot.id))
    assert [s.id for s in listed] == [made.id] and not getattr(listed[0], "secret", None)
    with pytest.raises(ValueError, match="invalid_client"):
        with_secret(host, robot, token).current_user.me()
    w.service_principal_secrets_proxy.delete(robot.id, made.id)
    assert not signs_in(client(host, token))
    with pytest.raises(ValueError, match="invalid_client"):
        with_secret(host, robot, made.secret).current_user.me()
    with pytest.raises(NotFound):
        w.service_principal_secrets_proxy.delete(robot.id, made.id)


def test_a_principal_has_five_secrets_at_most(w, robot):  # noqa: F811
    for _ in range(5):
        w.service_principal_secrets_proxy.create(robot.id)
    with pytest.raises(DatabricksError, match="already has 5 secrets"):
        w.service_principal_secrets_proxy.create(robot.id)
    for s in w.service_principal_secrets_proxy.list(robot.id):
        w.service_principal_secrets_proxy.delete(robot.id, s.id)
    for wrong in ("1", "0s", "-1s", "99999999999s"):
        with pytest.raises(BadRequest):
            w.service_principal_secrets_proxy.create(robot.id, lifetime=wrong)


def test_service_principals_are_listed_by_name_and_by_application(w, robot):  # noqa: F811
    assert [s.id for s in w.service_principals.list(filter=f'applicationId eq "{robot.application_id}"')] == [robot.id]
    assert [s.id for s in w.service_principals.list(filter=f'displayName eq "{robot.display_name}"')] == [robot.id]
    change(w.service_principals, robot.id, ("replace", "displayName", "R2"), ("replace", "active", "false"))
    again = w.service_principals.get(robot.id)
    assert (again.display_name, again.active, again.application_id) == ("R2", False, robot.application_id)


def test_sql_grants_to_an_application(w, host, warehouse, catalog, robot):  # noqa: F811
    it = with_secret(host, robot, w.service_principal_secrets_proxy.create(robot.id).secret)
    run(w, warehouse, f"CREATE TABLE {catalog}.default.t AS SELECT 1 AS a")
    assert not allowed(it, warehouse, f"SELECT * FROM {catalog}.default.t")
    for p in ("USE CATALOG", "USE SCHEMA", "SELECT"):
        assert allowed(w, warehouse, f"GRANT {p} ON CATALOG {catalog} TO `{robot.application_id}`")
    assert allowed(it, warehouse, f"SELECT * FROM {catalog}.default.t")
    assert run(it, warehouse, "SELECT current_user()").result.data_array == [[robot.application_id]]
    assert allowed(w, warehouse, f"REVOKE SELECT ON CATALOG {catalog} FROM `{robot.application_id}`")
    assert not allowed(it, warehouse, f"SELECT * FROM {catalog}.default.t")
    assert not allowed(w, warehouse, f"GRANT SELECT ON CATALOG {catalog} TO `nobody-at-all`")
