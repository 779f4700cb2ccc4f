"""Random DELETE, UPDATE, MERGE and INSERT against a model of the table in plain Python, for every kind of table.

After each statement the rows and the numbers in its answer are the model's. At the end deltalake reads the same rows, the
change feed replayed from the start (ours and deltalake's) gives the same state, and rows that were never inserted anew
still have the row ids that they began with. CLXS_DML_SEED repeats a run; CLXS_DML_STEPS makes it longer.
"""
import collections
import json
import os
import pathlib
import random
import threading
import time
import urllib.parse

import deltalake
import pyarrow
import pyarrow.parquet as pq
import pytest

from conftest import Clxs
from lake import Lake, Refused

SEED = int(os.environ.get("CLXS_DML_SEED", random.randrange(1 << 30)))
STEPS = int(os.environ.get("CLXS_DML_STEPS", "12"))

KINDS = {
    "plain": ("", ()),
    "partitioned": ("PARTITIONED BY (g)", ()),
    "vectors": ("", ("enableDeletionVectors",)),
    "feed": ("", ("enableChangeDataFeed",)),
    "feed_partitioned": ("PARTITIONED BY (g)", ("enableChangeDataFeed",)),
    "vectors_feed": ("", ("enableDeletionVectors", "enableChangeDataFeed")),
    "vectors_feed_partitioned": ("PARTITIONED BY (g)", ("enableDeletionVectors", "enableChangeDataFeed")),
    "mapped": ("", ("columnMapping.mode=name", "enableChangeDataFeed")),
    "mapped_vectors_partitioned": ("PARTITIONED BY (g)", ("columnMapping.mode=name", "enableDeletionVectors")),
    "mapped_by_id": ("", ("columnMapping.mode=id",)),
    "tracked": ("", ("enableRowTracking",)),
    "tracked_feed_partitioned": ("PARTITIONED BY (g)", ("enableRowTracking", "enableChangeDataFeed")),
    "tracked_vectors": ("", ("enableRowTracking", "enableDeletionVectors", "enableChangeDataFeed")),
    "tracked_mapped": ("", ("enableRowTracking", "columnMapping.mode=name", "enableDeletionVectors")),
    "clustered": ("CLUSTER BY (id)", ("enableDeletionVectors",)),
}

Row = collections.namedtuple("Row", "id g v s")


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("dml"))
    yield lake
    lake.close()


def literal(value):
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def text(value):
    return None if value is None else str(value)


def by_text(rows):
    return sorted((tuple(map(text, r)) for r in rows), key=repr)


class Model:
    """A table, a source table, and statements that change the first, here and there."""

    def __init__(self, lake, kind, rng):
        self.lake, self.rng, self.kind = lake, rng, kind
        self.name, self.source = f"main.default.{kind}", f"main.default.{kind}_source"
        shape, properties = KINDS[kind]
        pairs = [p.split("=") if "=" in p else (p, "true") for p in properties]
        quoted = ", ".join(f"'delta.{k}' = '{v}'" for k, v in pairs)
        options = f" TBLPROPERTIES ({quoted})" if pairs else ""
        self.properties = dict(pairs)
        lake.sql(f"CREATE TABLE {self.name} (id BIGINT, g STRING, v INT, s STRING) {shape}{options}")
        lake.sql(f"CREATE TABLE {self.source} (id BIGINT, g STRING, v INT, w INT)")
        self.rows, self.next_id = [], 0
        self.src = [(i, self.group(), self.value(), rng.randrange(100)) for i in range(40)]
        lake.sql(f"INSERT INTO {self.source} VALUES " + ", ".join(f"({', '.join(map(literal, r))})" for r in self.src))
        self.log = []

    def group(self):
        # deltalake's load_cdf looks for partitions' folders by their encoded names.
        return self.rng.choice(["a", "b", "c d", "e/f", None] if self.kind != "feed_partitioned" else ["a", "b", "c", None])

    def value(self):
        return self.rng.choice([None, *range(60)])

    # A condition as SQL and as what it says of a row (true alone is true).
    def condition(self, prefix=""):
        n, rng = self.rng.randrange(60), self.rng
        ids = {i for i, _, _, w in self.src if w < n}
        return rng.choice([
            (f"{prefix}v > {n}", lambda r: r.v is not None and r.v > n),
            (f"NOT ({prefix}v > {n})", lambda r: r.v is not None and not r.v > n),
            (f"{prefix}id % 7 = {n % 7}", lambda r: r.id % 7 == n % 7),
            (f"{prefix}g = 'a'", lambda r: r.g == "a"),
            (f"{prefix}g IS NULL AND {prefix}v < {n}", lambda r: r.g is None and r.v is not None and r.v < n),
            (f"{prefix}g IN ('b', 'c d') OR {prefix}v IS NULL", lambda r: r.g in ("b", "c d") or r.v is None),
            (f"{prefix}id < {n // 3}", lambda r: r.id < n // 3),
        ]) if prefix else rng.choice([
            self.condition("t."),
            self.condition("t."),
            (f"id IN (SELECT id FROM {self.source} WHERE w < {n})", lambda r: r.id in ids),
            (f"v = (SELECT max(v) FROM {self.name})",
             lambda r: r.v is not None and r.v == max(x.v for x in self.rows if x.v is not None)),
        ])

    def assignment(self):
        n, g = self.rng.randrange(60), self.group()
        return self.rng.choice([
            (f"v = {n}", lambda r: r._replace(v=n)),
            ("v = t.v + 1, s = concat(s, '!')",
             lambda r: r._replace(v=None if r.v is None else r.v + 1, s=None if r.s is None else r.s + "!")),
            (f"g = {literal(g)}", lambda r: r._replace(g=g)),
            ("s = concat(t.g, '-', s), v = NULL",
             lambda r: r._replace(s=None if r.g is None or r.s is None else f"{r.g}-{r.s}", v=None)),
        ])

    def run(self, sql, *expected):
        self.log.append(sql)
        found = self.lake.rows(sql)
        assert [int(x) for x in found[0]] == list(expected), f"seed {SEED}: {self.log}"

    def insert(self):
        fresh = [Row(self.next_id + i, self.group(), self.value(), f"s{i}") for i in range(self.rng.randrange(1, 25))]
        self.next_id += len(fresh)
        self.run(f"INSERT INTO {self.name} VALUES " + ", ".join(f"({', '.join(map(literal, r))})" for r in fresh),
                 len(fresh), len(fresh))
        self.rows += fresh

    def delete(self):
        sql, holds = self.condition()
        gone = [r for r in self.rows if holds(r)]
        kept = [r for r in self.rows if not holds(r)]
        self.run(f"DELETE FROM {self.name} AS t WHERE {sql}", len(gone))
        self.rows = kept

    def delete_all(self):
        if self.rng.random() < 0.2:
            self.run(f"DELETE FROM {self.name}", len(self.rows))
            self.rows = []

    def update(self):
        (sql, holds), (sets, change) = self.condition(), self.assignment()
        after = [change(r) if holds(r) else r for r in self.rows]
        self.run(f"UPDATE {self.name} t SET {sets} WHERE {sql}", sum(map(holds, self.rows)))
        self.rows = after

    def merge(self):
        rng, n = self.rng, self.rng.randrange(1, 100)
        used = {r[0]: r for r in self.src if r[3] < n}
        matched, fresh, left, sql = [], [], [], []
        for _ in range(rng.randrange(3)):
            condition, holds = self.condition("t.")
            sets, change = self.assignment()
            kind = rng.choice(["update", "source", "delete"])
            then = {"update": f"UPDATE SET {sets}", "source": "UPDATE SET v = s.v, t.g = s.g", "delete": "DELETE"}[kind]
            sql.append(f"WHEN MATCHED AND {condition} THEN {then}")
            matched.append((holds, kind, change))
        if rng.random() < 0.6:
            least = rng.randrange(60)
            sql.append(f"WHEN NOT MATCHED AND s.v >= {least} THEN INSERT (id, g, v, s) VALUES (s.id, s.g, s.v, 'new')")
            fresh.append(lambda x: x[2] is not None and x[2] >= least)
        for _ in range(rng.randrange(2)):
            condition, holds = self.condition("t.")
            sets, change = self.assignment()
            kind = rng.choice(["update", "delete"])
            sql.append(f"WHEN NOT MATCHED BY SOURCE AND {condition} THEN " +
                       (f"UPDATE SET {sets}" if kind == "update" else "DELETE"))
            left.append((holds, kind, change))
        if not sql:
            return
        counts, after = collections.Counter(), []
        for r in self.rows:
            x = used.get(r.id)
            for holds, kind, change in (matched if x else left):
                if holds(r):
                    counts[kind] += 1
                    if kind != "delete":
                        after.append(r._replace(v=x[2], g=x[1]) if kind == "source" else change(r))
                    break
            else:
                after.append(r)
        there = {r.id for r in self.rows}
        new = [Row(x[0], x[1], x[2], "new") for x in used.values() if x[0] not in there and any(f(x) for f in fresh)]
        updated, deleted = counts["update"] + counts["source"], counts["delete"]
        self.run(f"MERGE INTO {self.name} AS t USING (SELECT * FROM {self.source} WHERE w < {n}) AS s ON t.id = s.id "
                 + " ".join(sql), updated + deleted + len(new), updated, deleted, len(new))
        self.rows = after + new

    def check(self):
        found = self.lake.rows(f"SELECT * FROM {self.name}")
        assert by_text(found) == by_text(self.rows), f"seed {SEED}: {self.log}"


def replay(changes, where):
    """State after all changes: (version, type, row) in any order within a version."""
    state = collections.Counter()
    for _, kind, row in sorted(changes, key=lambda c: (c[0], c[1] in ("insert", "update_postimage"))):
        state[row] += 1 if kind in ("insert", "update_postimage") else -1
        assert state[row] >= 0, f"{where}: {kind} of a row that is not there: {row}; seed {SEED}"
    return sorted(state.elements(), key=repr)


def check_feed(lake, model, location):
    names, _, rows = lake.sql(f"SELECT * FROM table_changes('{model.name}', 0)")
    at = [names.index(n) for n in ("id", "g", "v", "s")]
    version, kind = names.index("_commit_version"), names.index("_change_type")
    ours = [(int(r[version]), r[kind], tuple(r[i] for i in at)) for r in rows]
    assert replay(ours, "table_changes") == by_text(model.rows), f"seed {SEED}: {model.log}"
    if "columnMapping.mode" in model.properties or ("partitioned" in model.kind and model.kind != "feed_partitioned"):
        return
    theirs = [(r["_commit_version"], r["_change_type"], tuple(text(r[n]) for n in ("id", "g", "v", "s")))
              for r in deltalake_rows(deltalake.DeltaTable(location).load_cdf(starting_version=0).read_all())]
    assert replay(theirs, "load_cdf") == by_text(model.rows), f"seed {SEED}: {model.log}"


def deltalake_rows(found):
    return pyarrow.table(found).to_pylist()


def check_deltalake(model, location):
    builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(location))
    found = deltalake_rows(builder.execute("SELECT * FROM t").read_all())
    assert by_text((r["id"], r["g"], r["v"], r["s"]) for r in found) == by_text(model.rows), f"seed {SEED}: {model.log}"


def live_adds(location):
    adds, configuration = {}, {}
    for commit in sorted(pathlib.Path(location, "_delta_log").glob("*.json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "remove" in action:
                adds.pop(action["remove"]["path"], None)
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                adds[action["add"]["path"]] = action["add"]
            if "metaData" in action:
                configuration = action["metaData"]["configuration"]
    return adds, configuration


def row_ids(location):
    """{row id: values of id} of every live file, deleted rows included; and the ids of each file are its own."""
    adds, configuration = live_adds(location)
    column = configuration["delta.rowTracking.materializedRowIdColumnName"]
    ids = {}
    for path, add in adds.items():
        table = pq.read_table(pathlib.Path(location, urllib.parse.unquote(path)), partitioning=None).to_pydict()
        key = next(c for c in table if c == "id" or c.startswith("col-"))
        for position, value in enumerate(table[key]):
            made = table[column][position] if column in table else None
            ids.setdefault(add["baseRowId"] + position if made is None else made, set()).add(value)
    return ids


def check_row_ids(model, location):
    """A row keeps its id however often it is copied or updated (ids are never updated here)."""
    found = row_ids(location)
    for row_id, keys in found.items():
        assert len(keys) == 1, f"row id {row_id} is of several rows {keys}; seed {SEED}: {model.log}"
    if model.before is not None:
        for row_id in found.keys() & model.before.keys():
            assert found[row_id] == model.before[row_id], f"row id {row_id} moved; seed {SEED}: {model.log}"
    model.before = found


@pytest.mark.parametrize("kind", KINDS)
def test_random_changes_are_those_of_the_model(lake, kind):
    rng = random.Random(f"{SEED}/{kind}")
    print("seed", SEED)
    model = Model(lake, kind, rng)
    model.before = None
    location = lake.location(model.name)
    model.insert()
    for _ in range(STEPS):
        rng.choice([model.insert, model.delete, model.update, model.update, model.merge, model.merge, model.delete_all])()
        model.check()
        if kind == "tracked":
            check_row_ids(model, location)
    if "columnMapping.mode" not in model.properties:
        check_deltalake(model, location)
    if "enableChangeDataFeed" in model.properties:
        check_feed(lake, model, location)


@pytest.mark.parametrize("mode", ["none", "name", "id"])
def test_row_ids_survive_updates_and_copies(lake, mode):
    """By number: the row that had id n before still has it after, in whatever file it is now."""
    ids = f"main.default.ids_{mode}"
    lake.sql(f"CREATE TABLE {ids} (id BIGINT, v INT) TBLPROPERTIES ('delta.enableRowTracking' = 'true', "
             f"'delta.columnMapping.mode' = '{mode}')")
    lake.sql(f"INSERT INTO {ids} SELECT id, 0 FROM range(100) AS r(id)")
    location = lake.location(ids)
    before = row_ids(location)
    lake.sql(f"UPDATE {ids} SET v = 1 WHERE id % 3 = 0")
    lake.sql(f"DELETE FROM {ids} WHERE id >= 90")
    lake.sql(f"MERGE INTO {ids} t USING (SELECT id FROM range(50, 120) AS r(id)) s ON t.id = s.id "
             "WHEN MATCHED THEN UPDATE SET v = 2 WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 3)")
    lake.sql(f"OPTIMIZE {ids}")
    after = row_ids(location)
    for row_id, keys in before.items():
        if keys < set(range(90)):
            assert after[row_id] == keys
    assert len(after) == 120 and max(before) < min(i for i, keys in after.items() if keys >= {110})


@pytest.mark.parametrize("properties", ["", "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"])
def test_changes_at_once_are_made_once_each_or_refused(lake, properties):
    name = f"main.default.race{len(properties)}"
    lake.sql(f"CREATE TABLE {name} (id BIGINT, v BIGINT) {properties}")
    lake.sql(f"INSERT INTO {name} SELECT id, 0 FROM range(1000) AS r(id)")
    done, refused = [], []

    def work(n):
        for _ in range(4):
            try:
                done.append(lake.rows(f"UPDATE {name} SET v = v + 1 WHERE id < 500"))
                lake.rows(f"INSERT INTO {name} VALUES ({1000 + n}, 0)")
            except Refused as refusal:
                refused.append(refusal)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    low, high = lake.rows(f"SELECT min(v), max(v) FROM {name} WHERE id < 500")[0]
    assert int(low) == int(high) == len(done) > 0
    assert all("DELTA_CONCURRENT" in str(r) and r.state == "2D521" for r in refused), refused


def files_on_disk(location):
    return {str(p.relative_to(location)) for p in pathlib.Path(location).rglob("*")
            if p.is_file() and "_delta_log" not in p.parts and p.suffix in (".parquet", ".bin")}


def files_in_log(location):
    """Every file that some version names, deletion vectors by their last digits."""
    named, vectors = set(), set()
    for commit in pathlib.Path(location, "_delta_log").glob("*.json"):
        for line in commit.read_text().splitlines():
            for kind, body in json.loads(line).items():
                if kind in ("add", "remove", "cdc"):
                    named.add(urllib.parse.unquote(body["path"]))
                if (body.get("deletionVector") or {}).get("storageType") == "u":
                    vectors.add(body["deletionVector"]["pathOrInlineDv"])
    return named, vectors


def dicts(clxs, sql):
    found = clxs.json("run-sql", "--sql", sql)
    return [dict(zip((c if isinstance(c, str) else c["name"] for c in found["columns"]), row)) for row in found["rows"]]


@pytest.mark.parametrize("properties", ["", "'delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = 'true'"])
def test_a_killed_change_is_whole_or_nothing_and_leaves_no_file(tmp_path, properties):
    rng = random.Random(f"{SEED}/kill/{properties}")
    print("seed", SEED)
    clxs = Clxs(tmp_path)
    options = f"TBLPROPERTIES ({properties})" if properties else ""
    clxs.rows(f"CREATE TABLE main.default.k (id BIGINT, v BIGINT) {options}")
    clxs.rows("INSERT INTO main.default.k SELECT id, 0 FROM range(300000) AS r(id)")
    location = dicts(clxs, "DESCRIBE DETAIL main.default.k")[0]["location"].removeprefix("file:")
    total = 0
    for _ in range(int(os.environ.get("CLXS_DML_KILLS", "4"))):
        statement = rng.choice([
            "UPDATE main.default.k SET v = v + 1",
            "MERGE INTO main.default.k t USING (SELECT id FROM range(300000) AS r(id)) s ON t.id = s.id "
            "WHEN MATCHED THEN UPDATE SET v = t.v + 1"])
        process = clxs.start("run-sql", "--sql", statement)
        time.sleep(rng.uniform(0.05, 2.5))
        process.kill()
        process.communicate()
        found = dicts(clxs, "SELECT count(*) AS n, min(v) AS low, max(v) AS high FROM main.default.k")[0]
        assert int(found["n"]) == 300000 and found["low"] == found["high"], f"seed {SEED}"
        assert int(found["low"]) - total in (0, 1), f"seed {SEED}"
        total = int(found["low"])
        named, vectors = files_in_log(location)
        strays = [f for f in files_on_disk(location) - named if f.endswith(".parquet")]
        assert not strays, f"{strays}, seed {SEED}"
        assert sum(f.endswith(".bin") for f in files_on_disk(location)) == len(vectors), f"seed {SEED}"
