"""delta-rs reads our checkpoints alone, after the commits below them are gone."""
import pathlib

import pytest
from deltalake import DeltaTable, QueryBuilder


def table(clxs, properties=""):
    clxs("run-sql", "--sql", "CREATE CATALOG c")
    clxs("run-sql", "--sql", f"CREATE TABLE c.default.t (a BIGINT, b STRING) PARTITIONED BY (b) {properties}")
    for i in range(10):
        clxs("run-sql", "--sql", f"INSERT INTO c.default.t VALUES ({i}, 'p {i % 3}'), ({i + 100}, NULL)")
    clxs("run-sql", "--sql", "DELETE FROM c.default.t WHERE a = 4")
    return pathlib.Path(clxs.rows("DESCRIBE DETAIL c.default.t")[0][4].removeprefix("file:"))


def forget(log, below):
    for commit in log.glob("0*.json"):
        if commit.name.split(".")[1] == "json" and int(commit.name.split(".")[0]) <= below:
            commit.unlink()


@pytest.mark.parametrize("properties, found", [
    ("", "*0010.checkpoint.parquet"),
    ("TBLPROPERTIES ('delta.checkpointInterval' = '5')", "*0005.checkpoint.parquet"),
])
def test_a_table_is_its_checkpoint_and_what_came_after(clxs, properties, found):
    folder = table(clxs, properties)
    log = folder / "_delta_log"
    assert list(log.glob(found)), sorted(p.name for p in log.iterdir())
    assert (log / "_last_checkpoint").exists()
    wanted = sorted([(i, f"p {i % 3}") for i in range(10) if i != 4] + [(i + 100, None) for i in range(10)])
    forget(log, 10)
    got = DeltaTable(str(folder)).to_pyarrow_table(columns=["a", "b"]).to_pylist()
    assert sorted((r["a"], r["b"]) for r in got) == wanted
    assert sorted((int(a), b) for a, b in clxs.rows("SELECT a, b FROM c.default.t")) == wanted


def test_a_v2_checkpoint_is_read(clxs, tmp_path):
    import json
    folder = table(clxs)
    log = folder / "_delta_log"
    # Turned on as another writer would: by protocol and property.
    last = max(int(p.name.split(".")[0]) for p in log.glob("0*.json"))
    meta = next(json.loads(line)["metaData"] for line in (log / f"{0:020}.json").read_text().splitlines() if "metaData" in line)
    meta["configuration"] |= {"delta.checkpointPolicy": "v2", "delta.checkpointInterval": f"{last + 2}"}
    features = ["v2Checkpoint", "appendOnly", "invariants"]
    lines = [{"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["v2Checkpoint"],
                           "writerFeatures": features}}, {"metaData": meta}]
    (log / f"{last + 1:020}.json").write_text("\n".join(map(json.dumps, lines)) + "\n")
    clxs("run-sql", "--sql", "INSERT INTO c.default.t VALUES (77, 'new')")
    assert list(log.glob(f"{last + 2:020}.checkpoint.*-*.json")), sorted(p.name for p in log.iterdir())
    wanted = sorted(int(r[0]) for r in clxs.rows("SELECT a FROM c.default.t"))
    forget(log, last + 1)
    for old in log.glob("*.checkpoint.parquet"):
        old.unlink()
    got = QueryBuilder().register("t", DeltaTable(str(folder))).execute("SELECT a FROM t").read_all()
    assert sorted(got["a"].to_pylist()) == wanted
    assert 77 in wanted
