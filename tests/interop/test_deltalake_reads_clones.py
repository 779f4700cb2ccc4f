"""delta-rs, a reader that we did not write, reads our clones and gives the rows of the source."""
import pytest
from deltalake import DeltaTable, QueryBuilder

# What this reader does not support is not ours to prove with it.
READABLE = ["basic-with-inserts-merge", "basic-with-inserts-overwrite-restore", "data-reader-primitives",
            "data-reader-array-primitives", "data-reader-map", "data-reader-escaped-chars", "snapshot-data2-deleted",
            "snapshot-vacuumed", "multi-part-checkpoint", "time-travel-start", "data-reader-timestamp_ntz"]


def rows(location):
    table = DeltaTable(location).to_pyarrow_table()
    return sorted(map(str, table.to_pylist()))


@pytest.mark.parametrize("folder", READABLE)
def test_a_deep_clone_has_the_rows_of_its_source(clxs, golden, tmp_path, folder):
    work = tmp_path / "in"
    work.mkdir()
    (work / "t").symlink_to(golden / "tables" / folder)
    clxs("register", "--catalog", "src", "--schema", "s", "--from", work)
    clxs("clone", "--source", "src", "--dest", "dst")
    detail = clxs.json("run-sql", "--sql", "DESCRIBE DETAIL dst.s.t")
    location = dict(zip((c["name"] for c in detail["columns"]), detail["rows"][0]))["location"]
    assert rows(location.removeprefix("file:")) == rows(str(golden / "tables" / folder / "delta"))


def test_what_we_insert_is_read(clxs):
    clxs("run-sql", "--sql", "CREATE CATALOG c")
    clxs("run-sql", "--sql", "CREATE TABLE c.default.t (a BIGINT, b STRING, d DATE) PARTITIONED BY (d)")
    clxs("run-sql", "--sql", "INSERT INTO c.default.t VALUES (1, 'x', DATE'2026-01-01'), (2, NULL, NULL), (3, 'a/b', DATE'1500-02-03')")
    location = clxs.rows("DESCRIBE DETAIL c.default.t")[0][4].removeprefix("file:")
    got = sorted(DeltaTable(location).to_pyarrow_table(columns=["a", "b", "d"]).to_pylist(), key=lambda r: r["a"])
    assert [(r["a"], r["b"], str(r["d"])) for r in got] == [(1, "x", "2026-01-01"), (2, None, "None"), (3, "a/b", "1500-02-03")]


def test_a_shallow_clone_is_read_and_history_says_clone(clxs):
    clxs("demo-data", "--catalog", "demo", "--industry", "retail", "--scale", "0.01")
    clxs("clone", "--source", "demo", "--dest", "copy", "--clone-type", "SHALLOW")
    for schema, name in clxs.rows("SELECT table_schema, table_name FROM copy.information_schema.tables "
                                  "WHERE table_type <> 'VIEW' AND table_schema <> 'information_schema'"):
        detail = clxs.rows(f"DESCRIBE DETAIL copy.{schema}.{name}")[0]
        table = DeltaTable(detail[4].removeprefix("file:"))
        assert table.history()[-1]["operation"] == "CLONE"
        count = clxs.rows(f"SELECT count(*) FROM demo.{schema}.{name}")[0][0]
        got = QueryBuilder().register("t", table).execute("SELECT count(*) AS n FROM t").read_all()
        assert str(got["n"][0].as_py()) == count
