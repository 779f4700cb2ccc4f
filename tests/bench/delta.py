"""Delta's benches, each against deltalake in the same run: replay of a large log and of a large checkpoint (time, memory),
latency of a commit, and that cloning an unchanged table again reads no data file.

  CLXS_BIN=build/release/clxs build/venv/bin/python tests/bench/delta.py"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = os.environ.get("CLXS_BIN", str(ROOT / "build" / "release" / "clxs"))
GOLDEN = pathlib.Path(os.environ.get("CLXS_GOLDEN", ROOT.parent / "shared" / "golden"))
SCHEMA = {"type": "struct", "fields": [{"name": "a", "type": "long", "nullable": True, "metadata": {}}]}
missed = []


def note(what, ours, theirs, limit, ok=True):
    print(f"{'ok  ' if ok else 'MISS'}  {what:52}  {ours:>12}  {theirs:>12}  {limit}", flush=True)
    if not ok:
        missed.append(what)


def measured(command, env=None):
    """Seconds, peak memory in MB, output."""
    t0 = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - t0
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command}: exit {process.returncode}\n{out.decode()}")
    return seconds, usage.ru_maxrss / 1024, out.decode()


def environment(home):
    return dict({k: v for k, v in os.environ.items() if not k.startswith("DATABRICKS_")}, CLXS_HOME=str(home))


def clxs(home, *args):
    return measured([BIN, *map(str, args)], environment(home))


def rows(home, sql):
    return json.loads(clxs(home, "run-sql", "--sql", sql, "--json")[2])["rows"]


# deltalake's own time, without that of starting Python and importing it
THEIRS = """
import sys, time
from deltalake import DeltaTable
t0 = time.perf_counter()
n = len(DeltaTable(sys.argv[1]).file_uris())
print(n, time.perf_counter() - t0)
"""


def replay(work, what, table, files):
    """Ours is a whole process, from exec to the printed row."""
    ours, theirs = [], []
    for _ in range(3):
        seconds, memory, out = clxs(work / "home", "run-sql", "--sql", f"DESCRIBE DETAIL delta.`{table}`", "--json")
        assert str(files) in out, out
        ours.append((seconds, memory))
        _, memory, out = measured([sys.executable, "-c", THEIRS, str(table)])
        n, seconds = out.split()
        assert int(n) == files, out
        theirs.append((float(seconds), memory))
    (s, m), (ts, tm) = min(ours), min(theirs)
    note(f"replay of {what}", f"{s:.2f} s", f"{ts:.2f} s", f"{ts / s:.1f} times as fast, >= 2", ts / s >= 2)
    note(f"  memory of it", f"{m:.0f} MB", f"{tm:.0f} MB", f"{m / tm:.2f} of theirs, <= 0.5", m / tm <= 0.5)


def golden_log(work):
    archive = GOLDEN / "300k-add-files-100-col-partitioned.tar.zst"
    if not archive.exists():
        return print(f"skipped: there is no {archive}")
    subprocess.run(f"zstd -dc '{archive}' | tar -x -C '{work}'", shell=True, check=True)
    replay(work, "300,000 files from JSON commits", next(work.rglob("_delta_log")).parent, 300_000)


def checkpoint(work, n=1_000_000):
    """A table of n files in one checkpoint, written with pyarrow."""
    table = work / "million"
    log = table / "_delta_log"
    log.mkdir(parents=True)
    protocol = {"minReaderVersion": 1, "minWriterVersion": 2}
    meta = {"id": "a0a0a0a0-0000-4000-8000-000000000000", "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps(SCHEMA), "partitionColumns": [], "configuration": {}, "createdTime": 0}
    (log / f"{0:020}.json").write_text(json.dumps({"protocol": protocol}) + "\n" + json.dumps({"metaData": meta}) + "\n")
    (log / f"{1:020}.json").write_text(json.dumps({"commitInfo": {"timestamp": 1, "operation": "WRITE"}}) + "\n")
    text = pa.string()
    mapping = pa.map_(text, text)
    kinds = pa.schema([
        ("protocol", pa.struct([("minReaderVersion", pa.int32()), ("minWriterVersion", pa.int32())])),
        ("metaData", pa.struct([("id", text), ("format", pa.struct([("provider", text), ("options", mapping)])),
                                ("schemaString", text), ("partitionColumns", pa.list_(text)), ("configuration", mapping),
                                ("createdTime", pa.int64())])),
        ("add", pa.struct([("path", text), ("partitionValues", mapping), ("size", pa.int64()),
                           ("modificationTime", pa.int64()), ("dataChange", pa.bool_()), ("stats", text)]))])
    maps = dict(meta, configuration=[], format={"provider": "parquet", "options": []})
    with pq.ParquetWriter(log / f"{1:020}.checkpoint.parquet", kinds) as out:
        out.write_table(pa.Table.from_pylist([{"protocol": protocol}, {"metaData": maps}], schema=kinds))
        for start in range(0, n, 100_000):
            out.write_table(pa.Table.from_pylist([
                {"add": {"path": f"part-{i:08}-c000.snappy.parquet", "partitionValues": [], "size": 1000 + i,
                         "modificationTime": i, "dataChange": False,
                         "stats": f'{{"numRecords":10,"minValues":{{"a":{i}}},"maxValues":{{"a":{i + 9}}},"nullCount":{{"a":0}}}}'}}
                for i in range(start, start + 100_000)], schema=kinds))
    (log / "_last_checkpoint").write_text(json.dumps({"version": 1, "size": n + 2}))
    replay(work, "1,000,000 files from a checkpoint", table, n)


def commit_latency(work, n=30):
    """One small INSERT after another in one process each: ours through one script, theirs through one table."""
    home = work / "home"
    clxs(home, "run-sql", "--sql", "CREATE CATALOG bench")
    clxs(home, "run-sql", "--sql", "CREATE TABLE bench.default.t (a BIGINT)")
    location = rows(home, "DESCRIBE DETAIL bench.default.t")[0][4].removeprefix("file:")
    ours = []
    for i in range(n):
        ours.append(clxs(home, "run-sql", "--sql", f"ALTER TABLE bench.default.t SET TBLPROPERTIES ('k' = '{i}')")[0])
    from deltalake import DeltaTable, write_deltalake
    write_deltalake(str(work / "theirs"), pa.table({"a": [1]}))
    theirs = []
    for i in range(n):
        t0 = time.perf_counter()
        DeltaTable(str(work / "theirs")).alter.set_table_properties({"delta.appendOnly": str(i % 2 == 2).lower()})
        theirs.append(time.perf_counter() - t0)
    assert DeltaTable(location).version() == n
    note("a commit without data (ours: a whole process)", f"{statistics.median(ours) * 1000:.1f} ms",
         f"{statistics.median(theirs) * 1000:.1f} ms", "median")


def clone_again(work, n=10_000):
    """The data files are taken away before: a clone that read one of them would fail."""
    home, table = work / "home", work / "many" / "t"
    log = table / "_delta_log"
    log.mkdir(parents=True)
    lines = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
             {"metaData": {"id": "b0a0a0a0-0000-4000-8000-000000000000", "format": {"provider": "parquet", "options": {}},
                           "schemaString": json.dumps(SCHEMA), "partitionColumns": [], "configuration": {}, "createdTime": 0}}]
    for i in range(n):
        (table / f"f{i}.parquet").write_bytes(b"x")
        lines.append({"add": {"path": f"f{i}.parquet", "partitionValues": {}, "size": 1, "modificationTime": 0, "dataChange": True}})
    (log / f"{0:020}.json").write_text("\n".join(map(json.dumps, lines)) + "\n")
    clxs(home, "run-sql", "--sql", f"CREATE TABLE bench.default.copy DEEP CLONE delta.`{table}`")
    for file in table.glob("*.parquet"):
        file.unlink()
    seconds, _, out = clxs(home, "run-sql", "--sql",
                           f"CREATE OR REPLACE TABLE bench.default.copy DEEP CLONE delta.`{table}`", "--json")
    result = json.loads(out)
    row = dict(zip((c["name"] for c in result["columns"]), result["rows"][0]))
    copied = int(row["num_copied_files"])
    note(f"an unchanged table of {n} files cloned again", f"{seconds:.2f} s", "-", f"{copied} files read, = 0", copied == 0)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="clxs-bench-", dir=os.environ.get("CLXS_BENCH_DIR")))
    print(f"{'':6}{'':52}  {'clxs':>12}  {'deltalake':>12}")
    try:
        golden_log(work)
        commit_latency(work)
        clone_again(work)
        checkpoint(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
