"""What we do with tables that Spark wrote: read, clone, write; each cell against what Spark says of the same folder.

`python writing.py --write` measures and keeps the table in docs/delta-matrix.md.
"""
import concurrent.futures
import shutil
import sys
import tempfile

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
            if callable(statement):
                statement(spark, folder)
            else:
                statement = statement.replace("{t}", f"delta.`{folder}`").replace("{{", "{").replace("}}", "}")
                spark.sql(statement).collect()
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
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda kind: Kind(self, kind).run(), chosen or SPARK_TABLES))
        return section(self.name, self.cells, list(SPARK_TABLES), STEPS)


class Kind:
    """One kind of table, in a Spark session with settings of its own."""

    def __init__(self, all, kind):
        self.kind, self.lake, self.ours, self.cells = kind, all.lake, Ours(all.lake), all.cells
        self.spark = Spark(all.spark.spark.newSession())
        self.folder, self.copy = f"{all.work}/made/{slug(kind)}", f"{all.work}/copies/{slug(kind)}"
        self.table = f"s.default.{slug(kind)}"
        self.want = None  # what Spark reads of the folder

    def run(self):
        try:
            make(self.spark.spark, self.folder, SPARK_TABLES[self.kind])
        except Exception as e:
            self.say("read", Verdict("✗", f"Spark does not make it: {why(e)}"))
            return
        shutil.copytree(self.folder, self.copy)
        steps = {"read": self.read, "history": self.history, "old versions": self.old_versions, "change feed": self.feed,
                 "deep clone": lambda: self.clone("DEEP"), "shallow clone": lambda: self.clone("SHALLOW")}
        for name, step in steps.items():
            self.say(name, self.verdict(step, self.table))
        if self.cells[self.kind, "read"].mark == "✓" and SPARK_TABLES[self.kind].written:
            self.write_on(f"{self.table}_w")

    def say(self, step, verdict):
        self.cells[self.kind, step] = verdict
        print(f"{self.kind}, {step}: {verdict.mark} {verdict.reason}", file=sys.stderr, flush=True)

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

    def read(self):
        self.want = self.spark.rows(None, self.folder)
        self.lake.adopt(self.table, self.folder)
        return self.same(self.ours.rows(At(self.table), None), self.want)

    def history(self):
        got, want = self.ours.history(At(self.table), None), self.spark.history(None, self.folder)
        return None if got == want else f"{got}, not {want}"

    def old_versions(self):
        for version, _ in self.spark.history(None, self.folder)[1::2]:
            try:
                want = self.spark.of(self.spark.spark.read.format("delta").option("versionAsOf", version).load(self.folder))
            except Exception:
                continue  # vacuumed
            wrong = self.same(self.ours.query(f"SELECT * FROM {self.table} VERSION AS OF {version}"), want)
            if wrong:
                return f"version {version}: {wrong}"
        return None

    def feed(self):
        if "feed" not in self.kind:
            return ""
        want = self.spark.changes(None, self.folder, 0)
        got = self.ours.changes(At(self.table), None, 0)
        keep = [i for i, n in enumerate(want[0]) if n != "_commit_timestamp"]
        order = [got[0].index(want[0][i]) for i in keep]
        return self.same(([got[0][i] for i in order], [[r[i] for i in order] for r in got[1]]),
                         ([want[0][i] for i in keep], [[r[i] for i in keep] for r in want[1]]))

    def clone(self, kind):
        target = f"{self.table}_{kind.lower()}"
        self.lake.sql(f"CREATE TABLE {target} {kind} CLONE {self.table}")
        return (self.same(self.ours.rows(At(target), None), self.want) or
                self.same(self.spark.rows(None, self.lake.location(target)), self.want))

    def write_on(self, table):
        self.lake.adopt(table, self.copy)
        self.now = self.want
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
            self.say(name, self.verdict(lambda: self.change(table, statement, expected), table))

    def change(self, table, statement, expected):
        """One statement of ours; Spark must then see what Python expects, and so must we."""
        def three(seen):
            at = [seen[0].index(n) for n in ("id", "n", "v")]
            return [[r[i] for i in at] for r in seen[1]]
        before = three(self.now)
        self.lake.sql(statement)
        self.now = self.spark.rows(None, self.copy)
        wide = any("." in (r[1] or "") for r in before)  # n was widened to a double
        want = [[i, repr(float(n)) if n and wide else n, v] for i, n, v in expected(before)]
        return (self.same((["id", "n", "v"], three(self.now)), (["id", "n", "v"], want)) or
                self.same(self.ours.rows(At(table), None), self.now))


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
