"""Start-up, a deep clone against cp -r, 2,000 empty tables, the statement budget."""
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

from common import BIN, clxs, finish, heading, note, timed


def startup():
    for flag in ("--version", "--help"):
        times = [timed(lambda: subprocess.run([BIN, flag], stdout=subprocess.DEVNULL, check=True)) for _ in range(21)]
        ms = statistics.median(times) * 1000
        note(f"clxs {flag}, median of 21", f"{ms:.1f} ms", "-", "< 20 ms", ms < 20)


def write_table(root, files, source):
    """A Delta table whose data files are copies of one Parquet file."""
    log = root / "_delta_log"
    log.mkdir(parents=True)
    size = source.stat().st_size
    schema = {"type": "struct", "fields": [{"name": n, "type": "long", "nullable": True, "metadata": {}} for n in "ab"]}
    lines = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
             {"metaData": {"id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}},
                           "schemaString": json.dumps(schema), "partitionColumns": [], "configuration": {},
                           "createdTime": 0}}]
    for i in range(files):
        name = f"part-{i:05}-{uuid.uuid4()}.c000.parquet"
        shutil.copyfile(source, root / name)
        lines.append({"add": {"path": name, "partitionValues": {}, "size": size, "modificationTime": 0,
                              "dataChange": True}})
    (log / f"{0:020}.json").write_text("\n".join(map(json.dumps, lines)) + "\n")


def deep_clone(work, home):
    one = work / "one.parquet"
    rows = 650_000
    pq.write_table(pa.table({n: pa.array(int.from_bytes(os.urandom(8), "little", signed=True) for _ in range(rows))
                             for n in "ab"}), one, compression="none", use_dictionary=False)
    files = math.ceil(2e9 / one.stat().st_size)
    write_table(work / "big" / "t", files, one)
    clxs(home, "register", "--catalog", "big", "--schema", "s", "--from", str(work / "big"))
    total = sum(f.stat().st_size for f in (work / "big").rglob("*.parquet"))
    # Both write with the source in the page cache; the clone's files are on disk when it returns, so cp is followed
    # by a sync of what it wrote. Best of three each, alternating.
    subprocess.run(["cat", *map(str, (work / "big").rglob("*.parquet"))], stdout=subprocess.DEVNULL, check=True)
    ours, theirs = [], []
    for i in range(3):
        os.sync()
        theirs.append(timed(lambda: subprocess.run(f"cp -r '{work}/big' '{work}/cp{i}' && sync -f '{work}/cp{i}'",
                                                   shell=True, check=True)))
        shutil.rmtree(work / f"cp{i}")
        os.sync()
        ours.append(timed(lambda: clxs(home, "clone", "--source", "big", "--dest", f"big_{i}")))
        clxs(home, "run-sql", "--sql", f"DROP CATALOG big_{i} CASCADE")
    ratio = min(theirs) / min(ours)
    note(f"deep clone of {total / 1e9:.1f} GB in {files} files, and sync", f"{min(ours):.2f} s", f"{min(theirs):.2f} s",
         f"{ratio:.2f} of its speed, >= 0.90", ratio >= 0.9)


def many_tables(work, home, count=2000):
    root = work / "many"
    for i in range(count):
        log = root / f"t{i:04}" / "_delta_log"
        log.mkdir(parents=True)
        schema = {"type": "struct", "fields": [{"name": "a", "type": "long", "nullable": True, "metadata": {}}]}
        (log / f"{0:020}.json").write_text("\n".join(map(json.dumps, [
            {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
            {"metaData": {"id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}},
                          "schemaString": json.dumps(schema), "partitionColumns": [], "configuration": {}}}])) + "\n")
    clxs(home, "register", "--catalog", "many", "--schema", "s", "--from", str(root))
    out = {}
    seconds = timed(lambda: out.update(json.loads(clxs(home, "clone", "--source", "many", "--dest", "many_copy",
                                                       "--clone-type", "SHALLOW", "--json")[2])))
    note(f"{count} empty tables cloned shallow", f"{seconds:.1f} s", "-", "< 20 s", seconds < 20)
    tables, schemas = out["tables"]["success"], out["schemas_processed"]
    budget = tables + math.ceil(tables / 50) + schemas + 30
    note(f"requests for {tables} tables, {schemas} schemas", str(out["requests"]), "-", f"<= {budget}",
         out["requests"] <= budget and tables == count)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="clxs-bench-", dir=os.environ.get("CLXS_BENCH_DIR")))
    heading("cp -r")
    try:
        startup()
        many_tables(work, work / "home")
        deep_clone(work, work / "home")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
