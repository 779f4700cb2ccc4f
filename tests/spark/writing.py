"""What we do with tables that Spark wrote: read, clone, write; each cell against what Spark says of the same folder.

`python writing.py --write` measures and keeps the table in docs/delta-matrix.md.
"""
import os
import shutil
import sys
import tempfile

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
from spark import Spark, session, why  # noqa: E402  (puts tests/interop on the path)
from lake import Lake, Refused  # noqa: E402
from matrix import Verdict, differ, names_nothing, reason, section, slug, write  # noqa: E402
from readers import Ours  # noqa: E402
from values import table_of  # noqa: E402
from writers import SPARK_TABLES  # noqa: E402

STEPS = ["read", "history", "old versions", "change feed", "deep clone", "shallow clone", "insert", "delete", "update", "merge",
         "optimize"]


class At:
    """Enough of a case for the readers."""

    def __init__(self, table):
        self.reads = table


def make(spark, folder, maker):
    for key, value in maker.settings.items():
        spark.conf.set(f"spark.databricks.delta.{key}", value)
    try:
        for statement in maker.statements:
            spark.sql(statement.replace("{t}", f"delta.`{folder}`").replace("{{", "{").replace("}}", "}")).collect()
    finally:
        for key in maker.settings:
            spark.conf.unset(f"spark.databricks.delta.{key}")


class Writing:
    name = "Spark writes"

    def __init__(self, spark, lake, work):
        self.lake, self.spark, self.work, self.cells = lake, Spark(spark), work, {}
        self.ours = Ours(lake)
        lake.sql("CREATE CATALOG s")

    def run(self, chosen=()):
        for kind in chosen or SPARK_TABLES:
            self.kind(kind)
            for (k, step), verdict in self.cells.items():
                if k == kind and verdict.reason:
                    print(f"{k}, {step}: {verdict.mark} {verdict.reason}", file=sys.stderr, flush=True)
        return section(self.name, self.cells, list(SPARK_TABLES), STEPS)

    def kind(self, kind):
        folder, table = f"{self.work}/made/{slug(kind)}", f"s.default.{slug(kind)}"
        try:
            make(self.spark.spark, folder, SPARK_TABLES[kind])
        except Exception as e:
            self.cells[kind, "read"] = Verdict("✗", f"Spark does not make it: {why(e)}")
            return
        copy = f"{self.work}/copies/{slug(kind)}"
        shutil.copytree(folder, copy)
        steps = {"read": lambda: self.read(table, folder), "history": lambda: self.history(table, folder),
                 "old versions": lambda: self.old_versions(table, folder), "change feed": lambda: self.feed(table, folder),
                 "deep clone": lambda: self.clone(table, folder, "DEEP"),
                 "shallow clone": lambda: self.clone(table, folder, "SHALLOW")}
        self.cells[kind, "read"] = self.verdict(lambda: (self.lake.adopt(table, folder), steps["read"]())[1], table)
        for name in list(steps)[1:]:
            self.cells[kind, name] = self.verdict(steps[name], table)
        if self.cells[kind, "read"].mark == "✓" and SPARK_TABLES[kind].written:
            self.write_on(kind, f"{table}_w", copy)

    def verdict(self, step, table):
        try:
            wrong = step()
        except Refused as e:
            return Verdict("✗" if names_nothing(e) else "refused", reason(e, table))
        except Exception as e:
            return Verdict("✗", why(e))
        return Verdict("✗", wrong) if wrong else Verdict("✓" if wrong is None else "")

    @staticmethod
    def same(got, want):
        got, want = table_of(*got), table_of(*want)
        if got[0] != want[0]:
            return f"columns {got[0]}, not {want[0]}"
        return None if got == want else f"rows {differ(want[1], got[1])}"

    def read(self, table, folder):
        return self.same(self.ours.rows(At(table), folder), self.spark.rows(None, folder))

    def history(self, table, folder):
        got, want = self.ours.history(At(table), folder), self.spark.history(None, folder)
        return None if got == want else f"{got}, not {want}"

    def old_versions(self, table, folder):
        for version, _ in self.spark.history(None, folder):
            try:
                want = self.spark.of(self.spark.spark.read.format("delta").option("versionAsOf", version).load(folder))
            except Exception:
                continue  # vacuumed
            wrong = self.same(self.ours.query(f"SELECT * FROM {table} VERSION AS OF {version}"), want)
            if wrong:
                return f"version {version}: {wrong}"
        return None

    def feed(self, table, folder):
        if "feed" not in folder.split("/")[-1]:
            return ""
        want = self.spark.changes(None, folder, 0)
        got = self.ours.changes(At(table), folder, 0)
        keep = [i for i, n in enumerate(want[0]) if n != "_commit_timestamp"]
        order = [got[0].index(want[0][i]) for i in keep]
        return self.same(([got[0][i] for i in order], [[r[i] for i in order] for r in got[1]]),
                         ([want[0][i] for i in keep], [[r[i] for i in keep] for r in want[1]]))

    def clone(self, table, folder, kind):
        target = f"{table}_{kind.lower()}"
        self.lake.sql(f"CREATE TABLE {target} {kind} CLONE {table}")
        want = self.spark.rows(None, folder)
        return (self.same(self.ours.rows(At(target), None), want) or
                self.same(self.spark.rows(None, self.lake.location(target)), want))

    def write_on(self, kind, table, copy):
        self.lake.adopt(table, copy)
        changes = {
            "insert": (f"INSERT INTO {table} (id, n, v) VALUES (1000, 5, 'ours')",
                       lambda rows: rows + [["1000", "5", "ours"]]),
            "delete": (f"DELETE FROM {table} WHERE id = 3", lambda rows: [r for r in rows if r[0] != "3"]),
            "update": (f"UPDATE {table} SET v = 'changed' WHERE id = 1",
                       lambda rows: [[r[0], r[1], "changed"] if r[0] == "1" else r for r in rows]),
            "merge": (f"MERGE INTO {table} t USING (SELECT 2 AS id UNION ALL SELECT 2000) s ON t.id = s.id "
                      "WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT (id, n, v) VALUES (s.id, 6, 'm')",
                      lambda rows: [[r[0], r[1], "merged"] if r[0] == "2" else r for r in rows] + [["2000", "6", "m"]]),
            "optimize": (f"OPTIMIZE {table}", lambda rows: rows),
        }
        for name, (statement, expected) in changes.items():
            self.cells[kind, name] = self.verdict(lambda: self.change(table, copy, statement, expected), table)

    def change(self, table, copy, statement, expected):
        def now():
            names, rows = self.spark.rows(None, copy)
            at = [names.index(n) for n in ("id", "n", "v")]
            return [[r[i] for i in at] for r in rows]
        before = now()
        self.lake.sql(statement)
        want = [[a, b if not b or "." not in got_type(before) else repr(float(b)), c] for a, b, c in expected(before)]
        return (self.same((["id", "n", "v"], now()), (["id", "n", "v"], want)) or
                self.same(self.ours.rows(At(table), copy), self.spark.rows(None, copy)))


def got_type(rows):
    """A text that has a point when n is a double there."""
    return next((r[1] for r in rows if r[1]), "")


def measure_writing(work, chosen=()):
    spark, lake = session(f"{work}/spark"), Lake(f"{work}/lake")
    try:
        return Writing(spark, lake, work).run(chosen)
    finally:
        lake.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="clxs-spark-") as folder:
        text = measure_writing(folder, [a for a in sys.argv[1:] if a != "--write"])
        print(text)
        if "--write" in sys.argv:
            write(Writing.name, text)
