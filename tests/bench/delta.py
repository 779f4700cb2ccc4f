"""Delta's benches, each against deltalake in the same run: replay of large logs and checkpoints (time, memory), listing a
long log, latency of commits and of the history, and that cloning an unchanged table again reads no data file.

Of deltalake only its own work counts, not the start of Python; ours is the whole process, from exec to the printed row,
but for commits, which both make in one process that is there already.

  CLXS_BIN=build/release/clxs build/venv/bin/python tests/bench/delta.py"""
import json
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

from common import GOLDEN, ROOT, clxs, finish, heading, measured, note, timed

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "interop")]
SCHEMA = {"type": "struct", "fields": [{"name": "a", "type": "long", "nullable": True, "metadata": {}}]}
PROTOCOL = {"minReaderVersion": 1, "minWriterVersion": 2}
META = {"id": "a0a0a0a0-0000-4000-8000-000000000000", "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps(SCHEMA), "partitionColumns": [], "configuration": {}, "createdTime": 0}

THEIRS = """
import sys, time
from deltalake import DeltaTable
t0 = time.perf_counter()
print(len({}), time.perf_counter() - t0)
"""
FILES = THEIRS.format("DeltaTable(sys.argv[1]).file_uris()")
HISTORY = THEIRS.format("DeltaTable(sys.argv[1]).history(10)")


# ---- what is read -------------------------------------------------------------------------------------------------

def write_lines(path, actions):
    path.write_text("\n".join(map(json.dumps, actions)) + "\n")


def add(i, data_change=True, values=None):
    return {"path": f"part-{i:08}-c000.snappy.parquet", "partitionValues": {} if values is None else values, "size": 1000 + i,
            "modificationTime": i, "dataChange": data_change,
            "stats": f'{{"numRecords":10,"minValues":{{"a":{i}}},"maxValues":{{"a":{i + 9}}},"nullCount":{{"a":0}}}}'}


def checkpoint_columns():
    text = pa.string()
    mapping = pa.map_(text, text)
    return pa.schema([
        ("protocol", pa.struct([("minReaderVersion", pa.int32()), ("minWriterVersion", pa.int32())])),
        ("metaData", pa.struct([("id", text), ("format", pa.struct([("provider", text), ("options", mapping)])),
                                ("schemaString", text), ("partitionColumns", pa.list_(text)), ("configuration", mapping),
                                ("createdTime", pa.int64())])),
        ("add", pa.struct([("path", text), ("partitionValues", mapping), ("size", pa.int64()),
                           ("modificationTime", pa.int64()), ("dataChange", pa.bool_()), ("stats", text)]))])


def write_checkpoint(log, version, files):
    """A classic checkpoint of that many files, in row groups of 100,000."""
    columns = checkpoint_columns()
    meta = dict(META, configuration=[], format={"provider": "parquet", "options": []})
    with pq.ParquetWriter(log / f"{version:020}.checkpoint.parquet", columns) as out:
        out.write_table(pa.Table.from_pylist([{"protocol": PROTOCOL}, {"metaData": meta}], schema=columns))
        for start in range(0, files, 100_000):
            rows = [{"add": add(i, False, [])} for i in range(start, min(files, start + 100_000))]
            out.write_table(pa.Table.from_pylist(rows, schema=columns))
    (log / "_last_checkpoint").write_text(json.dumps({"version": version, "size": files + 2}))


def apart(make, *args):
    """In a process that ends: a child's peak memory begins with its parent's, so ours would count this one's, too."""
    maker = multiprocessing.get_context("fork").Process(target=make, args=args)
    maker.start()
    maker.join()
    assert maker.exitcode == 0, make


def million(work, n=1_000_000):
    log = work / "million" / "_delta_log"
    log.mkdir(parents=True)
    write_lines(log / f"{0:020}.json", [{"protocol": PROTOCOL}, {"metaData": META}])
    write_lines(log / f"{1:020}.json", [{"commitInfo": {"timestamp": 1, "operation": "WRITE"}}])
    apart(write_checkpoint, log, 1, n)
    return log.parent


def commits(table, n):
    """A file a commit, but for the first."""
    log = table / "_delta_log"
    log.mkdir(parents=True)
    info = {"commitInfo": {"timestamp": 1, "operation": "WRITE", "operationParameters": {"mode": "Append"}}}
    for version in range(n):
        more = [{"add": add(version - 1)}] if version else [{"protocol": PROTOCOL}, {"metaData": META}]
        write_lines(log / f"{version:020}.json", [info, *more])
    return table


# ---- reading -------------------------------------------------------------------------------------------------------

def describe(work, table, files):
    seconds, memory, out = clxs(work / "home", "run-sql", "--sql", f"DESCRIBE DETAIL delta.`{table}`", "--json")
    result = json.loads(out)
    row = dict(zip((c["name"] for c in result["columns"]), result["rows"][0]))
    assert int(row["numFiles"]) == files, out
    return seconds, memory


def asked(script, table, count):
    _, memory, out = measured([sys.executable, "-c", script, table])
    n, seconds = out.split()
    assert int(n) == count, out
    return float(seconds), memory


def best(runs):
    return min(s for s, _ in runs), min(m for _, m in runs)


def replay(work, what, table, files, times, memory=None):
    """`times` as fast, and with at most `memory` of theirs, where that is promised."""
    ours, theirs = [], []
    for _ in range(5):
        ours.append(describe(work, table, files))
        theirs.append(asked(FILES, table, files))
    (s, m), (ts, tm) = best(ours), best(theirs)
    note(what, f"{s:.2f} s", f"{ts:.2f} s", f"{ts / s:.1f} times as fast, >= {times}", ts / s >= times)
    if memory:
        note("  memory of it", f"{m:.0f} MB", f"{tm:.0f} MB", f"{m / tm:.2f} of theirs, <= {memory}", m / tm <= memory)


def golden_log(work):
    archive = GOLDEN / "300k-add-files-100-col-partitioned.tar.zst"
    if not archive.exists():
        return print(f"skipped: there is no {archive}")
    subprocess.run(f"zstd -dc '{archive}' | tar -x -C '{work}'", shell=True, check=True)
    replay(work, "replay of 300,000 files from JSON commits", next(work.rglob("_delta_log")).parent, 300_000, 2, 0.5)


def long_log(work, n=100_000):
    table = commits(work / "long", n)
    log = table / "_delta_log"
    apart(write_checkpoint, log, n - 10, n - 10)
    replay(work, f"a log of {n:,} versions, checkpoint known", table, n - 1, 1)
    history(work, table)
    (log / "_last_checkpoint").unlink()
    replay(work, "  found by listing", table, n - 1, 1)


def history(work, table):
    ours, theirs = [], []
    for _ in range(3):
        seconds, _, out = clxs(work / "home", "run-sql", "--sql", f"DESCRIBE HISTORY delta.`{table}` LIMIT 10", "--json")
        assert len(json.loads(out)["rows"]) == 10, out
        ours.append(seconds)
        theirs.append(asked(HISTORY, table, 10)[0])
    s, ts = min(ours), min(theirs)
    note("  its ten newest commits", f"{s:.2f} s", f"{ts:.2f} s", f"{ts / s:.1f} times as fast")


# ---- writing --------------------------------------------------------------------------------------------------------

def commit_latency(work, n=40):
    """One small INSERT after another, and a commit without data: through the SQL Statement API of a server of ours, and by
    calls of theirs. Ours are on disk when they return."""
    from deltalake import DeltaTable, write_deltalake
    from lake import Lake
    lake, theirs = Lake(work / "commits"), str(work / "theirs")
    row = pa.table({"a": [1]})
    try:
        lake.sql("CREATE CATALOG bench")
        lake.sql("CREATE TABLE bench.default.t (a BIGINT)")
        write_deltalake(theirs, row)
        ours = {"insert": [], "alter": []}
        other = {"insert": [], "alter": []}
        for i in range(n):
            ours["insert"].append(timed(lambda: lake.sql("INSERT INTO bench.default.t VALUES (1)")))
            other["insert"].append(timed(lambda: write_deltalake(theirs, row, mode="append")))
            ours["alter"].append(timed(lambda: lake.sql(f"ALTER TABLE bench.default.t SET TBLPROPERTIES ('k' = '{i}')")))
            other["alter"].append(timed(lambda: DeltaTable(theirs).alter.set_table_properties(
                {"delta.logRetentionDuration": f"interval {30 + i} days"})))
        assert DeltaTable(lake.location("bench.default.t")).version() == 2 * n
    finally:
        lake.close()
    for kind, words in (("insert", "commit of an INSERT of one row"), ("alter", "commit without data")):
        s, ts = statistics.median(ours[kind]), statistics.median(other[kind])
        note(f"{words}, median of {n}", f"{s * 1000:.1f} ms", f"{ts * 1000:.1f} ms", f"{ts / s:.1f} times as fast")


def clone_again(work, n=10_000):
    """The data files are taken away before: a clone that read one of them would fail."""
    home, table = work / "home", work / "many" / "t"
    log = table / "_delta_log"
    log.mkdir(parents=True)
    lines = [{"protocol": PROTOCOL}, {"metaData": META}]
    for i in range(n):
        (table / f"f{i}.parquet").write_bytes(b"x")
        lines.append({"add": {"path": f"f{i}.parquet", "partitionValues": {}, "size": 1, "modificationTime": 0, "dataChange": True}})
    write_lines(log / f"{0:020}.json", lines)
    clxs(home, "run-sql", "--sql", "CREATE CATALOG bench")
    clxs(home, "run-sql", "--sql", f"CREATE TABLE bench.default.copy DEEP CLONE delta.`{table}`")
    for file in table.glob("*.parquet"):
        file.unlink()
    seconds, _, out = clxs(home, "run-sql", "--sql",
                           f"CREATE OR REPLACE TABLE bench.default.copy DEEP CLONE delta.`{table}`", "--json")
    result = json.loads(out)
    row = dict(zip((c["name"] for c in result["columns"]), result["rows"][0]))
    copied = int(row["num_copied_files"])
    note(f"an unchanged table of {n:,} files cloned again", f"{seconds:.2f} s", "-", f"{copied} files read, = 0", copied == 0)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="clxs-bench-", dir=os.environ.get("CLXS_BENCH_DIR")))
    heading("deltalake")
    try:
        golden_log(work)
        replay(work, "replay of 1,000,000 files from a checkpoint", million(work), 1_000_000, 2, 0.5)
        replay(work, "replay of 10,000 commits", commits(work / "small", 10_000), 9_999, 2)
        long_log(work)
        commit_latency(work)
        clone_again(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
