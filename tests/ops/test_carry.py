"""What a clone carries beside rows and columns: keys, tags, masks, row filters, owners, grants."""
import pathlib

import pytest

from conftest import Clxs

BUILD = """
CREATE CATALOG src
ALTER CATALOG src SET TAGS ('env' = 'prod')
CREATE SCHEMA src.crm
ALTER SCHEMA src.crm SET TAGS ('layer' = 'gold')
CREATE TABLE src.crm.people (a INT NOT NULL, b INT NOT NULL, email STRING)
ALTER TABLE src.crm.people ADD CONSTRAINT people_pk PRIMARY KEY (a, b)
CREATE TABLE src.crm.orders (x INT, y INT)
ALTER TABLE src.crm.orders ADD CONSTRAINT orders_fk FOREIGN KEY (y, x) REFERENCES src.crm.people (b, a)
INSERT INTO src.crm.people VALUES (1, 1, 'a@x.org'), (2, 2, 'b@x.org')
CREATE FUNCTION src.crm.hide(e STRING) RETURNS STRING RETURN '***'
CREATE FUNCTION src.crm.odd(i INT) RETURNS BOOLEAN RETURN i % 2 = 1
ALTER TABLE src.crm.people ALTER COLUMN email SET TAGS ('pii' = 'email')
ALTER TABLE src.crm.people ALTER COLUMN email SET MASK src.crm.hide
ALTER TABLE src.crm.people SET ROW FILTER src.crm.odd ON (a)
ALTER TABLE src.crm.orders OWNER TO `account users`
ALTER SCHEMA src.crm OWNER TO `account users`
GRANT SELECT ON TABLE src.crm.people TO `account users`
"""


@pytest.fixture(scope="module")
def cloned(tmp_path_factory):
    clxs = Clxs(tmp_path_factory.mktemp("carry"))
    for statement in BUILD.strip().splitlines():
        clxs("run-sql", "--sql", statement)
    summary = clxs.json("clone", "--source", "src", "--dest", "dst")
    assert summary["errors"] == [] and not [w for w in summary["warnings"] if "not copied" in w]
    return clxs


def info(clxs, relation, columns, catalog="dst"):
    return clxs.rows(f"SELECT {columns} FROM {catalog}.information_schema.{relation} WHERE 'x' = 'x' ORDER BY ALL")


def test_keys_keep_their_columns_and_their_order(cloned):
    assert info(cloned, "table_constraints", "table_name, constraint_name, constraint_type") == [
        ["orders", "orders_fk", "FOREIGN KEY"], ["people", "people_pk", "PRIMARY KEY"]]
    usage = "constraint_name, column_name, ordinal_position, position_in_unique_constraint"
    assert info(cloned, "key_column_usage", usage) == info(cloned, "key_column_usage", usage, "src")
    assert info(cloned, "referential_constraints", "constraint_name, unique_constraint_catalog, unique_constraint_name") == [
        ["orders_fk", "dst", "people_pk"]]


def test_tags_of_every_level(cloned):
    assert info(cloned, "catalog_tags", "tag_name, tag_value") == [["env", "prod"]]
    assert info(cloned, "schema_tags", "schema_name, tag_name, tag_value") == [["crm", "layer", "gold"]]
    assert info(cloned, "column_tags", "column_name, tag_name, tag_value") == [["email", "pii", "email"]]


def test_masks_and_filters_are_the_copys_own_and_in_force(cloned):
    assert info(cloned, "column_masks", "column_name, mask_name") == [["email", "dst.crm.hide"]]
    assert info(cloned, "row_filters", "filter_name, target_columns") == [["dst.crm.odd", "a"]]
    assert cloned.rows("SELECT * FROM dst.crm.people") == [["1", "1", "***"]]


def test_owners_and_grants(cloned):
    owners = dict(info(cloned, "tables", "table_name, table_owner"))
    assert owners["orders"] == "account users" and owners["people"] != "account users"
    assert ["crm", "account users"] in info(cloned, "schemata", "schema_name, schema_owner")
    assert info(cloned, "table_privileges", "table_name, grantee, privilege_type") == [["people", "account users", "SELECT"]]


def test_what_is_not_asked_for_stays_behind(cloned):
    cloned("clone", "--source", "src", "--dest", "bare", "--no-constraints", "--no-tags", "--no-ownership", "--no-security")
    for relation in ("table_constraints", "column_tags", "catalog_tags", "column_masks", "row_filters"):
        assert info(cloned, relation, "count(*)", "bare") == [["0"]], relation
    assert "account users" not in dict(info(cloned, "tables", "table_name, table_owner", "bare")).values()


def test_cloned_again_keys_are_there_once(cloned):
    summary = cloned.json("clone", "--source", "src", "--dest", "dst")
    assert summary["errors"] == []
    assert len(info(cloned, "table_constraints", "constraint_name")) == 2


def test_a_schemas_owner_is_set_although_one_of_its_tables_fails(cloned):
    cloned("run-sql", "--sql", "CREATE CATALOG clash")
    cloned("run-sql", "--sql", "CREATE SCHEMA clash.crm")
    cloned("run-sql", "--sql", "CREATE VIEW clash.crm.orders AS SELECT 1 AS a")
    cloned("clone", "--source", "src", "--dest", "clash", status=1)
    assert ["crm", "account users"] in info(cloned, "schemata", "schema_name, schema_owner", "clash")


def test_files_of_volumes_come_along_and_are_copied_once(cloned, tmp_path):
    cloned("run-sql", "--sql", "CREATE CATALOG vsrc")
    cloned("run-sql", "--sql", "CREATE VOLUME vsrc.default.docs")
    home = cloned.rows("SELECT storage_location FROM vsrc.information_schema.volumes")[0][0].removeprefix("file://")
    (pathlib.Path(home) / "a b").mkdir(parents=True)
    for name, data in (("one.txt", b"1"), ("a b/two%.bin", bytes(range(256)) * 8000), ("a b/empty", b"")):
        (pathlib.Path(home) / name).write_bytes(data)
    (pathlib.Path(home) / "large").write_bytes(b"x" * (2 << 20) + b"y")
    clone = lambda: cloned.json("clone", "--source", "vsrc", "--dest", "vdst", "--volume-max-file-mb", "2")  # noqa: E731
    summary = clone()
    assert summary["volume_files_copied"] == 3 and summary["volume_bytes_copied"] == 1 + 256 * 8000
    assert "1 file is larger than 2 MB" in [s["reason"] for s in summary["skipped"]]
    there = pathlib.Path(cloned.rows("SELECT storage_location FROM vdst.information_schema.volumes")[0][0].removeprefix("file://"))
    assert (there / "a b" / "two%.bin").read_bytes() == bytes(range(256)) * 8000
    assert sorted(str(p.relative_to(there)) for p in there.rglob("*") if p.is_file()) == ["a b/empty", "a b/two%.bin", "one.txt"]
    (pathlib.Path(home) / "one.txt").write_bytes(b"22")
    assert clone()["volume_files_copied"] == 1 and (there / "one.txt").read_bytes() == b"22"
