"""Tags, keys, masks and row filters, seen by the unmodified databricks-sdk."""
import pytest
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import (
    EntityTagAssignment,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    TableConstraint,
)

from sdk_workspace import catalog, host, sql, w, warehouse  # noqa: F401  fixtures


def test_tags_of_tables_and_columns(w, catalog, sql):  # noqa: F811
    sql(f"CREATE TABLE {catalog}.default.tagged (a INT, b STRING)")
    tags = w.entity_tag_assignments
    full = f"{catalog}.default.tagged"
    tags.create(EntityTagAssignment(entity_type="tables", entity_name=full, tag_key="pii", tag_value="no"))
    tags.create(EntityTagAssignment(entity_type="columns", entity_name=full + ".b", tag_key="kind", tag_value="email"))
    tags.update("tables", full, "pii", EntityTagAssignment("tables", "pii", full, tag_value="yes"), "tag_value")
    assert [(t.tag_key, t.tag_value) for t in tags.list("tables", full)] == [("pii", "yes")]
    assert tags.get("columns", full + ".b", "kind").tag_value == "email"
    assert sql(f"SELECT tag_name, tag_value FROM {catalog}.information_schema.table_tags").result.data_array == [["pii", "yes"]]
    tags.delete("tables", full, "pii")
    assert list(tags.list("tables", full)) == []
    with pytest.raises(NotFound):
        tags.get("tables", full, "pii")


def test_primary_and_foreign_keys(w, catalog, sql):  # noqa: F811
    sql(f"CREATE TABLE {catalog}.default.parent (id INT NOT NULL)")
    sql(f"CREATE TABLE {catalog}.default.child (pid INT)")
    parent, child = f"{catalog}.default.parent", f"{catalog}.default.child"
    add = w.table_constraints.create
    add(parent, TableConstraint(primary_key_constraint=PrimaryKeyConstraint(name="pk", child_columns=["id"])))
    add(child, TableConstraint(foreign_key_constraint=ForeignKeyConstraint(
        name="fk", child_columns=["pid"], parent_table=parent, parent_columns=["id"])))
    fk = w.tables.get(child).table_constraints[0].foreign_key_constraint
    assert (fk.name, fk.child_columns, fk.parent_table, fk.parent_columns) == ("fk", ["pid"], parent, ["id"])
    assert w.tables.get(parent).table_constraints[0].primary_key_constraint.child_columns == ["id"]
    w.table_constraints.delete(parent, "pk", cascade=True)
    assert not w.tables.get(child).table_constraints


def test_masks_and_filters(w, catalog, sql):  # noqa: F811
    sql(f"CREATE TABLE {catalog}.default.people (id INT, email STRING)")
    sql(f"INSERT INTO {catalog}.default.people VALUES (1, 'a'), (2, 'b')")
    sql(f"CREATE FUNCTION {catalog}.default.hide(e STRING) RETURNS STRING RETURN '***'")
    sql(f"CREATE FUNCTION {catalog}.default.odd(i INT) RETURNS BOOLEAN RETURN i % 2 = 1")
    sql(f"ALTER TABLE {catalog}.default.people ALTER COLUMN email SET MASK {catalog}.default.hide")
    sql(f"ALTER TABLE {catalog}.default.people SET ROW FILTER {catalog}.default.odd ON (id)")
    table = w.tables.get(f"{catalog}.default.people")
    assert table.row_filter.function_name == f"{catalog}.default.odd" and table.row_filter.input_column_names == ["id"]
    assert [c.mask.function_name for c in table.columns if c.mask] == [f"{catalog}.default.hide"]
    assert sql(f"SELECT * FROM {catalog}.default.people").result.data_array == [["1", "***"]]
